/**
 * The checks that mutants are held against: each is one of the repository's own commands, bounded
 * in size and with a fixed seed, and a reader of its output that tells a bug found from a program
 * that merely broke.
 */
import type { Check, Judgement } from "./mutant.ts";

const LIMIT_MS = 240_000;
/** What a file of unit tests may add to the limit of a check that runs many. */
const UNIT_FILE_LIMIT_MS = 10_000;
/** A few hundred seeds on a machine that is busy with other things. */
const SIM_LIMIT_MS = 300_000;
/** Errors of a program that was mangled, not of a guarantee that was broken. */
const MANGLED = /\b(?:SyntaxError|ReferenceError|TypeError|ERR_MODULE_NOT_FOUND|ERR_INVALID_\w+)\b/;
const MAX_WHAT_LENGTH = 90;
/** Lines of a broken check's output that are shown. */
const SHOWN_LINES = 12;

const passed: Judgement = { _tag: "Passed" };

function caught(what: string, after: string): Judgement {
  const line = what.replace(/\s+/g, " ").trim();
  const short = line.length <= MAX_WHAT_LENGTH ? line : `${line.slice(0, MAX_WHAT_LENGTH - 1)}…`;
  return { _tag: "Caught", what: short, after };
}

/** The verdict on output that says neither that all is well nor which bug was found. */
export function broken(output: string): Judgement {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  return { _tag: "Broken", why: lines.slice(-SHOWN_LINES).join("\n") };
}

/** The families of commands that change data. */
const DATA_FAMILIES = "strings,keys,databases,transactions";

/** How a run is told its size and its families; null: all families. */
function sized(unit: string, count: number, seed: number, families: string | null): string[] {
  const chosen = families === null ? [] : ["--families", families];
  return [`--${unit}`, String(count), "--seed", String(seed), ...chosen];
}

/** The server against the model: `pnpm refine`. */
export function refine(steps: number, seed = 1, families = DATA_FAMILIES): Check {
  const size = sized("steps", steps, seed, families);
  return {
    name: `pnpm refine ${size.join(" ")}`,
    args: ["refinement/refine/run.ts", ...size, "--no-shrink"],
    limitMs: LIMIT_MS,
    judge: judgeRefine,
  };
}

/** The log against its model: `pnpm refine --part log`. */
export function refineLog(steps: number, seed = 1): Check {
  const size = ["--part", "log", "--log-steps", String(steps), "--seed", String(seed)];
  return {
    name: `pnpm refine ${size.join(" ")}`,
    args: ["refinement/refine/run.ts", ...size, "--no-shrink"],
    limitMs: LIMIT_MS,
    judge: judgeRefine,
  };
}

/** Sessions and transactions against their model: `pnpm refine --part transactions`. */
export function refineTransactions(steps: number, seed = 1): Check {
  const part = ["--part", "transactions", "--transaction-steps", String(steps)];
  const size = [...part, "--seed", String(seed)];
  return {
    name: `pnpm refine ${size.join(" ")}`,
    args: ["refinement/refine/run.ts", ...size, "--no-shrink"],
    limitMs: LIMIT_MS,
    judge: judgeRefine,
  };
}

/** Waits for keys against their model: `pnpm refine --part blocking`. */
export function refineBlocking(steps: number, seed = 1): Check {
  const size = ["--part", "blocking", "--blocking-steps", String(steps), "--seed", String(seed)];
  return {
    name: `pnpm refine ${size.join(" ")}`,
    args: ["refinement/refine/run.ts", ...size, "--no-shrink"],
    limitMs: LIMIT_MS,
    judge: judgeRefine,
  };
}

/** Care of clients' caches against its model: `pnpm refine --part tracking`. */
export function refineTracking(steps: number, seed = 1): Check {
  const size = ["--part", "tracking", "--tracking-steps", String(steps), "--seed", String(seed)];
  return {
    name: `pnpm refine ${size.join(" ")}`,
    args: ["refinement/refine/run.ts", ...size, "--no-shrink"],
    limitMs: LIMIT_MS,
    judge: judgeRefine,
  };
}

function judgeRefine(output: string, code: number | null): Judgement {
  if (code === 0 && /refine: \d+ steps agree/.test(output)) return passed;
  const steps = /^caught after (\d+) steps$/m.exec(output)?.[1];
  const where = /^in {7}(.*)$/m.exec(output)?.[1];
  const ours = /^impl {5}(.*)$/m.exec(output)?.[1] ?? "";
  if (code !== 1 || steps === undefined || where === undefined) return broken(output);
  if (where !== "invariant: exception") return caught(where, `${steps} steps`);
  return MANGLED.test(ours) ? broken(output) : caught(ours, `${steps} steps`);
}

/** The model against redis-server: `pnpm refine:oracle`. */
export function oracle(commands: number, seed = 1, families: string | null = DATA_FAMILIES): Check {
  const size = sized("commands", commands, seed, families);
  return {
    name: `pnpm refine:oracle ${size.join(" ")}`,
    args: ["refinement/oracle/run.ts", ...size, "--no-shrink"],
    limitMs: LIMIT_MS,
    judge: judgeOracle,
  };
}

function judgeOracle(output: string, code: number | null): Judgement {
  if (code === 0 && /\d+ commands in \d+ sequences agree/.test(output)) return passed;
  const freedom = /^FAILED: (a free reply is undeclared: .*)$/m.exec(output)?.[1];
  const total = /^(\d+) commands in \d+ sequences/m.exec(output)?.[1];
  if (freedom !== undefined) return caught(freedom, `${total} commands`);
  const commands = /^after (\d+) commands/m.exec(output)?.[1];
  const at = /^at {7}(.*)\nmodel {4}(.*)\nredis {4}(.*)$/m.exec(output);
  if (code !== 1 || commands === undefined || at === null) return broken(output);
  if (MANGLED.test(at[2]!)) return broken(output);
  return caught(at[1]!, `${commands} commands`);
}

/** Malformed input against the parser and a running server: `pnpm fuzz`. */
export function fuzz(runs: number, connections: number, seed = 1): Check {
  const size = ["--runs", runs, "--connections", connections, "--seed", seed].map(String);
  return {
    name: `pnpm fuzz ${size.join(" ")}`,
    args: ["refinement/fuzz/run.ts", ...size],
    limitMs: LIMIT_MS,
    judge: judgeFuzz,
  };
}

function judgeFuzz(output: string, code: number | null): Judgement {
  if (code === 0 && /^fuzz: \d+ inputs with \d+ requests agree/m.test(output)) return passed;
  if (code !== 1 || MANGLED.test(output)) return broken(output);
  const kept = /^fuzz: corpus\/resp\/(\S+) fails: (.*)$/m.exec(output);
  if (kept !== null) return caught(kept[2]!, `the corpus' ${kept[1]}`);
  const random = /^fuzz: failed after (\d+) inputs.*\n.*\n.*\n\s*(.*)$/m.exec(output);
  if (random !== null) return caught(random[2]!, `${random[1]} inputs`);
  const live = /^connections: failed after (\d+) cases: (.*)$/m.exec(output);
  if (live !== null) return caught(live[2]!, `${live[1]} cases`);
  return broken(output);
}

/** Payloads of RESTORE that were changed: `pnpm fuzz:restore`. */
export function fuzzRestore(runs: number, seed = 1): Check {
  const size = ["--runs", runs, "--seed", seed].map(String);
  return {
    name: `pnpm fuzz:restore ${size.join(" ")}`,
    args: ["refinement/fuzz/restore/run.ts", ...size, "--forget"],
    limitMs: LIMIT_MS,
    judge: judgeFuzzRestore,
  };
}

function judgeFuzzRestore(output: string, code: number | null): Judgement {
  if (code === 0 && /^fuzz:restore: \d+ payloads are refused or sound/m.test(output)) return passed;
  if (code !== 1 || MANGLED.test(output)) return broken(output);
  const bad = /^fuzz:restore: payload (\d+): (.*)$/m.exec(output);
  if (bad !== null) return caught(bad[2]!, `${bad[1]} payloads`);
  const different = /^fuzz:restore: (we say .*)$/m.exec(output);
  return different === null ? broken(output) : caught(different[1]!, "the comparison with Redis");
}

/** The server in simulation: `pnpm sim`, perhaps with clients that all do one thing. */
export function sim(seeds: number, seed = 1, profile: string | null = null): Check {
  const chosen = profile === null ? [] : ["--profile", profile];
  const size = ["--seeds", String(seeds), "--seed", String(seed), ...chosen];
  return {
    name: `pnpm sim ${size.join(" ")}`,
    args: ["sim/run.ts", ...size, "--no-shrink"],
    limitMs: SIM_LIMIT_MS,
    judge: judgeSim,
  };
}

function judgeSim(output: string, code: number | null): Judgement {
  if (code === 0 && /^sim: \d+ seeds hold/m.test(output)) return passed;
  const after = /^sim: caught after (\d+ (?:seeds|crashes|regressions))$/m.exec(output)?.[1];
  const what = /^sim: broken: (.*)$/m.exec(output)?.[1];
  if (code !== 1) return broken(output);
  if (after !== undefined && what !== undefined) {
    return MANGLED.test(what) ? broken(output) : caught(what, after);
  }
  const missing = /^sim: missing: (.*)$/m.exec(output)?.[1];
  return missing === undefined ? broken(output) : caught(missing, `${seeds(output)} seeds`);
}

function seeds(output: string): string {
  return /^sim: (\d+) seeds, /m.exec(output)?.[1] ?? "all";
}

/** Simulated runs judged by TLC: `pnpm traces`, for one specification. */
export function traces(spec: string, simulated: number, seed = 1): Check {
  const part = ["--part", "simulated", "--spec", spec];
  const size = [...part, "--simulated", String(simulated), "--seed", String(seed)];
  return {
    name: `pnpm traces ${size.join(" ")}`,
    args: ["refinement/traces/run.ts", ...size],
    limitMs: LIMIT_MS,
    judge: judgeTraces,
  };
}

function judgeTraces(output: string, code: number | null): Judgement {
  if (code === 0 && /^traces: .* hold, in \d+ s$/m.test(output)) return passed;
  const found = /^traces: FAILS: (.*)$/m.exec(output)?.[1];
  const runs = /^traces: \d+ failures in .*?(\d+) simulated traces/m.exec(output)?.[1];
  if (code !== 1 || found === undefined || runs === undefined) return broken(output);
  return MANGLED.test(found) ? broken(output) : caught(found, `${runs} traces`);
}

/** A live server that crashes: `pnpm crash`, one scenario under one policy. */
export function crash(scenario: string, policy: string, kills: number, seed = 1): Check {
  const size = ["--scenario", scenario, "--policy", policy, "--kills", kills, "--seed", seed];
  return {
    name: `pnpm crash ${size.join(" ")}`,
    args: ["tests-redis/crash/run.ts", ...size.map(String)],
    limitMs: LIMIT_MS,
    judge: judgeCrash,
  };
}

function judgeCrash(output: string, code: number | null): Judgement {
  if (code === 0 && /^crash: \d+ crashes, .* nothing promised was lost/m.test(output))
    return passed;
  const found = /^FAILED [\w-]+, \w+: (.*)$/m.exec(output)?.[1];
  const crashes = /^crash: \d+ things are wrong after (\d+) crashes/m.exec(output)?.[1];
  if (code !== 1 || found === undefined || crashes === undefined) return broken(output);
  return MANGLED.test(output) ? broken(output) : caught(found, `${crashes} crashes`);
}

const UNIT_REPORT = "unit-report.json";

/** Files of unit tests: `pnpm unit FILE`. */
export function unit(...files: readonly string[]): Check {
  return {
    name: `pnpm unit ${files.join(" ")}`,
    unitFiles: files,
    args: [
      ...[
        "node_modules/vitest/vitest.mjs",
        "run",
        ...files,
        "--bail=1",
        "--config=refinement/mutants/vitest.config.ts",
      ],
      ...["--reporter=json", `--outputFile=${UNIT_REPORT}`],
    ],
    report: UNIT_REPORT,
    limitMs: Math.max(LIMIT_MS, files.length * UNIT_FILE_LIMIT_MS),
    judge: judgeUnit,
  };
}

interface TestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function judgeUnit(output: string, code: number | null): Judgement {
  // What is no JSON is the output of a runner that did not get as far as its report.
  if (!output.startsWith("{")) return broken(output);
  const report: TestReport = JSON.parse(output);
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const failed = results.find((result) => result.status === "failed");
  if (failed === undefined) {
    const allPassed = code === 0 && report.success && report.numPassedTests > 0;
    return allPassed ? passed : broken(output);
  }
  const message = failed.failureMessages[0] ?? "";
  if (MANGLED.test(message) || message.includes("Test timed out")) return broken(message);
  const cases = /Property failed after (\d+) tests/.exec(message)?.[1];
  const place = results.filter((result) => result.status === "passed").length + 1;
  const after = cases === undefined ? `test ${place} of ${results.length}` : `case ${cases}`;
  return caught(failed.fullName, after);
}

/** The rules of the rooms: `pnpm check`, for one file and one rule. */
export function lint(file: string, rule: string): Check {
  return {
    name: `biome check ${file}`,
    args: ["node_modules/@biomejs/biome/bin/biome", "check", "--colors=off", file],
    limitMs: LIMIT_MS,
    judge(output, code) {
      if (code === 0) return passed;
      const found = new RegExp(`^(\\S+:\\d+):\\d+ (\\S*${rule})`, "m").exec(output);
      return found === null ? broken(output) : caught(`${found[2]}`, "1 file");
    },
  };
}

/**
 * The checks, each once, with those that run unit tests put together: one start of the test runner
 * for all of their files.
 */
export function together(checks: readonly Check[]): readonly Check[] {
  const byName = new Map(checks.map((check) => [check.name, check]));
  const distinct = [...byName.values()];
  const files = new Set(distinct.flatMap(({ unitFiles }) => unitFiles ?? []));
  const others = distinct.filter(({ unitFiles }) => unitFiles === undefined);
  return files.size === 0 ? others : [unit(...files), ...others];
}
