/**
 * `pnpm test`: every check, at sizes that end within half an hour on two cores; with `--full` at
 * the large sizes. Two run side by side; a check that fails does not stop the others. Each
 * check's output goes to `.cache/test/NAME.log` and, where it failed, to the terminal at the end.
 */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flag, optionsOf } from "./options.ts";
import { inParallel } from "./parallel.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LOGS = join(ROOT, ".cache/test");
const PROGRESS_EVERY_MS = 30_000;
/** Checks that run at a time. */
const AT_ONCE = 2;
/** Lines of a failed check's output that are shown. */
const TAIL_LINES = 120;

/** One check: a program with its arguments, at either size. */
interface Check {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  readonly full?: readonly string[];
}

/** Without the outside tools the judges cannot judge, and their absence is the message. */
const PROVISION: Check = {
  name: "provision",
  what: "outside tools",
  command: ["node", "scripts/provision.ts", "--all"],
};

/**
 * The checks, in the order in which they begin. Those of one process come first, the longest of
 * them early; those that use both processors alone come last, so that neither idles at the end. At
 * the default size refinement and oracle have a fixed seed, so that a change is judged by the same
 * run wherever it is tested; at full size each run draws its own.
 */
const CHECKS: readonly Check[] = [
  { name: "lint", what: "lint, format, room rules", command: ["biome", "check", "."] },
  { name: "types", what: "strict types", command: ["tsc", "--noEmit"] },
  {
    name: "docs",
    what: "generated pages are current",
    command: ["node", "scripts/docs.ts", "--check"],
  },
  { name: "unit", what: "unit, client and package tests", command: ["vitest", "run"] },
  {
    name: "redis-tests",
    what: "Redis' own suite",
    command: ["node", "tests-redis/run.ts"],
    full: ["node", "tests-redis/run.ts", "--full"],
  },
  {
    name: "refine-oracle",
    what: "model against redis-server",
    command: ["node", "refinement/oracle/run.ts", "--seed", "1"],
    full: ["node", "refinement/oracle/run.ts", "--commands", "1000000"],
  },
  {
    name: "refine-scripts",
    what: "scripts against redis-server",
    command: ["node", "refinement/scripts/run.ts", "--seed", "1"],
    full: ["node", "refinement/scripts/run.ts", "--scripts", "60000"],
  },
  {
    name: "introspection",
    what: "what the two servers say of themselves",
    command: ["node", "refinement/oracle/introspection.ts"],
  },
  {
    name: "fuzz",
    what: "malformed input",
    command: ["node", "refinement/fuzz/run.ts"],
    full: ["node", "refinement/fuzz/run.ts", "--runs", "2000000"],
  },
  {
    name: "fuzz-restore",
    what: "payloads that RESTORE is given",
    command: ["node", "refinement/fuzz/restore/run.ts", "--seed", "1"],
    full: ["node", "refinement/fuzz/restore/run.ts", "--runs", "1000000"],
  },
  {
    name: "sim",
    what: "the server under simulated faults",
    command: ["node", "sim/run.ts"],
    full: ["node", "sim/run.ts", "--minutes", "60"],
  },
  {
    name: "traces",
    what: "TLC accepts real runs, rejects tampered ones",
    command: ["node", "refinement/traces/run.ts"],
  },
  {
    name: "refine",
    what: "server against model",
    command: ["node", "refinement/refine/run.ts", "--seed", "1"],
    full: ["node", "refinement/refine/run.ts", "--steps", "5000000"],
  },
  {
    name: "crash",
    what: "the live server killed and without power",
    command: ["node", "tests-redis/crash/run.ts"],
    full: ["node", "tests-redis/crash/run.ts", "--kills", "400"],
  },
  {
    name: "maelstrom",
    what: "judged from outside",
    command: ["node", "maelstrom/run.ts"],
    full: ["node", "maelstrom/run.ts", "--seconds", "300"],
  },
  {
    name: "mutants",
    what: "planted bugs are caught",
    command: ["node", "refinement/mutants/run.ts"],
    full: ["node", "refinement/mutants/run.ts", "--full"],
  },
  {
    name: "specs",
    what: "TLC: properties hold, spec mutants break them",
    command: ["node", "specs/run.ts"],
    full: ["node", "specs/run.ts", "--full"],
  },
  {
    name: "refine-graph",
    what: "models equal their specifications",
    command: ["node", "refinement/graph/run.ts"],
  },
];

interface Result {
  readonly check: Check;
  readonly seconds: number;
  readonly passed: boolean;
}

/** Sequences, drawn by chance, of each unit test that compares with redis-server, at full size. */
const COMPARED_RUNS = "5000";

const running = new Map<string, number>();

function run(check: Check, full: boolean): Promise<Result> {
  const [program, ...args] = full ? (check.full ?? check.command) : check.command;
  const startedMs = performance.now();
  running.set(check.name, startedMs);
  const log = createWriteStream(join(LOGS, `${check.name}.log`));
  return new Promise((resolve, reject) => {
    const env = full ? { ...process.env, COMPARED_RUNS } : process.env;
    const child = spawn(program!, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once("error", reject);
    child.once("close", (code) => {
      running.delete(check.name);
      const seconds = (performance.now() - startedMs) / 1000;
      const passed = code === 0;
      console.log(
        `${passed ? "ok  " : "FAIL"} ${check.name.padEnd(14)} ${seconds.toFixed(0).padStart(4)} s  ${check.what}`,
      );
      log.end(() => resolve({ check, seconds, passed }));
    });
  });
}

function showFailure({ check }: Result): void {
  const lines = readFileSync(join(LOGS, `${check.name}.log`), "utf8")
    .trimEnd()
    .split("\n");
  console.log(`\n──── ${check.name}: the last of ${lines.length} lines`);
  console.log(lines.slice(-TAIL_LINES).join("\n"));
}

async function main(): Promise<number> {
  const values = optionsOf(
    { name: "pnpm test", does: "Runs every check, at sizes that end within half an hour." },
    { full: flag("the large sizes") },
  );
  mkdirSync(LOGS, { recursive: true });
  const startedMs = performance.now();
  const ticker = setInterval(() => {
    const names = [...running].map(
      ([name, sinceMs]) => `${name} ${((performance.now() - sinceMs) / 1000).toFixed(0)} s`,
    );
    console.log(`     … ${names.join(", ")}`);
  }, PROGRESS_EVERY_MS);
  const results = [await run(PROVISION, values.full)];
  if (results.every((result) => result.passed)) {
    results.push(...(await inParallel(CHECKS, AT_ONCE, (check) => run(check, values.full))));
  }
  clearInterval(ticker);
  const failed = results.filter((result) => !result.passed);
  for (const result of failed) showFailure(result);
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `\n${results.length} checks in ${(seconds / 60).toFixed(1)} minutes; logs in .cache/test`,
  );
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
