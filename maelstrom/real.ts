/** The real Maelstrom: where it is, how it is fetched, and its verdict on the node. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_PROGRAM } from "./workbench/node-process.ts";

/** The release that is fetched, with the checksum under which nixpkgs has it too. */
const RELEASE = {
  version: "0.2.4",
  url: "https://github.com/jepsen-io/maelstrom/releases/download/v0.2.4/maelstrom.tar.bz2",
  sha256: "301ec71d6b12af0d765edb413f5cf5aa1046b5609bd4e31376a0b549548e5799",
};
const FETCH_LIMIT_MS = 60_000;
const CONCURRENCY = "10";
const RATE = "100";

/** What Maelstrom says of one workload. */
export interface RealResult {
  readonly valid: boolean;
  readonly seconds: number;
  readonly log: string;
}

/**
 * The launcher: of `MAELSTROM_HOME`, on the PATH, or fetched before.
 *
 * @returns null when there is none
 * @throws Error when `MAELSTROM_HOME` is set and has none
 */
export function findMaelstrom(folder: string): string | null {
  const home = process.env["MAELSTROM_HOME"];
  if (home !== undefined && home !== "") {
    const launcher = join(home, "maelstrom");
    if (!existsSync(launcher)) throw new Error(`MAELSTROM_HOME has no ${launcher}`);
    return launcher;
  }
  const onPath = spawnSync("sh", ["-c", "command -v maelstrom"], { encoding: "utf8" });
  if (onPath.status === 0) return onPath.stdout.trim();
  const fetched = join(fetchedTo(folder), "maelstrom");
  return existsSync(fetched) ? fetched : null;
}

function fetchedTo(folder: string): string {
  return join(folder, `release-${RELEASE.version}`);
}

/**
 * Fetches the pinned release.
 *
 * @returns the launcher; null when the network does not lead there
 * @throws Error when what came is not the pinned release
 */
export async function fetchMaelstrom(folder: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    const response = await fetch(RELEASE.url, { signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
    if (!response.ok) return null;
    bytes = Buffer.from(await response.arrayBuffer());
  } catch {
    return null;
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== RELEASE.sha256) throw new Error(`${RELEASE.url} has the checksum ${sha256}`);
  const target = fetchedTo(folder);
  mkdirSync(target, { recursive: true });
  const archive = join(target, "maelstrom.tar.bz2");
  writeFileSync(archive, bytes);
  const unpack = ["-xjf", archive, "--strip-components=1", "-C", target];
  if (spawnSync("tar", unpack).status !== 0) throw new Error(`${archive} cannot be unpacked`);
  return join(target, "maelstrom");
}

/** Runs one workload; with `broken` on the node that is broken in that way. */
export async function runReal(
  launcher: string,
  workload: string,
  broken: string,
  seconds: number,
  folder: string,
): Promise<RealResult> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, `real-${workload}${broken === "" ? "" : `-${broken}`}.log`);
  const args = [
    ...["test", "-w", workload, "--bin", NODE_PROGRAM, "--node-count", "1"],
    ...["--time-limit", String(seconds), "--rate", RATE, "--concurrency", CONCURRENCY],
    ...(workload === "txn-list-append" ? ["--consistency-models", "strict-serializable"] : []),
  ];
  const startedMs = performance.now();
  const env = { ...process.env, BROKEN: broken };
  // Maelstrom leaves its results in `store` of the folder that it runs in.
  const child = spawn(launcher, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  await new Promise<void>((resolve) => output.end(resolve));
  // 1 is Maelstrom's word for an invalid history; all else says nothing about the node.
  if (code !== 0 && code !== 1) throw new Error(`Maelstrom ended with ${code}; its log is ${log}`);
  return { valid: code === 0, seconds: (performance.now() - startedMs) / 1000, log };
}
