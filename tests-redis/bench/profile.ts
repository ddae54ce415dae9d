/** Where the time of a request goes: a CPU profile of the server under GET, by room. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startServer } from "./processes.ts";
import { measure, WORKLOADS } from "./workloads.ts";

const CLI = fileURLToPath(new URL("../../impl/server/cli.ts", import.meta.url));
/** Assertions on hot paths are compiled out, as in the published build. */
const UNCHECKED = "data:text/javascript,globalThis.VERIDIS_CHECKED=false";

/** The part of the server's busy time that a profile shows in each area, from 0 to 1. */
export type Shares = ReadonlyMap<string, number>;

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The areas in the order of the table. */
export const AREAS = [
  "write to the socket",
  "Node's streams and event loop",
  "read and parse (resp)",
  "transport and loop (server)",
  "dispatch (session)",
  "handlers (commands)",
  "keyspace (engine)",
  "clock",
  "garbage collection",
] as const;

const ROOMS: ReadonlyArray<readonly [path: string, area: (typeof AREAS)[number]]> = [
  ["/impl/ports/", "transport and loop (server)"],
  ["/impl/server/", "transport and loop (server)"],
  ["/impl/resp/", "read and parse (resp)"],
  ["/impl/session/", "dispatch (session)"],
  ["/impl/commands/", "handlers (commands)"],
  ["/impl/engine/", "keyspace (engine)"],
];

function areaOf({ functionName, url }: Profile["nodes"][number]["callFrame"]): string | null {
  if (functionName === "(idle)") return null;
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "writeBuffer") return "write to the socket";
  if (functionName === "now") return "clock";
  for (const [path, area] of ROOMS) if (url.includes(path)) return area;
  return "Node's streams and event loop";
}

function sharesOf(profile: Profile): Shares {
  const areas = new Map(profile.nodes.map((node) => [node.id, areaOf(node.callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [i, id] of profile.samples.entries()) {
    const area = areas.get(id) ?? null;
    if (area === null) continue;
    const time = profile.timeDeltas[i]!;
    times.set(area, (times.get(area) ?? 0) + time);
    busy += time;
  }
  return new Map([...times].map(([area, time]) => [area, time / busy]));
}

/** Profiles the server under GET at one depth. */
export async function profileGet(depth: number, benchmark: string): Promise<Shares> {
  const folder = mkdtempSync(join(tmpdir(), "veridis-profile-"));
  try {
    const port = await freePort();
    const flags = ["--import", UNCHECKED, "--cpu-prof", "--cpu-prof-dir", folder];
    const settings = ["--port", String(port), "--save", ""];
    const command = [process.execPath, ...flags, CLI, ...settings];
    const server = await startServer("veridis", command, port);
    const [get, set] = ["GET", "SET"].map((name) => WORKLOADS.find((one) => one.name === name)!);
    await measure(server, set!, 16, benchmark);
    await measure(server, get!, depth, benchmark);
    await server.stop();
    const file = readdirSync(folder).find((name) => name.endsWith(".cpuprofile"));
    if (file === undefined) throw new Error("the server wrote no profile");
    return sharesOf(JSON.parse(readFileSync(join(folder, file), "utf8")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
