import { isToolName, TOOLS, type ToolName } from "./provision/catalog.ts";
import { MissingTool } from "./provision/missing.ts";
import { provisionSuite } from "./provision/suite.ts";
import { provision } from "./provision/tools.ts";

export { copySuite } from "./provision/suite.ts";
export type { ToolName };
export { MissingTool, provision, provisionSuite };

const SUITE_NAME = "redis-suite";

const USAGE = `usage: node scripts/provision.ts [--all | NAME …]
Finds or fetches outside tools and prints where each one is.
NAME is one of ${[...Object.keys(TOOLS), SUITE_NAME].join(", ")}; without a name, or with --all, all of them.`;

/** The command: one line for each tool, and exit code 1 when one is missing. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const named = args.filter((arg) => arg !== "--all");
  const unknown = named.find((name) => name !== SUITE_NAME && !isToolName(name));
  if (unknown !== undefined) {
    console.error(`unknown tool ${unknown}\n${USAGE}`);
    return 2;
  }
  const names = named.length > 0 ? named : [...Object.keys(TOOLS), SUITE_NAME];
  let failed = false;
  for (const name of names) failed = !(await report(name)) || failed;
  return failed ? 1 : 0;
}

async function report(name: string): Promise<boolean> {
  try {
    const path = isToolName(name) ? await provision(name) : await provisionSuite();
    console.log(`${name.padEnd(16)} ${path}`);
    return true;
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    console.error(error.message);
    return false;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
