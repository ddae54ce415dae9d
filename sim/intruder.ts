/** A second server that an operator starts on the directory of the first. */
import { Refusal } from "../impl/log/failure.ts";
import { LogDirectory } from "../impl/log/log-directory.ts";
import type { Trace } from "../impl/ports/trace.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import type { DiskUser, SimDisk } from "./disk.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Transcript } from "./transcript.ts";
import { Violated } from "./violation.ts";

/** How long it keeps a directory that nobody had, at most, in microseconds. */
const STAY_US = 100_000;

/** What it needs of the run. */
export interface IntruderWorld {
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly transcript: Transcript;
  readonly faults: Tally;
  readonly trace: Trace;
}

/**
 * It begins as every server does, and looks at nothing: while the first one lives it must be
 * refused; when it comes first, the other one must be.
 */
export class Intruder implements DiskUser {
  readonly name = "a second server";
  readonly #world: IntruderWorld;
  readonly #disk: SimDisk;
  #isInside = false;

  constructor(world: IntruderWorld, disk: SimDisk) {
    this.#world = world;
    this.#disk = disk;
  }

  called(): void {}

  callback(): void {}

  /**
   * Starts it.
   *
   * @param directory of the log, in the present directory
   * @param isTaken whether the first server has looked at the directory
   * @throws Violated when it gets the directory of the other one
   */
  start(directory: string, fileName: string, isTaken: boolean): void {
    const { scheduler, choices, transcript, faults, trace } = this.#world;
    if (this.#isInside) return;
    faults.count("second server");
    const place = { parent: ".", directory, fileName, snapshot: "dump.rdb" };
    try {
      new LogDirectory(this.#disk.portFor(this), place).lock();
    } catch (error) {
      if (!(error instanceof Refusal) || error.failure.kind !== "locked") throw error;
      transcript.note("server", "fault", () => "a second server is refused");
      return;
    }
    if (isTaken) {
      throw new Violated("one writer", "a second server gets the directory of one that runs");
    }
    faults.count("second server first");
    transcript.note("server", "fault", () => "another server takes the directory");
    trace.step("log", "OtherTakes", {});
    this.#isInside = true;
    scheduler.after(1 + choices.upToUs(STAY_US), "another server ends", () => this.leave());
  }

  /** It ends. */
  leave(): void {
    if (!this.#isInside) return;
    this.#isInside = false;
    this.#disk.processGone(this);
    this.#world.transcript.note("server", "fault", () => "the other server is gone");
    this.#world.trace.step("log", "OtherLeaves", {});
  }

  /** The machine has lost its power. */
  lostPower(): void {
    this.#isInside = false;
  }
}
