import { fileURLToPath } from "node:url";
import { commandLineOf, flag } from "./options.ts";
import { isToolName, TOOLS, type ToolName } from "./provision/catalog.ts";
import { provisionGoRedis, provisionRedisPy } from "./provision/foreign.ts";
import { compileLibrary } from "./provision/library.ts";
import { MissingTool } from "./provision/missing.ts";
import { provisionSuite } from "./provision/suite.ts";
import { provisionTlc } from "./provision/tlc.ts";
import { goVersion, pythonVersion } from "./provision/toolchains.ts";
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
  "redis-py": provisionRedisPy,
  "go-redis": provisionGoRedis,
};
/** What needs a toolchain that a machine may lack, except in CI. */
const OPTIONAL: Readonly<Record<string, () => string | null>> = {
  "redis-py": pythonVersion,
  "go-redis": goVersion,
};
const NAMES = [...Object.keys(TOOLS), ...Object.keys(OTHERS)];

/** The command: one line for each tool, and exit code 1 when one is missing. */
async function main(): Promise<number> {
  const { positionals } = commandLineOf(
    {
      name: "pnpm provision",
      does: "Finds or fetches outside tools and prints where each one is.",
      positional: {
        ...{ placeholder: "NAME", allowed: NAMES, isRepeatable: true },
        meaning: `only this tool: ${NAMES.join(", ")}`,
      },
    },
    { all: flag("every tool, as without a NAME") },
  );
  let failed = false;
  for (const name of positionals.length > 0 ? positionals : NAMES) {
    if (positionals.length === 0 && isLeftOut(name)) continue;
    failed = !(await report(name)) || failed;
  }
  return failed ? 1 : 0;
}

/** Says so when the machine cannot have it and may do without. */
function isLeftOut(name: string): boolean {
  if (process.env["CI"] === "true" || OPTIONAL[name]?.() !== null) return false;
  console.log(`${name.padEnd(16)} left out: its toolchain is missing`);
  return true;
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

if (import.meta.main) process.exitCode = await main();
