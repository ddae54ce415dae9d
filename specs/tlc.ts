/** Runs TLC, the model checker of TLA+, and reads what it prints. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provisionTlc, type TlcTool } from "../scripts/provision.ts";
import { readTlcOutput, type TlcReport } from "./tlc-output.ts";

/** One run of TLC. */
export interface TlcTask {
  /** The modules and other files of the run, by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** The root module, without `.tla`. */
  readonly module: string;
  /** The configuration's text. */
  readonly config: string;
  /** Whether a state without a successor is a failure. */
  readonly deadlock: boolean;
  /** Counts how often each action is taken; costs some time. */
  readonly coverage?: boolean;
  /** Exact depths need one worker. */
  readonly workers?: number;
  /** Writes the state graph to `graph.dot` in the run's folder. */
  readonly dump?: boolean;
  /** Random behaviours instead of all states; the run's folder then holds files `behaviour_…`. */
  readonly simulate?: { readonly count: number; readonly depth: number; readonly seed: number };
  readonly timeoutMs?: number;
  /** The run takes minutes, so that Java's optimizing compiler pays for itself. */
  readonly isLong?: boolean;
}

/** Who watches a run. */
export interface TlcObserver {
  /** States found so far; a few times a minute. */
  progress?(distinct: number): void;
  /** The run is over and its folder still there. */
  finished?(folder: string, report: TlcReport): Promise<void>;
}

/** The name of the state graph in the run's folder. */
export const DUMP_FILE = "graph.dot";

/** The beginning of the names of the files with random behaviours. */
export const BEHAVIOUR_PREFIX = "behaviour";

const DEFAULT_TIMEOUT_MS = 600_000;
const HEAP_MB = 1024;

/**
 * Runs TLC in a folder of its own, which is removed afterwards.
 *
 * @throws MissingTool when Java or TLC is not there
 */
export async function runTlc(task: TlcTask, observer: TlcObserver = {}): Promise<TlcReport> {
  const tool = await toolOnce();
  const folder = await mkdtemp(join(tmpdir(), "veridis-tlc-"));
  try {
    for (const [name, text] of task.files) await writeFile(join(folder, name), text);
    await writeFile(join(folder, `${task.module}.cfg`), task.config);
    const report = readTlcOutput(await collect(tool, task, folder, observer));
    await observer.finished?.(folder, report);
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

let tool: Promise<TlcTool> | undefined;

/** Looking for TLC takes a second: once is enough. */
function toolOnce(): Promise<TlcTool> {
  tool ??= provisionTlc();
  return tool;
}

function argumentsOf(tool: TlcTool, task: TlcTask, folder: string): string[] {
  const { simulate } = task;
  return [
    `-Xmx${HEAP_MB}m`,
    // In a run of seconds the optimizing compiler takes more time than it saves.
    ...(task.isLong === true ? [] : ["-XX:TieredStopAtLevel=1"]),
    "-XX:+UseSerialGC",
    // Recursive operators go as deep as the logs of recorded runs are long.
    "-Xss32m",
    // TLC unpacks its standard modules there: two runs at once would read each other's halves.
    `-Djava.io.tmpdir=${folder}`,
    "-cp",
    tool.jar,
    "tlc2.TLC",
    "-tool",
    ...["-metadir", "states"],
    ...["-workers", String(task.workers ?? 1)],
    ...(task.deadlock ? [] : ["-deadlock"]),
    ...(task.coverage === true ? ["-coverage", "1"] : []),
    ...(task.dump === true ? ["-dump", "dot,actionlabels", DUMP_FILE] : []),
    ...(simulate === undefined
      ? []
      : [
          ...["-simulate", `file=${BEHAVIOUR_PREFIX},num=${simulate.count}`],
          ...["-depth", String(simulate.depth), "-seed", String(simulate.seed)],
        ]),
    ...["-config", `${task.module}.cfg`, `${task.module}.tla`],
  ];
}

/** Everything that TLC prints; what it had printed by then when the time limit ends it. */
function collect(
  tool: TlcTool,
  task: TlcTask,
  folder: string,
  observer: TlcObserver,
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(tool.java, argumentsOf(tool, task, folder), {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: task.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    const output: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.push(text);
      const found = /Progress\(\d+\)[^\n]*?([\d,]+) distinct states found/.exec(text)?.[1];
      if (found !== undefined) observer.progress?.(Number(found.replaceAll(",", "")));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
    child.on("error", (error) => resolve(error.message));
    child.on("close", (_, signal) => {
      if (signal !== null) output.push(`\nTLC was ended by ${signal}\n`);
      resolve(output.join(""));
    });
  });
}
