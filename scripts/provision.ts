import { fileURLToPath } from "node:url";
import { isToolName, TOOLS, type ToolName } from "./provision/catalog.ts";
import { compileLibrary } from "./provision/library.ts";
import { MissingTool } from "./provision/missing.ts";
import { provisionSuite } from "./provision/suite.ts";
import { provisionTlc } from "./provision/tlc.ts";
import { provision } from "./provision/tools.ts";

export { copySuite } from "./provision/suite.ts";
export type { TlcTool } from "./provision/tlc.ts";
export type { ToolName };
export { MissingTool, provision, provisionSuite, provisionTlc };

const RECORDER = fileURLToPath(new URL("../tests-redis/crash/disk/recorder.c", import.meta.url));

/** The library that records what a server does to its disk; compiled on this machine. */
export function provisionRecorder(): Promise<string> {
  return compileLibrary(RECORDER);
}

/** What is not a program by itself: its name here, and what gives its path. */
const OTHERS: Readonly<Record<string, () => Promise<string>>> = {
  "redis-suite": provisionSuite,
  "crash-recorder": provisionRecorder,
  tlc: async () => (await provisionTlc()).jar,
};
const NAMES = [...Object.keys(TOOLS), ...Object.keys(OTHERS)];

const USAGE = `usage: node scripts/provision.ts [--all | NAME …]
Finds or fetches outside tools and prints where each one is.
NAME is one of ${NAMES.join(", ")}; without a name, or with --all, all of them.`;

/** The command: one line for each tool, and exit code 1 when one is missing. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const named = args.filter((arg) => arg !== "--all");
  const unknown = named.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    console.error(`unknown tool ${unknown}\n${USAGE}`);
    return 2;
  }
  const names = named.length > 0 ? named : NAMES;
  let failed = false;
  for (const name of names) failed = !(await report(name)) || failed;
  return failed ? 1 : 0;
}

async function report(name: string): Promise<boolean> {
  try {
    const path = await (isToolName(name) ? provision(name) : OTHERS[name]!());
    console.log(`${name.padEnd(16)} ${path}`);
    return true;
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    console.error(error.message);
    return false;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
