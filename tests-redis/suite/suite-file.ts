import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type FileOutput, parseSuiteFile } from "./parse.ts";
import { type ServerCommand, startServer } from "./server.ts";

/** How many ports a slot has: the suite's own are below its `basePort`, those of servers from there on. */
export const PORTS_OF_A_SLOT = 160;
const PORTS_OF_THE_SUITE = 32;

/** A place where suite files run one after the other: its own copy of the suite, its own ports. */
export interface Slot {
  /** The copy of the suite, writable. */
  readonly folder: string;
  /** Where the suite looks for ports for itself. */
  readonly basePort: number;
  readonly tclsh: string;
  readonly server: ServerCommand;
}

/**
 * How the suite meets servers: `external`, one that is up already, a fresh one for each suite file;
 * `normal`, those that it starts itself with settings of its own, as `src/redis-server`.
 */
export const MODES = ["external", "normal"] as const;
export type Mode = (typeof MODES)[number];

/** What a suite file's run came to. */
export interface FileRun extends FileOutput {
  readonly mode: Mode;
  readonly file: string;
  readonly durationMs: number;
}

/** How long a suite file may run, and how long it may run without finishing a test. */
export interface FileLimits {
  readonly wallMs: number;
  readonly silenceMs: number;
}

/** Which suite file to run and how, and which of its tests to leave out (their names). */
export interface FileTask {
  readonly mode: Mode;
  readonly file: string;
  readonly skip: readonly string[];
}

/** This test cannot work on a server that the suite did not start, and spoils those after it. */
const BROKEN_OUTSIDE = "SRANDMEMBER with a dict containing long chain";

/**
 * Runs one suite file. `onProgress` is told the number of tests that have finished each time it
 * changes.
 */
export async function runSuiteFile(
  slot: Slot,
  task: FileTask,
  limits: FileLimits,
  onProgress: (finished: number) => void,
): Promise<FileRun> {
  const started = performance.now();
  const { text, cutOff } = await (task.mode === "external"
    ? runOutside(slot, task, limits, onProgress)
    : runWithOwnServers(slot, task, limits, onProgress));
  const output = parseSuiteFile(text);
  // What is left out counts even where the suite would not have come to it.
  const { mode, file, skip: skipped } = task;
  const aborted = cutOff ?? output.aborted;
  return { ...output, mode, file, skipped, aborted, durationMs: performance.now() - started };
}

/** Starts a fresh server, and lets the suite run against it. */
async function runOutside(
  slot: Slot,
  task: FileTask,
  limits: FileLimits,
  onProgress: (finished: number) => void,
): Promise<Printed> {
  const data = join(slot.folder, "data");
  await rm(data, { recursive: true, force: true });
  await mkdir(data);
  const server = await startServer(slot.server, data);
  try {
    const where = ["--host", "127.0.0.1", "--port", `${server.port}`];
    const skip = [BROKEN_OUTSIDE, ...task.skip];
    const printed = await runSuite(slot, { ...task, skip }, where, limits, onProgress);
    return { ...printed, cutOff: server.ended() ?? printed.cutOff };
  } finally {
    await server.stop();
  }
}

/** One client of the suite is enough for one file, since its clients share out the ports. */
const OWN_SERVERS: readonly string[] = [
  ...["--clients", "1"],
  ...["--portcount", `${PORTS_OF_A_SLOT - PORTS_OF_THE_SUITE}`],
];

function runWithOwnServers(
  slot: Slot,
  task: FileTask,
  limits: FileLimits,
  onProgress: (finished: number) => void,
): Promise<Printed> {
  return runSuite(slot, task, OWN_SERVERS, limits, onProgress);
}

/** The names of the suite files, in the order in which it runs them. */
export async function listSuiteFiles(slot: Slot): Promise<string[]> {
  const printed = await runTcl(slot, ["--list-tests"], 30_000, () => {});
  const files = printed.text.split("\n").filter((line) => line !== "");
  if (files.length === 0 || files.some((file) => !/^(unit|integration)\//.test(file))) {
    throw new Error(`the suite does not list its files: ${printed.text.slice(0, 200)}`);
  }
  return files;
}

interface Printed {
  readonly text: string;
  /** Why it was ended from outside, if it was. */
  readonly cutOff: string | undefined;
}

function runSuite(
  slot: Slot,
  task: FileTask,
  where: readonly string[],
  limits: FileLimits,
  onProgress: (finished: number) => void,
): Promise<Printed> {
  const how = ["--durable", "--timeout", `${Math.ceil(limits.silenceMs / 1000)}`];
  const skip = task.skip.flatMap((name) => ["--skiptest", name]);
  const ports = ["--baseport", `${slot.basePort}`];
  const args = [...where, ...ports, ...how, ...skip, "--single", task.file];
  return runTcl(slot, args, limits.wallMs, onProgress);
}

function runTcl(
  slot: Slot,
  args: readonly string[],
  wallMs: number,
  onProgress: (finished: number) => void,
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    // A process group of its own: the suite starts processes that must end with it.
    const child = spawn(slot.tclsh, ["tests/test_helper.tcl", ...args], {
      cwd: slot.folder,
      env: { ...process.env, TERM: "dumb", LC_ALL: "C.UTF-8" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const killGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // The group is gone already.
      }
    };
    process.once("exit", killGroup);
    let cutOff: string | undefined;
    const limit = setTimeout(() => {
      cutOff = `it was still running after ${wallMs / 1000} s`;
      killGroup();
    }, wallMs);
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      onProgress(text.match(/^\[(?:ok|err)\]/gm)?.length ?? 0);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    // What the suite left running holds its output open, and would hold up the end of it.
    child.once("exit", killGroup);
    child.once("close", () => {
      clearTimeout(limit);
      process.removeListener("exit", killGroup);
      resolve({ text: Buffer.from(text, "latin1").toString("utf8"), cutOff });
    });
  });
}
