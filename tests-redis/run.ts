import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordEvidence } from "../scripts/evidence.ts";
import { choice, flag, integer, optionsOf, texts } from "../scripts/options.ts";
import { REDIS_VERSION } from "../scripts/provision/catalog.ts";
import { quote } from "../scripts/provision/packages.ts";
import { copySuite, MissingTool, provision } from "../scripts/provision.ts";
import { type Causes, readCauses } from "./suite/causes.ts";
import { Progress } from "./suite/progress.ts";
import {
  type FileRecord,
  readRecord,
  recordOf,
  type SuiteRecord,
  writeRecord,
} from "./suite/record.ts";
import { RECORD_COMMAND, renderReport } from "./suite/report.ts";
import { type ServerCommand, StartFailure } from "./suite/server.ts";
import {
  type FileLimits,
  type FileRun,
  listSuiteFiles,
  runSuiteFile,
  type Slot,
} from "./suite/suite-file.ts";
import { COMPLETE_FILES, judge, type Verdict } from "./suite/verdict.ts";

const ROOT = join(import.meta.dirname, "..");
const EXPECTED = join(import.meta.dirname, "expected.json");
const CAUSES = join(import.meta.dirname, "causes.json");
const REPORT = join(ROOT, "docs/REDIS-SUITE-RESULTS.md");

const LIMITS: FileLimits = { wallMs: 300_000, silenceMs: 120_000 };
const MOST_JOBS = 16;
/** What the suite may run against. */
const SERVERS = ["veridis", "redis"] as const;
const SEE_HELP = "; see pnpm redis-tests --help";

interface Options {
  readonly files: readonly string[];
  readonly full: boolean;
  readonly against: (typeof SERVERS)[number];
  readonly jobs: number;
  readonly record: boolean;
}

/** A mistake in the command line or the record: said in one line, without a stack. */
class Refusal extends Error {}

function chosenOptions(): Options {
  const {
    file,
    against = "veridis",
    ...values
  } = optionsOf(
    {
      name: "pnpm redis-tests",
      does:
        "Runs Redis' own test suite against Veridis, a fresh server for each file of it, and compares it with\n" +
        "tests-redis/expected.json: a test that passed must pass, a test that passes now must be recorded.",
    },
    {
      file: texts("FILE", "only this file of it, such as unit/type/string"),
      full: flag(`every file of the suite, not the ${COMPLETE_FILES.length} that must be complete`),
      against: choice("SERVER", `veridis, the default, or Redis ${REDIS_VERSION} itself`, SERVERS),
      jobs: integer("files at a time; with more than 1, tests that measure time may fail", 1, 1),
      record: flag("write tests-redis/expected.json and docs/REDIS-SUITE-RESULTS.md"),
    },
  );
  const { jobs } = values;
  if (jobs > MOST_JOBS)
    throw new Refusal(
      `pnpm redis-tests: --jobs takes at most ${MOST_JOBS}, not ${jobs}${SEE_HELP}`,
    );
  return { files: file, against, ...values };
}

async function serverCommand(against: Options["against"]): Promise<ServerCommand> {
  if (against === "redis") return { program: await provision("redis-server"), args: [] };
  return { program: process.execPath, args: [join(ROOT, "impl/server/cli.ts")] };
}

/** Lays out the place for job number `index` under `folder`. */
async function makeSlot(folder: string, index: number, server: ServerCommand): Promise<Slot> {
  const place = join(folder, `job-${index}`);
  await mkdir(place);
  const script = join(place, "server-under-test");
  const words = [server.program, ...server.args].map(quote).join(" ");
  await writeFile(script, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  await copySuite(join(place, "suite"), script);
  // Runs of this command at the same time are spread by PID, and their jobs by number.
  const basePort = 12_000 + (process.pid % 50) * 160 + index * 160;
  return { folder: join(place, "suite"), basePort, tclsh: await provision("tclsh"), server };
}

function chooseFiles(options: Options, known: readonly string[]): readonly string[] {
  const unknown = options.files.find((file) => !known.includes(file));
  if (unknown !== undefined) throw new Refusal(`the suite has no file ${unknown}`);
  if (options.files.length > 0) return options.files;
  return options.full ? known : COMPLETE_FILES;
}

/** The record must name the files of the suite, no more and no less. */
function checkRecord(record: SuiteRecord, known: readonly string[]): void {
  const recorded = Object.keys(record.files);
  const strange = recorded.find((file) => !known.includes(file));
  if (strange !== undefined) throw new Refusal(`${EXPECTED} has ${strange}, the suite has not`);
  const absent = known.find((file) => !recorded.includes(file));
  if (absent !== undefined) throw new Refusal(`${EXPECTED} does not have the suite file ${absent}`);
}

interface Outcome {
  readonly found: FileRecord;
  readonly verdict: Verdict;
}

/** How runs are made and judged: against Veridis' record, or against Redis' own count. */
interface Rules {
  leftOut(file: string): readonly string[];
  judge(run: FileRun, recorded: FileRecord): Outcome;
}

function rulesFor(against: Options["against"], causes: Causes): Rules {
  if (against === "veridis") {
    return {
      leftOut: causes.leftOut,
      judge(run, recorded) {
        const found = recordOf(run, recorded.redis, causes);
        return { found, verdict: judge(run.file, found, recorded) };
      },
    };
  }
  return {
    leftOut: () => [],
    judge(run, recorded) {
      const found = recordOf(run, run.passed.length, causes);
      const own = { redis: recorded.redis, ok: recorded.redis, ignored: run.ignored, errors: [] };
      return { found: { ...recorded, redis: found.ok }, verdict: judge(run.file, found, own) };
    },
  };
}

/** Runs the suite files, `slots.length` at a time, each judged as it ends. */
async function runAll(
  slots: readonly Slot[],
  files: readonly string[],
  record: SuiteRecord,
  rules: Rules,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const waiting = [...files];
  const progress = new Progress(files.length);
  const work = async (slot: Slot) => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      outcomes.set(file, await runJudged(slot, file, record.files[file]!, rules, progress));
    }
  };
  await Promise.all(slots.map(work));
  return new Map(files.map((file) => [file, outcomes.get(file)!]));
}

/** With more than this, a suite file does not fall short by chance. */
const CHANCE_LIMIT = 3;

/**
 * Runs one suite file, and once more when it falls a little short: some tests measure time, and a busy
 * machine fails them now and then. What fails twice counts.
 */
async function runJudged(
  slot: Slot,
  file: string,
  recorded: FileRecord,
  rules: Rules,
  progress: Progress,
): Promise<Outcome> {
  const attempt = async () => {
    const task = { file, skip: rules.leftOut(file) };
    const run = await runSuiteFile(slot, task, LIMITS, progress.during(file));
    return { run, outcome: rules.judge(run, recorded) };
  };
  let { run, outcome } = await attempt();
  const [why, ...others] = outcome.verdict.regressions;
  if (why !== undefined && others.length < CHANCE_LIMIT) {
    progress.line(run, recorded, `once more: ${why}`);
    ({ run, outcome } = await attempt());
  }
  const { regressions, unrecorded } = outcome.verdict;
  progress.ended(run, recorded, regressions.length + unrecorded.length === 0 ? "" : "DIFFERS");
  return outcome;
}

/** Puts what was found into the record; a suite file that passes less than it did is refused. */
async function save(record: SuiteRecord, outcomes: ReadonlyMap<string, Outcome>): Promise<void> {
  for (const [file, { found }] of outcomes) {
    const before = record.files[file]!;
    if (found.ok < before.ok) {
      throw new Refusal(`not recorded: ${file} passes ${found.ok} tests, it passed ${before.ok}`);
    }
  }
  const found = [...outcomes].map(([file, outcome]) => [file, outcome.found] as const);
  const merged = { ...record, files: { ...record.files, ...Object.fromEntries(found) } };
  await writeRecord(EXPECTED, merged);
  await mkdir(join(ROOT, "docs"), { recursive: true });
  await writeFile(REPORT, renderReport(merged));
}

/** What is still wrong once a run's result is on record. */
function faultsOnRecord(file: string, outcome: Outcome, options: Options): readonly string[] {
  if (options.against === "redis") return outcome.verdict.regressions;
  return judge(file, outcome.found, outcome.found).regressions;
}

function faultsOf(file: string, outcome: Outcome, options: Options): readonly string[] {
  if (options.record) return faultsOnRecord(file, outcome, options);
  const { regressions, unrecorded } = outcome.verdict;
  return [...regressions, ...unrecorded.map((text) => `to be recorded: ${text}`)];
}

/** Prints what is wrong and the closing line; returns the number of suite files at fault. */
function conclude(outcomes: ReadonlyMap<string, Outcome>, options: Options): number {
  let failed = 0;
  for (const [file, outcome] of outcomes) {
    const faults = faultsOf(file, outcome, options);
    if (faults.length > 0) failed++;
    for (const fault of faults) console.error(`${file}: ${fault}`);
  }
  console.log(`redis-tests: ${outcomes.size - failed} passed, ${failed} failed`);
  return failed;
}

async function main(): Promise<number> {
  const options = chosenOptions();
  const folder = await mkdtemp(join(tmpdir(), "veridis-redis-tests-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return await runIn(folder, options);
}

async function runIn(folder: string, options: Options): Promise<number> {
  const server = await serverCommand(options.against);
  const first = await makeSlot(folder, 0, server);
  const known = await listSuiteFiles(first);
  const record = await readRecord(EXPECTED);
  checkRecord(record, known);
  const files = chooseFiles(options, known);
  const slots = [first];
  while (slots.length < Math.min(options.jobs, files.length)) {
    slots.push(await makeSlot(folder, slots.length, server));
  }
  const outcomes = await runAll(
    slots,
    files,
    record,
    rulesFor(options.against, await readCauses(CAUSES)),
  );
  if (outcomes.size === 0) throw new Refusal("no suite file was run");
  if (options.record) await save(record, outcomes);
  const failed = conclude(outcomes, options);
  const stale = (await readFile(REPORT, "utf8").catch(() => "")) !== renderReport(record);
  if (stale && !options.record) {
    console.error(`${REPORT} does not show the record: write it by ${RECORD_COMMAND}`);
  }
  if (failed > 0 || (stale && !options.record)) return 1;
  const tests = [...outcomes.values()].reduce((sum, { found }) => sum + found.ok, 0);
  if (options.against === "veridis")
    recordEvidence("redis-tests", { "suite files": outcomes.size, tests });
  return 0;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main();
} catch (error) {
  const failure =
    error instanceof Refusal || error instanceof MissingTool || error instanceof StartFailure;
  if (!failure) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
