/** Checks specifications: every configuration, every mutant, and that nothing is an orphan. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inParallel } from "../scripts/parallel.ts";
import { describeBehaviour, writeModelTrace } from "./behaviour.ts";
import { readConfig, withProperty } from "./cfg.ts";
import { filesOf } from "./files.ts";
import { describeVerdict, judgeConfiguration, judgeMutant } from "./judge.ts";
import type { ConfigurationEntry, MutantEntry, PropertyEntry, Specification } from "./manifest.ts";
import { mutate, StaleMutant } from "./mutation.ts";
import { orphansOf } from "./orphans.ts";
import { parseModules } from "./sany.ts";
import { runTlc } from "./tlc.ts";
import type { TlcReport } from "./tlc-output.ts";

/** What to check, where the rest lies, and whom to tell. */
export interface CheckOptions {
  readonly specs: readonly Specification[];
  /** The repository's folder, in which models and events are looked for. */
  readonly root: string;
  /** Where counterexamples are written. */
  readonly into: string;
  /** Larger bounds as well. */
  readonly full: boolean;
  /** Only configurations and mutants of these names; all for an empty list. */
  readonly only: readonly string[];
  readonly jobs: number;
  print(line: string): void;
}

/** One run of TLC, for the table at the end. */
export interface Row {
  readonly spec: string;
  readonly name: string;
  readonly report: TlcReport | null;
  readonly verdict: string;
  /** What is wrong; nothing when all is as expected. */
  readonly failures: readonly string[];
}

/** What the checks have found. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** Everything that is wrong, those of the rows included. */
  readonly failures: readonly string[];
}

interface Task {
  readonly spec: Specification;
  readonly configuration: ConfigurationEntry;
  /** The mutant to kill, with the property it must violate. */
  readonly killed?: { readonly property: PropertyEntry; readonly mutant: MutantEntry };
}

const PROGRESS_EVERY_MS = 8_000;

/** Runs everything. Large state spaces go first, so that no processor waits for the last one. */
export async function checkSpecs(options: CheckOptions): Promise<Outcome> {
  const { specs, root, only, jobs, print } = options;
  const failures: string[] = [];
  if (only.length === 0) {
    for (const spec of specs) failures.push(...(await checkForm(spec, root)));
    for (const failure of failures) print(`FAILS     ${failure}`);
  }
  const tasks = specs.flatMap((spec) => tasksOf(spec, options));
  if (tasks.length === 0) failures.push("there is nothing to check");
  tasks.sort((a, b) => b.configuration.distinct - a.configuration.distinct);
  const running = new Map<Task, number>();
  const timer = setInterval(() => {
    const lines = [...running].map(([task, distinct]) => `${nameOf(task)} (${distinct} states)`);
    print(`running   ${lines.join(", ")}`);
  }, PROGRESS_EVERY_MS);
  try {
    const rows = await inParallel(tasks, jobs, async (task) => {
      running.set(task, 0);
      const row = await check(task, options, (distinct) => running.set(task, distinct));
      running.delete(task);
      report(row, print);
      return row;
    });
    failures.push(
      ...rows.flatMap((row) => row.failures.map((why) => `${row.spec} ${row.name}: ${why}`)),
    );
    return { rows, failures };
  } finally {
    clearInterval(timer);
  }
}

/** Orphans, and modules that no configuration reads. */
async function checkForm(spec: Specification, root: string): Promise<readonly string[]> {
  const orphans = await orphansOf(spec, root);
  const unparsed = await parseModules(filesOf(spec.folder), spec.modules);
  return unparsed === null ? orphans : [...orphans, `${spec.spec} does not parse:\n${unparsed}`];
}

function tasksOf(spec: Specification, { full, only }: CheckOptions): Task[] {
  const chosen = (name: string): boolean => only.length === 0 || only.includes(name);
  const configurations = spec.configurations.filter(({ lane }) => full || lane === "commit");
  const killed = spec.properties.flatMap((property) =>
    property.mutants.map((mutant) => ({ property, mutant })),
  );
  return configurations.flatMap((configuration) => [
    ...(chosen(configuration.name) ? [{ spec, configuration }] : []),
    ...killed
      .filter(({ mutant }) => mutant.configuration === configuration.name && chosen(mutant.name))
      .map((mutant) => ({ spec, configuration, killed: mutant })),
  ]);
}

function nameOf({ spec, configuration, killed }: Task): string {
  return `${spec.spec} ${killed?.mutant.name ?? configuration.name}`;
}

async function check(
  task: Task,
  { into }: CheckOptions,
  progress: (distinct: number) => void,
): Promise<Row> {
  const { spec, configuration, killed } = task;
  const files = filesOf(spec.folder);
  const { module, deadlock } = configuration;
  if (killed === undefined) {
    const config = readFileSync(join(spec.folder, configuration.config), "utf8");
    const isLong = configuration.lane === "full";
    const run = { files, module, config, deadlock, coverage: true, isLong };
    const result = await runTlc(run, { progress });
    const failures = judgeConfiguration(spec, configuration, result);
    const evidence = keepBehaviour(task, result, describeVerdict(result.verdict), into);
    const verdict = failures.length === 0 ? "holds" : `FAILS: ${failures[0]}${evidence}`;
    return { spec: spec.spec, name: configuration.name, report: result, verdict, failures };
  }
  const { property, mutant } = killed;
  const row = { spec: spec.spec, name: `${property.name} / ${mutant.name}` };
  try {
    const mutated = mutate(files, mutant);
    const sections = readConfig(mutated.get(configuration.config) ?? "");
    const invariant = property.kind === "invariant";
    const config = withProperty(sections, { name: property.name, invariant });
    const result = await runTlc({ files: mutated, module, config, deadlock }, { progress });
    const failure = judgeMutant(property, result);
    keepBehaviour(task, result, mutant.says, into);
    const verdict =
      failure === null ? `violates ${property.name}, as it must` : `FAILS: ${failure}`;
    return { ...row, report: result, verdict, failures: failure === null ? [] : [failure] };
  } catch (error) {
    if (!(error instanceof StaleMutant)) throw error;
    return { ...row, report: null, verdict: `FAILS: ${error.message}`, failures: [error.message] };
  }
}

/** Writes the behaviour that TLC shows, and tells it in words; nothing when it shows none. */
function keepBehaviour(task: Task, { behaviour }: TlcReport, shows: string, into: string): string {
  if (behaviour === null) return "";
  const { spec, configuration, killed } = task;
  const path = join(into, `${spec.spec}-${killed?.mutant.name ?? configuration.name}.json`);
  const of = { spec: spec.spec, configuration: configuration.name, shows };
  writeModelTrace(path, { ...of, ...behaviour });
  return `\n${describeBehaviour(behaviour)}\n  as a model trace: ${path}`;
}

function report({ spec, name, report: found, verdict }: Row, print: (line: string) => void): void {
  const seconds = (found?.seconds ?? 0).toFixed(1);
  print(`${spec.padEnd(13)} ${name}: ${verdict} (${found?.distinct ?? 0} states, ${seconds} s)`);
}

/** The rows as a table. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ spec, name, report: found, verdict }) => [
    spec,
    name,
    String(found?.distinct ?? "-"),
    String(found?.generated ?? "-"),
    String(found?.depth || "-"),
    (found?.seconds ?? 0).toFixed(1),
    verdict.split("\n")[0]!,
  ]);
  const head = [
    "spec",
    "configuration or mutant",
    "distinct",
    "generated",
    "depth",
    "s",
    "verdict",
  ];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  );
  const right = (column: number): boolean => column >= 2 && column <= 5;
  return [head, ...cells]
    .map((row) =>
      row
        .map((cell, column) =>
          right(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
