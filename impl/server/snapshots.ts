import assert from "node:assert/strict";
import type { Config } from "../config/config.ts";
import { Refusal } from "../log/failure.ts";
import { appendAll, must } from "../log/log-directory.ts";
import type { Clock } from "../ports/clock.ts";
import type { Disk, DiskError, DiskFile } from "../ports/disk.ts";
import type { OperatorLog } from "../ports/operator-log.ts";
import type { Snapshots } from "../ports/persistence.ts";
import { type RdbSink, RdbWriter } from "../rdb/writer.ts";
import { SnapshotWriter, writeSnapshot } from "../replication/rdb.ts";
import { SnapshotWalk } from "../replication/snapshot-walk.ts";
import type { Instance } from "../session/instance.ts";
import { snapshotHead } from "../session/snapshot-head.ts";

const CHUNK_BYTES = 256 * 1024;
/** How long a step in the background takes, apart from the value that it ends with. */
const STEP_US = 1000;
/** So many keys are met between two looks at the clock, and so often at most in a loop turn. */
const KEYS_AT_ONCE = 64;
const LOOKS_PER_STEP = 32;
/** A failed save in the background is not repeated before that. */
const RETRY_SECONDS = 5;

/** What it needs. */
export interface SnapshotOptions {
  readonly config: Config;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly operatorLog: OperatorLog;
  /** False when nobody has said where data are: then they are saved only when that is asked for. */
  readonly hasDirectory: boolean;
  /** Whether writes are refused may have changed. */
  readonly onRefusal: () => void;
}

/** A file that becomes the snapshot when it is whole. */
class Draft {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #directory: string;
  readonly #temporary: string;
  readonly #path: string;
  /** Why it cannot be written; null while it can. */
  error: string | null = null;

  /**
   * @param temporary its name until then
   * @throws Refusal
   */
  constructor(disk: Disk, directory: string, name: string, temporary: string) {
    this.#disk = disk;
    this.#directory = directory;
    this.#temporary = `${directory}/${temporary}`;
    this.#path = `${directory}/${name}`;
    // One of its name was left behind by a process that is gone.
    disk.remove(this.#temporary);
    this.#file = must(disk.open(this.#temporary, "new"), `create ${this.#temporary}`);
  }

  /** Appends, unless it has failed before. */
  readonly sink: RdbSink = (bytes, length) => {
    if (this.error !== null) return;
    this.#attempt(() => appendAll(this.#file, bytes, length, this.#temporary));
  };

  sync(done: () => void): void {
    this.#file.sync((error) => {
      this.#took(error);
      done();
    }, false);
  }

  syncNow(): void {
    if (this.error === null) this.#took(this.#file.syncNow());
  }

  /** Takes the place of the snapshot of before, if nothing has failed. */
  install(): void {
    this.#file.close();
    if (this.error === null) this.#took(this.#disk.rename(this.#temporary, this.#path));
    if (this.error === null) this.#took(this.#disk.syncDirectory(this.#directory));
    if (this.error !== null) this.#disk.remove(this.#temporary);
  }

  drop(): void {
    this.#file.close();
    this.unlink();
  }

  /** Its name goes at once, although the disk may still be at work on it. */
  unlink(): void {
    this.#disk.remove(this.#temporary);
  }

  #took(error: DiskError | null): void {
    this.error ??= error?.message ?? null;
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.error = error.message;
    }
  }
}

/** A snapshot that is written in the background. */
interface Job {
  readonly draft: Draft;
  readonly writer: SnapshotWriter;
  readonly walk: SnapshotWalk;
  readonly startedUs: number;
  /** Changes of the data set before it. */
  readonly changes: number;
  /** All is written, and the disk makes it last. */
  isSyncing: boolean;
  /** The data are gone: nothing is to come of it. */
  isGivenUp: boolean;
}

/**
 * Writes snapshots: SAVE, BGSAVE, save points, the one at the end.
 *
 * In the background no other process is made: a walk over the keys writes some of them in each loop
 * turn, and each key that is to change first (ADR 27). A file is synced before it takes the place of
 * the one of before, and its directory afterwards.
 */
export class SnapshotService implements Snapshots {
  readonly #options: SnapshotOptions;
  #instance: Instance | null = null;
  #wake: () => void = () => {};
  #job: Job | null = null;
  #isScheduled = false;
  #lastAttemptSeconds = 0;
  loadedKeys = 0;
  expiredKeys = 0;
  savedSeconds: number | null = null;
  lastSeconds = -1;
  hasFailed = false;
  saves = 0;

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  attach(instance: Instance, wake: () => void): void {
    this.#instance = instance;
    this.#wake = wake;
    const { config, onRefusal } = this.#options;
    config.onChange("save", () => void onRefusal());
    config.onChange("stop-writes-on-bgsave-error", () => void onRefusal());
  }

  get currentSeconds(): number {
    return this.#job === null ? -1 : this.#secondsSince(this.#job.startedUs);
  }

  get totalKeys(): number {
    return this.#job?.walk.totalKeys ?? 0;
  }

  get writtenKeys(): number {
    return this.#job?.walk.writtenKeys ?? 0;
  }

  get stopsWrites(): boolean {
    const { config } = this.#options;
    return this.hasFailed && this.savesItself && config.get("stop-writes-on-bgsave-error");
  }

  /** True when there are save points, and a place for data. */
  get savesItself(): boolean {
    const { config, hasDirectory } = this.#options;
    return hasDirectory && config.get("save").length > 0;
  }

  save(): boolean {
    assert.equal(this.#job, null, "one snapshot is written at a time");
    this.saves++;
    const instance = this.#instance!;
    const draft = this.#draft();
    if (draft === null) return false;
    const { databases, changes } = instance.data;
    writeSnapshot(this.#writerTo(draft), { ...snapshotHead(instance), databases });
    draft.syncNow();
    draft.install();
    if (draft.error === null) this.#saved(changes.count);
    else this.#options.operatorLog.warn(`Error trying to save the DB: ${draft.error}`);
    return draft.error === null;
  }

  begin(): boolean {
    assert.equal(this.#job, null, "one snapshot is written at a time");
    const instance = this.#instance!;
    const { data } = instance;
    this.saves++;
    this.#isScheduled = false;
    this.#lastAttemptSeconds = this.#nowSeconds;
    const draft = this.#draft();
    if (draft === null) {
      this.#ended(false);
      return false;
    }
    const writer = new SnapshotWriter(this.#writerTo(draft), snapshotHead(instance));
    const walk = new SnapshotWalk(writer, data.databases);
    data.walk = walk;
    this.#job = {
      ...{ draft, writer, walk, startedUs: this.#nowUs, changes: data.changes.count },
      isSyncing: false,
      isGivenUp: false,
    };
    this.#options.operatorLog.notice("Background saving started");
    this.#wake();
    return true;
  }

  schedule(): void {
    this.#isScheduled = true;
  }

  flushedAll(): void {
    // The databases that were still to be written have made way for others.
    this.#giveUp(true);
    if (this.savesItself) this.save();
  }

  /** The last one before the end. False when it fails. */
  saveFinally(): boolean {
    this.#giveUp(false);
    this.#options.operatorLog.notice("Saving the final RDB snapshot before exiting.");
    return this.save();
  }

  /**
   * Nothing is to come of the one that is being written.
   *
   * @param isGone whether nobody has the databases any more that are still to be walked; else every
   *   key must be met now, before another walk begins
   */
  #giveUp(isGone: boolean): void {
    const job = this.#job;
    if (job === null) return;
    this.#job = null;
    if (job.isSyncing) {
      // The disk still has it: its end closes it, beside whatever is written by then.
      job.isGivenUp = true;
      job.draft.unlink();
      return;
    }
    job.draft.drop();
    job.walk.stopWriting();
    while (!isGone && !job.walk.isDone) job.walk.step(KEYS_AT_ONCE);
    this.#instance!.data.walk = null;
  }

  /**
   * Writes some more of what is written in the background.
   *
   * @returns true when there is more to write
   */
  proceed(): boolean {
    const job = this.#job;
    if (job === null || job.isSyncing) return false;
    const { clock } = this.#options;
    const untilUs = clock.monotonicUs() + STEP_US;
    for (let look = 0; look < LOOKS_PER_STEP && !job.walk.isDone; look++) {
      job.walk.step(KEYS_AT_ONCE);
      if (clock.monotonicUs() >= untilUs) break;
    }
    if (job.draft.error !== null) job.walk.stopWriting();
    if (!job.walk.isDone) return true;
    this.#instance!.data.walk = null;
    if (job.draft.error !== null) {
      this.#finish(job);
      return false;
    }
    job.writer.finish();
    job.isSyncing = true;
    job.draft.sync(() => this.#finish(job));
    return false;
  }

  #finish(job: Job): void {
    if (job.isGivenUp) {
      job.draft.drop();
      return;
    }
    this.#job = null;
    job.draft.install();
    const { error } = job.draft;
    const { operatorLog } = this.#options;
    this.lastSeconds = this.#secondsSince(job.startedUs);
    if (error === null) {
      this.#saved(job.changes);
      operatorLog.notice("Background saving terminated with success");
    } else {
      operatorLog.warn(`Background saving error: ${error}`);
      this.#ended(false);
    }
  }

  #saved(changes: number): void {
    this.#instance!.data.changes.saved(changes);
    this.savedSeconds = this.#nowSeconds;
    this.#options.operatorLog.notice("DB saved on disk");
    this.#ended(true);
  }

  #ended(isWell: boolean): void {
    this.hasFailed = !isWell;
    this.#options.onRefusal();
  }

  /** Ten times a second: begins what is due. */
  tick(): void {
    const instance = this.#instance!;
    if (this.#job !== null || instance.isBusy) return;
    const mayRetry = !this.hasFailed || this.#nowSeconds - this.#lastAttemptSeconds > RETRY_SECONDS;
    if (!mayRetry) return;
    if (this.#isScheduled) this.begin();
    else if (this.savesItself) this.#beginIfDue(instance);
  }

  #beginIfDue({ data, statistics }: Instance): void {
    const { config, operatorLog } = this.#options;
    const elapsed = this.#nowSeconds - (this.savedSeconds ?? statistics.startedSeconds);
    const { unsaved } = data.changes;
    for (const { seconds, changes } of config.get("save")) {
      if (unsaved < changes || elapsed <= seconds) continue;
      operatorLog.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      this.begin();
      return;
    }
  }

  /** Gives up whatever is being written; nothing may be called any more. */
  abandon(): void {
    const job = this.#job;
    this.#job = null;
    if (job === null) return;
    job.isGivenUp = true;
    if (job.isSyncing) job.draft.unlink();
    else job.draft.drop();
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    const job = this.#job;
    const { walk } = this.#instance!.data;
    assert.equal(walk, job === null || job.isSyncing ? null : job.walk);
    assert.ok(this.savedSeconds === null || this.savedSeconds >= 0);
    assert.ok(this.#instance!.data.changes.unsaved >= 0, "more is saved than has changed");
  }

  /** A file to write; null when there can be none. */
  #draft(): Draft | null {
    const { config, disk, operatorLog } = this.#options;
    const { processId } = this.#instance!.facts;
    // One that was given up may still have its own.
    const temporary = `temp-${processId}-${this.saves}.rdb`;
    try {
      return new Draft(disk, config.get("dir"), config.get("dbfilename"), temporary);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      operatorLog.warn(`Failed opening the temp RDB file for saving: ${error.message}`);
      return null;
    }
  }

  #writerTo(draft: Draft): RdbWriter {
    return new RdbWriter(CHUNK_BYTES, this.#options.config.get("rdbcompression"), draft.sink);
  }

  get #nowUs(): number {
    return this.#options.clock.wallUs();
  }

  get #nowSeconds(): number {
    return Math.floor(this.#nowUs / 1_000_000);
  }

  #secondsSince(us: number): number {
    return Math.max(0, Math.floor((this.#nowUs - us) / 1_000_000));
  }
}
