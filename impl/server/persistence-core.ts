import assert from "node:assert/strict";
import { CHECKED } from "../assert.ts";
import type { Config } from "../config/config.ts";
import { Ballast } from "../log/ballast.ts";
import type { LogFailure } from "../log/failure.ts";
import { beginLog } from "../log/fresh-log.ts";
import { type FsyncPolicy, LogCore } from "../log/log-core.ts";
import type { LogDirectory, LogPlace } from "../log/log-directory.ts";
import { type Recovered, Recovery } from "../log/recovery.ts";
import type { Clock } from "../ports/clock.ts";
import { type Disk, isDiskError, NO_SPACE, TOO_LARGE } from "../ports/disk.ts";
import type { Journal } from "../ports/journal.ts";
import type { OperatorLog } from "../ports/operator-log.ts";
import type { AofFacts, Loading, Persistence } from "../ports/persistence.ts";
import type { Trace } from "../ports/trace.ts";
import type { Instance } from "../session/instance.ts";
import { ReplaySession } from "../session/replay-session.ts";
import { type LoadingProgress, LoadingReport } from "./loading-report.ts";
import type { ServerCore } from "./server-core.ts";
import { SnapshotLoad } from "./snapshot-load.ts";
import { SnapshotService } from "./snapshots.ts";

/** What persistence needs. */
export interface PersistenceOptions {
  readonly config: Config;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly operatorLog: OperatorLog;
  /** The log can no longer be trusted: the process must end. Called once. */
  readonly onFatal: (failure: LogFailure) => void;
  /** Bytes kept free for a full disk; 4 MB unless given. */
  readonly ballastBytes?: number;
  /** False when nobody has said where data are: without a log nothing is looked for. */
  readonly hasDirectory?: boolean;
}

/** Standalone logs have one term. */
const TERM = 0;
const BALLAST_BYTES = 4 * 1024 * 1024;
/** What a large effect takes beside its own bytes, at most, when it is a single command. */
const FRAMING_BYTES = 4096;

/**
 * The log of a server: its directives, recovery at the start, and what commands see of it.
 *
 * It is the journal of the instance; `assembly.ts` ties the two together. Usage:
 *
 *     const { persistence } = assemble(…);
 *     while (!persistence.load(budgetBytes)) {}    // between loop turns
 */
export class PersistenceCore implements Journal, Persistence {
  readonly #options: PersistenceOptions;
  #ballast: Ballast | null = null;
  #instance: Instance | null = null;
  #core: ServerCore | null = null;
  #replay: ReplaySession | null = null;
  #recovery: Recovery | null = null;
  /** The snapshot that is being loaded, where there is no log. */
  #snapshotLoad: SnapshotLoad | null = null;
  /** A start has looked for a snapshot. */
  #hasLooked = false;
  readonly snapshots: SnapshotService;
  #report: LoadingReport | null = null;
  #startedSeconds = 0;
  #log: LogCore | null = null;
  /** The log that `appendonly no` has ended, until it is closed. */
  #closing: LogCore | null = null;
  /** The directory of the log, which is this server's alone as long as the log is open. */
  #directory: LogDirectory | null = null;
  /** Told when it is closed. */
  #onClosed: ((error: string | null) => void) | null = null;
  #baseBytes = 0;
  writeError: string | null = null;
  isRefusing = false;

  constructor(options: PersistenceOptions) {
    this.#options = options;
    const { config, disk, clock, operatorLog, hasDirectory = true } = options;
    this.snapshots = new SnapshotService({
      ...{ config, disk, clock, operatorLog, hasDirectory },
      onRefusal: () => this.#refresh(),
    });
  }

  // ---- The journal

  get enabled(): boolean {
    return this.#log !== null;
  }

  append(bytes: Uint8Array, start: number, length: number, lasts: boolean): void {
    this.#log!.append(bytes, start, length, lasts);
  }

  settle(): void {
    this.#log?.settle();
  }

  // ---- What commands see

  get loading(): Loading | null {
    const loader = this.#recovery ?? this.#snapshotLoad;
    if (loader === null) return null;
    const { totalBytes, loadedBytes } = loader;
    return { startedSeconds: this.#startedSeconds, totalBytes, loadedBytes };
  }

  get isStuck(): boolean {
    return this.#log?.isStuck === true;
  }

  get limitsFiles(): boolean {
    return Number.isFinite(this.#options.disk.maxFileBytes);
  }

  lacksRoomFor(sizeBytes: number): string | null {
    const log = this.#log;
    if (log === null) return null;
    const { disk } = this.#options;
    const neededBytes = log.pendingBytes + sizeBytes + FRAMING_BYTES;
    if (log.fileBytes + neededBytes > disk.maxFileBytes) return TOO_LARGE.message;
    return disk.freeBytes(this.#directory!.path) < neededBytes ? NO_SPACE.message : null;
  }

  get aof(): AofFacts | null {
    const log = this.#log;
    if (log === null) {
      return this.#recovery === null ? null : { ...NOTHING_YET };
    }
    return {
      sizeBytes: this.#baseBytes + log.fileBytes,
      baseBytes: this.#baseBytes,
      pendingBytes: log.pendingBytes,
      isSyncing: log.isSyncing,
      delayedSyncs: log.delayedSyncs,
    };
  }

  // ---- Start and end

  /** Begins: with `appendonly yes` the data set is to be loaded now. */
  begin(instance: Instance, core: ServerCore): void {
    assert.equal(this.#instance, null);
    const { config } = this.#options;
    this.#instance = instance;
    this.#core = core;
    this.snapshots.attach(instance, () => core.wake());
    config.onChange("appendfsync", (policy: FsyncPolicy) => {
      this.#log?.setPolicy(policy);
      return undefined;
    });
    config.onChange("appendonly", (isWanted) => (isWanted ? this.#enable() : this.#disable()));
    if (!config.get("appendonly")) return;
    this.#startedSeconds = this.#nowSeconds;
    this.#replay = new ReplaySession(instance);
    this.#recovery = this.#newRecovery(this.#replay);
    this.#report = new LoadingReport("AOF", this.#options.clock, this.#options.operatorLog);
    this.#refresh();
  }

  get #nowSeconds(): number {
    return Math.floor(this.#instance!.time.nowMs / 1000);
  }

  /**
   * Loads about `budgetBytes` more.
   *
   * @returns true when there is nothing more to load
   */
  load(budgetBytes: number): boolean {
    const recovery = this.#recovery;
    if (recovery === null) return this.#loadSnapshot(budgetBytes);
    const outcome = this.#replay!.withoutExpiry(() => recovery.step(budgetBytes));
    if (CHECKED) recovery.verifyInvariants();
    const report = this.#report!;
    if (outcome === null) {
      report.progress(this.#progress(recovery));
      return false;
    }
    this.#recovery = null;
    this.#replay = null;
    this.#report = null;
    if (outcome.kind === "refused") {
      this.#options.onFatal(outcome.failure);
      return true;
    }
    report.done(this.#progress(recovery));
    this.#open(recovery.directory, outcome.log);
    return true;
  }

  /** Loads some of the snapshot, if there is one and no log. */
  #loadSnapshot(budgetBytes: number): boolean {
    if (!this.#hasLooked && this.#log === null) this.#lookForSnapshot();
    this.#hasLooked = true;
    const load = this.#snapshotLoad;
    if (load === null) return true;
    const outcome = load.step(budgetBytes);
    const report = this.#report!;
    if (outcome === null) {
      report.progress(this.#progress(load));
      return false;
    }
    this.#snapshotLoad = null;
    this.#report = null;
    if (outcome.kind === "refused") {
      this.#options.onFatal(outcome.failure);
      return true;
    }
    const { loadedKeys, expiredKeys, emptyKeys } = outcome;
    this.snapshots.loadedKeys = loadedKeys;
    this.snapshots.expiredKeys = expiredKeys;
    this.#options.operatorLog.notice(
      `Done loading RDB, keys loaded: ${loadedKeys}, keys expired: ${expiredKeys}, empty keys skipped: ${emptyKeys}.`,
    );
    report.done(this.#progress(load));
    this.#refresh();
    return true;
  }

  /** Without a log a start begins with the snapshot, as Redis does. */
  #lookForSnapshot(): void {
    if (this.#options.hasDirectory === false) return;
    const { config, disk, operatorLog, onFatal } = this.#options;
    const place = this.#place;
    const names = disk.list(place.parent);
    if (names === null || isDiskError(names)) return;
    if (names.includes(place.fileName) || names.includes(place.directory)) {
      operatorLog.warn(
        `There is an append-only file in ${place.parent}, which is not loaded without appendonly yes`,
      );
    }
    if (!names.includes(place.snapshot)) return;
    const path = `${place.parent}/${place.snapshot}`;
    const file = disk.open(path, "existing");
    if (isDiskError(file)) {
      onFatal({ kind: "disk", attempt: `open ${path}`, error: file });
      return;
    }
    const checksum = config.get("rdbchecksum");
    const instance = this.#instance!;
    this.#snapshotLoad = new SnapshotLoad({
      ...{ instance, file, path, operatorLog, checksum },
      replaces: false,
    });
    this.#startedSeconds = this.#nowSeconds;
    this.#report = new LoadingReport("RDB", this.#options.clock, operatorLog);
    this.#refresh();
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert.ok(this.#log === null || this.#closing === null, "one log at a time");
    assert.ok(this.#log === null || this.#recovery === null, "a log is open before it is read");
    assert.equal(this.#replay === null, this.#recovery === null);
    assert.equal(this.#report === null, this.loading === null);
    assert.ok(this.#recovery === null || this.#snapshotLoad === null, "one thing is loaded");
    assert.ok(this.#onClosed === null || this.#closing !== null || this.#log === null);
    assert.equal(this.isRefusing, this.#refuses);
    this.snapshots.verifyInvariants();
    assert.equal((this.#log ?? this.#closing)?.refusal ?? null, this.writeError);
    if (this.#log !== null) {
      assert.equal(this.#log.policy, this.#options.config.get("appendfsync"));
      assert.equal(this.#core!.log, this.#log, "replies wait at the gate of another log");
    }
    this.#recovery?.verifyInvariants();
    this.#log?.verifyInvariants();
    this.#closing?.verifyInvariants();
  }

  /** Throws unless the file that keeps space free is as it should be. Looks at the disk. */
  verifyBallast(): void {
    this.#ballast?.verifyInvariants();
  }

  #progress({ totalBytes, loadedBytes }: Recovery | SnapshotLoad): LoadingProgress {
    let keys = 0;
    for (const keyspace of this.#instance!.data.databases) keys += keyspace.size;
    return { totalBytes, loadedBytes, keys };
  }

  /**
   * Ends cleanly. No command may run any more.
   *
   * @param done told null, or why the log could not be closed cleanly
   */
  close(done: (error: string | null) => void): void {
    if (this.#log !== null) {
      this.#log.close((error) => {
        this.#giveBack();
        done(error);
      });
    } else if (this.#closing !== null) this.#onClosed = done;
    else done(null);
  }

  /** Gives up whatever is still to be done, and the directory with it. Nothing may be called any more. */
  abandon(): void {
    this.snapshots.abandon();
    (this.#log ?? this.#closing)?.abandon();
    this.#recovery?.directory.release();
    this.#giveBack();
  }

  #giveBack(): void {
    this.#directory?.release();
    this.#directory = null;
  }

  #newRecovery(target: ReplaySession): Recovery {
    const { config, disk, trace, operatorLog } = this.#options;
    return new Recovery({
      disk,
      place: this.#place,
      target,
      trace,
      loadsTruncated: config.get("aof-load-truncated"),
      report: (message) => operatorLog.warn(message),
    });
  }

  get #place(): LogPlace {
    const { config } = this.#options;
    return {
      parent: config.get("dir"),
      directory: config.get("appenddirname"),
      fileName: config.get("appendfilename"),
      snapshot: config.get("dbfilename"),
    };
  }

  #open(directory: LogDirectory, recovered: Recovered): void {
    assert.ok(this.#log === null && this.#closing === null, "one log at a time");
    const { config, disk, clock, trace } = this.#options;
    const sizeBytes = this.#options.ballastBytes ?? BALLAST_BYTES;
    const ballast = new Ballast(disk, directory.ballastPath, sizeBytes);
    this.#baseBytes = recovered.baseBytes;
    this.#directory = directory;
    this.#log = new LogCore({
      file: recovered.file,
      policy: config.get("appendfsync"),
      clock,
      trace,
      events: {
        gateMoved: () => this.#core!.gateMoved(),
        poisoned: (reason) => this.#poisoned(reason),
        displaced: (path) => this.#options.onFatal({ kind: "displaced", path }),
        full: (reason) => this.#full(reason),
      },
      ballast,
      unprepared: () => {
        if (recovered.file.sizeBytes + sizeBytes > disk.maxFileBytes) return TOO_LARGE.message;
        return ballast.restore()?.message ?? null;
      },
      displaced: (onlyAppended) =>
        directory.displaced(recovered.file, recovered.name, onlyAppended),
      nextLsn: recovered.nextLsn,
      closedBytes: recovered.closedBytes,
      term: TERM,
    });
    this.#ballast = ballast;
    const { effects } = this.#instance!.data;
    assert.equal(effects.pending, 0, "an effect of before would come first");
    effects.forgetDatabase();
    this.#core!.attachLog(this.#log, trace);
    this.#log.prepare();
    this.#refresh();
  }

  // ---- CONFIG SET appendonly

  /** Begins a log with the data set as it is; clients wait meanwhile. */
  #enable(): string | undefined {
    const { disk, operatorLog } = this.#options;
    const instance = this.#instance!;
    if (this.#log !== null) return undefined;
    this.#closing?.closeNow();
    if (this.#closing !== null) return "The append-only file cannot be closed.";
    // The log would begin with a part of it, and a crash could tear it.
    if (instance.executor.depth > 1) return "A log cannot begin within a transaction.";
    const begun = beginLog(
      disk,
      this.#place,
      TERM,
      (journal) => instance.data.journalTo(journal),
      (message) => operatorLog.warn(message),
    );
    if (typeof begun === "string") {
      operatorLog.warn(begun);
      return "Unable to turn on AOF. Check server logs.";
    }
    const { directory, file, name, nextLsn } = begun;
    this.#open(directory, { file, name, nextLsn, closedBytes: 0, baseBytes: 0 });
    return undefined;
  }

  /** Ends the log cleanly. Replies that wait for it still do. */
  #disable(): undefined {
    const log = this.#log;
    if (log === null) return;
    this.#log = null;
    this.#closing = log;
    log.close((error) => {
      this.#closing = null;
      this.#giveBack();
      this.#full(null);
      if (error !== null)
        this.#options.operatorLog.warn(`The AOF was not closed cleanly: ${error}`);
      this.#core!.detachLog();
      this.#onClosed?.(error);
    });
  }

  #poisoned(reason: string): void {
    const { trace, onFatal } = this.#options;
    if (trace.enabled) trace.step("log", "Stop", {});
    onFatal({ kind: "poisoned", reason });
  }

  #full(reason: string | null): void {
    const { operatorLog } = this.#options;
    if (reason === this.writeError) return;
    if (reason !== null) operatorLog.warn(`Error writing to the AOF file: ${reason}`);
    else operatorLog.warn("AOF write error looks solved, writes are accepted again.");
    this.writeError = reason;
    this.#refresh();
  }

  get #refuses(): boolean {
    return this.writeError !== null || this.loading !== null || this.snapshots.stopsWrites;
  }

  #refresh(): void {
    this.isRefusing = this.#refuses;
  }
}

/** The append-only file while it is being loaded. */
const NOTHING_YET: AofFacts = {
  sizeBytes: 0,
  baseBytes: 0,
  pendingBytes: 0,
  isSyncing: false,
  delayedSyncs: 0,
};
