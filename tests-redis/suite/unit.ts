import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseUnit, type UnitOutput } from "./parse.ts";
import { type ServerCommand, startServer } from "./server.ts";

/** A place where units run one after the other: its own copy of the suite, its own ports. */
export interface Slot {
  /** The copy of the suite, writable. */
  readonly folder: string;
  /** Where the suite looks for ports for itself. */
  readonly basePort: number;
  readonly tclsh: string;
  readonly server: ServerCommand;
}

/** What a unit's run came to. */
export interface UnitRun extends UnitOutput {
  readonly unit: string;
  readonly durationMs: number;
}

/** How long a unit may run, and how long it may run without finishing a test. */
export interface UnitLimits {
  readonly wallMs: number;
  readonly silenceMs: number;
}

/** Which unit to run, and which of its tests to leave out (their names). */
export interface UnitTask {
  readonly unit: string;
  readonly skip: readonly string[];
}

/** This test cannot work on a server that the suite did not start, and spoils those after it. */
const BROKEN_OUTSIDE = "SRANDMEMBER with a dict containing long chain";

/**
 * Runs one unit of the suite against a fresh server. `onProgress` is told the number of tests that
 * have finished each time it changes.
 */
export async function runUnit(
  slot: Slot,
  task: UnitTask,
  limits: UnitLimits,
  onProgress: (finished: number) => void,
): Promise<UnitRun> {
  const started = performance.now();
  const data = join(slot.folder, "data");
  await rm(data, { recursive: true, force: true });
  await mkdir(data);
  const server = await startServer(slot.server, data);
  try {
    const printed = await runSuite(slot, task, server.port, limits, onProgress);
    const output = parseUnit(printed.text);
    // What is left out counts even where the suite would not have come to it.
    const skipped = task.skip;
    const aborted = server.ended() ?? printed.cutOff ?? output.aborted;
    const durationMs = performance.now() - started;
    return { ...output, skipped, aborted, unit: task.unit, durationMs };
  } finally {
    await server.stop();
  }
}

/** The names of the suite's units, in the order in which it runs them. */
export async function listUnits(slot: Slot): Promise<string[]> {
  const printed = await runTcl(slot, ["--list-tests"], 30_000, () => {});
  const units = printed.text.split("\n").filter((line) => line !== "");
  if (units.length === 0 || units.some((unit) => !/^(unit|integration)\//.test(unit))) {
    throw new Error(`the suite does not list its units: ${printed.text.slice(0, 200)}`);
  }
  return units;
}

interface Printed {
  readonly text: string;
  /** Why it was ended from outside, if it was. */
  readonly cutOff: string | undefined;
}

function runSuite(
  slot: Slot,
  task: UnitTask,
  port: number,
  limits: UnitLimits,
  onProgress: (finished: number) => void,
): Promise<Printed> {
  const where = ["--host", "127.0.0.1", "--port", `${port}`, "--baseport", `${slot.basePort}`];
  const how = ["--durable", "--timeout", `${Math.ceil(limits.silenceMs / 1000)}`];
  const skip = [BROKEN_OUTSIDE, ...task.skip].flatMap((name) => ["--skiptest", name]);
  const args = [...where, ...how, ...skip, "--single", task.unit];
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
