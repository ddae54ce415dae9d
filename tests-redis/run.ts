import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordEvidence } from "../scripts/evidence.ts";
import { choice, flag, integer, optionsOf, texts } from "../scripts/options.ts";
import { REDIS_VERSION } from "../scripts/provision/catalog.ts";
import { quote } from "../scripts/provision/packages.ts";
import { copySuite, MissingTool, provision } from "../scripts/provision.ts";
import { bundleServer } from "./suite/bundle.ts";
import { type Causes, nameOf, type Place, readCauses } from "./suite/causes.ts";
import { Progress } from "./suite/progress.ts";
import {
  type FileRecord,
  type Records,
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
  MODES,
  type Mode,
  PORTS_OF_A_SLOT,
  runSuiteFile,
  type Slot,
} from "./suite/suite-file.ts";
import { COMPLETE_FILES, judge, type Verdict } from "./suite/verdict.ts";

const ROOT = join(import.meta.dirname, "..");
const EXPECTED: Readonly<Record<Mode, string>> = {
  external: join(import.meta.dirname, "expected.json"),
  normal: join(import.meta.dirname, "expected-normal.json"),
};
const CAUSES = join(import.meta.dirname, "causes.json");
const REPORT = join(ROOT, "docs/REDIS-SUITE-RESULTS.md");

const LIMITS: FileLimits = { wallMs: 600_000, silenceMs: 120_000 };
const MOST_JOBS = 16;
/** What the suite may run against. */
const SERVERS = ["veridis", "redis"] as const;
const SEE_HELP = "; see pnpm redis-tests --help";

interface Options {
  readonly files: readonly string[];
  /** Null is both. */
  readonly mode: Mode | null;
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
    mode = null,
    against = "veridis",
    ...values
  } = optionsOf(
    {
      name: "pnpm redis-tests",
      does:
        "Runs Redis' own test suite, against a fresh server of Veridis for each file of it and with servers\n" +
        "that the suite starts itself, and compares it with what is recorded in tests-redis/expected.json and\n" +
        "expected-normal.json: a test that passed must pass, a test that passes now must be recorded.",
    },
    {
      file: texts("FILE", "only this file of it, such as unit/type/string"),
      mode: choice(
        "MODE",
        "only external (a server that is up) or normal (the suite's own servers)",
        MODES,
      ),
      full: flag("every file of the suite, not those that must be complete"),
      against: choice("SERVER", `veridis, the default, or Redis ${REDIS_VERSION} itself`, SERVERS),
      jobs: integer("files at a time; with more than 1, tests that measure time may fail", 1, 1),
      record: flag("write tests-redis/expected*.json and docs/REDIS-SUITE-RESULTS.md"),
    },
  );
  const { jobs } = values;
  if (jobs > MOST_JOBS)
    throw new Refusal(
      `pnpm redis-tests: --jobs takes at most ${MOST_JOBS}, not ${jobs}${SEE_HELP}`,
    );
  return { files: file, mode, against, ...values };
}

/** The program, bundled into `folder`: how often the suite starts it is up to the suite. */
async function serverCommand(against: Options["against"], folder: string): Promise<ServerCommand> {
  if (against === "redis") return { program: await provision("redis-server"), args: [] };
  return { program: process.execPath, args: [await bundleServer(folder)] };
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
  const basePort = 12_000 + ((process.pid % 50) + index) * PORTS_OF_A_SLOT;
  return { folder: join(place, "suite"), basePort, tclsh: await provision("tclsh"), server };
}

/**
 * The files that each mode runs. The suite's own servers run its units: those need no file that another
 * Redis has written; without cluster mode, the servers of units about clusters do not start.
 */
function filesOf(mode: Mode, known: readonly string[]): readonly string[] {
  return mode === "external" ? known : known.filter((file) => /^unit\/(?!cluster)/.test(file));
}

function choosePlaces(options: Options, known: readonly string[]): readonly Place[] {
  const unknown = options.files.find((file) => !known.includes(file));
  if (unknown !== undefined) throw new Refusal(`the suite has no file ${unknown}`);
  const modes = MODES.filter((mode) => options.mode === null || options.mode === mode);
  return modes.flatMap((mode) => {
    const all = filesOf(mode, known);
    const wanted = options.full ? all : COMPLETE_FILES[mode];
    const files = options.files.length > 0 ? options.files : wanted;
    return files.filter((file) => all.includes(file)).map((file) => ({ mode, file }));
  });
}

/** The record must name the files of the suite, no more and no less. */
function checkRecord(mode: Mode, record: SuiteRecord, known: readonly string[]): void {
  const recorded = Object.keys(record.files);
  const files = filesOf(mode, known);
  const strange = recorded.find((file) => !files.includes(file));
  if (strange !== undefined)
    throw new Refusal(`${EXPECTED[mode]} has ${strange}, the suite has not`);
  const absent = files.find((file) => !recorded.includes(file));
  if (absent !== undefined)
    throw new Refusal(`${EXPECTED[mode]} does not have the suite file ${absent}`);
}

/** Reads and checks what is recorded of each mode. */
async function readRecords(known: readonly string[]): Promise<Records> {
  const read = async (mode: Mode): Promise<SuiteRecord> => {
    const record = await readRecord(EXPECTED[mode]);
    checkRecord(mode, record, known);
    return record;
  };
  return { external: await read("external"), normal: await read("normal") };
}

interface Outcome {
  readonly place: Place;
  readonly found: FileRecord;
  readonly verdict: Verdict;
}

/** How runs are made and judged: against Veridis' record, or against Redis' own count. */
interface Rules {
  leftOut(place: Place): readonly string[];
  judge(run: FileRun, recorded: FileRecord): Outcome;
}

function rulesFor(against: Options["against"], causes: Causes): Rules {
  if (against === "veridis") {
    return {
      leftOut: causes.leftOut,
      judge(run, recorded) {
        const found = recordOf(run, recorded.redis, causes);
        return { place: run, found, verdict: judge(run, found, recorded) };
      },
    };
  }
  return {
    leftOut: () => [],
    judge(run, recorded) {
      const found = recordOf(run, run.passed.length, causes);
      const own = { redis: recorded.redis, ok: recorded.redis, ignored: run.ignored, errors: [] };
      const verdict = judge(run, found, own);
      return { place: run, found: { ...recorded, redis: found.ok }, verdict };
    },
  };
}

/** Runs the suite files, `slots.length` at a time, each judged as it ends. */
async function runAll(
  slots: readonly Slot[],
  places: readonly Place[],
  records: Records,
  rules: Rules,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<Place, Outcome>();
  const waiting = [...places];
  const progress = new Progress(places.length);
  const work = async (slot: Slot) => {
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      const recorded = recordedOf(records, place);
      outcomes.set(place, await runJudged(slot, place, recorded, rules, progress));
    }
  };
  await Promise.all(slots.map(work));
  return places.map((place) => outcomes.get(place)!);
}

function recordedOf(records: Records, { mode, file }: Place): FileRecord {
  return records[mode].files[file]!;
}

/** With more than this, a suite file does not fall short by chance. */
const CHANCE_LIMIT = 3;

/**
 * Runs one suite file, and once more when it falls a little short: some tests measure time, and a busy
 * machine fails them now and then. What fails twice counts.
 */
async function runJudged(
  slot: Slot,
  place: Place,
  recorded: FileRecord,
  rules: Rules,
  progress: Progress,
): Promise<Outcome> {
  const attempt = async () => {
    const task = { ...place, skip: rules.leftOut(place) };
    const run = await runSuiteFile(slot, task, LIMITS, progress.during(place));
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

/** Puts what was found into the records; a suite file that passes less than it did is refused. */
async function save(records: Records, outcomes: readonly Outcome[]): Promise<void> {
  for (const { place, found } of outcomes) {
    const before = recordedOf(records, place);
    if (found.ok < before.ok) {
      const what = `${nameOf(place)} passes ${found.ok} tests, it passed ${before.ok}`;
      throw new Refusal(`not recorded: ${what}`);
    }
  }
  const merged = Object.fromEntries(
    MODES.map((mode) => {
      const here = outcomes.filter(({ place }) => place.mode === mode);
      const found = Object.fromEntries(here.map((one) => [one.place.file, one.found]));
      return [mode, { ...records[mode], files: { ...records[mode].files, ...found } }];
    }),
  ) as Record<Mode, SuiteRecord>;
  for (const mode of MODES) await writeRecord(EXPECTED[mode], merged[mode]);
  await mkdir(join(ROOT, "docs"), { recursive: true });
  await writeFile(REPORT, renderReport(merged));
}

/** What is still wrong once a run's result is on record. */
function faultsOnRecord({ place, found, verdict }: Outcome, options: Options): readonly string[] {
  if (options.against === "redis") return verdict.regressions;
  return judge(place, found, found).regressions;
}

function faultsOf(outcome: Outcome, options: Options): readonly string[] {
  if (options.record) return faultsOnRecord(outcome, options);
  const { regressions, unrecorded } = outcome.verdict;
  return [...regressions, ...unrecorded.map((text) => `to be recorded: ${text}`)];
}

/** Prints what is wrong and the closing line; returns the number of suite files at fault. */
function conclude(outcomes: readonly Outcome[], options: Options): number {
  let failed = 0;
  for (const outcome of outcomes) {
    const faults = faultsOf(outcome, options);
    if (faults.length > 0) failed++;
    for (const fault of faults) console.error(`${nameOf(outcome.place)}: ${fault}`);
  }
  console.log(`redis-tests: ${outcomes.length - failed} passed, ${failed} failed`);
  return failed;
}

async function main(): Promise<number> {
  const options = chosenOptions();
  const folder = await mkdtemp(join(tmpdir(), "veridis-redis-tests-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return await runIn(folder, options);
}

async function runIn(folder: string, options: Options): Promise<number> {
  const server = await serverCommand(options.against, folder);
  const first = await makeSlot(folder, 0, server);
  const known = await listSuiteFiles(first);
  const records = await readRecords(known);
  const places = choosePlaces(options, known);
  const slots = [first];
  while (slots.length < Math.min(options.jobs, places.length)) {
    slots.push(await makeSlot(folder, slots.length, server));
  }
  const rules = rulesFor(options.against, await readCauses(CAUSES));
  const outcomes = await runAll(slots, places, records, rules);
  if (outcomes.length === 0) throw new Refusal("no suite file was run");
  if (options.record) await save(records, outcomes);
  const failed = conclude(outcomes, options);
  const stale = (await readFile(REPORT, "utf8").catch(() => "")) !== renderReport(records);
  if (stale && !options.record) {
    console.error(`${REPORT} does not show the record: write it by ${RECORD_COMMAND}`);
  }
  if (failed > 0 || (stale && !options.record)) return 1;
  const tests = outcomes.reduce((sum, { found }) => sum + found.ok, 0);
  if (options.against === "veridis")
    recordEvidence("redis-tests", { "suite files": outcomes.length, tests });
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
