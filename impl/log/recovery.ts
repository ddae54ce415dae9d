import assert from "node:assert/strict";
import type { Disk, DiskFile } from "../ports/disk.ts";
import type { Trace } from "../ports/trace.ts";
import { describeFinding, type LogFailure, Refusal } from "./failure.ts";
import { beginsAsSnapshot, LogDirectory, type LogPlace, must } from "./log-directory.ts";
import type { Manifest } from "./manifest.ts";
import {
  endsClosed,
  FileReplay,
  type ReplayOutcome,
  type ReplayTarget,
  type UnitCounter,
} from "./replay.ts";

/** What a recovery needs. */
export interface RecoveryOptions {
  readonly disk: Disk;
  readonly place: LogPlace;
  readonly target: ReplayTarget;
  readonly trace: Trace;
  /** A torn end is cut off instead of refused: `aof-load-truncated`. */
  readonly loadsTruncated: boolean;
  /** Told what an operator should know. */
  readonly report: (message: string) => void;
}

/** A recovered log. */
export interface Recovered {
  /** The increment to append to: all that it holds lasts. */
  readonly file: DiskFile;
  /** Its name in the directory. */
  readonly name: string;
  readonly nextLsn: number;
  /** How many bytes at its end are closing lines. */
  readonly closedBytes: number;
  /** Bytes of the files that are not appended to any more. */
  readonly baseBytes: number;
}

/** How a recovery ended. */
export type RecoveryOutcome =
  | { readonly kind: "recovered"; readonly log: Recovered }
  | { readonly kind: "refused"; readonly failure: LogFailure };

/** Executes nothing. */
const NOBODY: ReplayTarget = { beginFile: () => {}, expect: () => {}, execute: () => null };

/**
 * Brings back what a log holds, and opens it for appending.
 *
 * It replays the files of the manifest in order. A torn end of the last one is cut off. Unless that
 * file's last line says that it was closed cleanly, nobody knows which of it lasts, since a failed
 * sync may have marked lost pages clean: what was read is written again, from the very bytes that
 * were replayed to where they stand, and the file is synced. Only then is the log open. This needs
 * no space, and a start that is interrupted or refused leaves the file as it was.
 *
 * Steps of `specs/log/Log.tla`: RecoverBegin, CutTail, FsyncFail, RecoverRewrite, Stop. Synchronous and deterministic; the
 * shell calls `step` until it answers.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #directory: LogDirectory;
  readonly #counter: UnitCounter = { nextLsn: 1, isFresh: true };
  #work: Generator<void, Recovered>;
  #budgetBytes = 0;
  /** The file that is being replayed; null before and after. */
  #replaying: FileReplay | null = null;
  #isOver = false;
  /** The files of the manifest. */
  readonly #opened: DiskFile[] = [];
  /** Everything has been read. */
  #hasBegun = false;
  /** Bytes of all files of the manifest, and how many have been replayed. */
  totalBytes = 0;
  loadedBytes = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#directory = new LogDirectory(options.disk, options.place);
    this.#work = this.#run();
  }

  /** The directory of the files, which is this server's alone; given back when it is refused. */
  get directory(): LogDirectory {
    return this.#directory;
  }

  /** Goes on for about `budgetBytes`; null while there is more to do. */
  step(budgetBytes: number): RecoveryOutcome | null {
    assert.ok(!this.#isOver && budgetBytes > 0, "a recovery that has ended goes on");
    this.#budgetBytes = budgetBytes;
    const { loadedBytes } = this;
    try {
      const result = this.#work.next();
      this.#isOver = result.done === true;
      assert.ok(this.loadedBytes >= loadedBytes);
      return result.done ? { kind: "recovered", log: result.value } : null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#isOver = true;
      for (const file of this.#opened) file.close();
      this.#directory.release();
      if (this.#hasBegun && this.#options.trace.enabled) {
        this.#options.trace.step("log", "Stop", {});
      }
      return { kind: "refused", failure: error.failure };
    }
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert.ok(0 <= this.loadedBytes && this.loadedBytes <= this.totalBytes);
    assert.ok(this.#counter.nextLsn >= 1);
    if (!this.#isOver) this.#replaying?.verifyInvariants();
  }

  *#run(): Generator<void, Recovered> {
    this.#directory.lock();
    const manifest = this.#directory.readManifest();
    const files = [...(manifest.base === null ? [] : [manifest.base]), ...manifest.increments];
    const opened = this.#opened;
    for (const { name } of files) opened.push(this.#directory.open(name));
    for (const file of opened) this.totalBytes += file.sizeBytes;
    let wholeBytes = 0;
    let isClosed = false;
    let closedBytes = 0;
    for (const [i, file] of opened.entries()) {
      const isLast = i === opened.length - 1;
      const { name } = files[i]!;
      this.#refuseSnapshot(file, name);
      const outcome = yield* this.#replay(file, name, isLast);
      wholeBytes = outcome.wholeBytes;
      isClosed = outcome.isClosed;
      closedBytes = outcome.closedBytes;
      if (!isLast) file.close();
    }
    this.#replaying = null;
    assert.equal(this.loadedBytes, this.totalBytes, "all files have been replayed");
    const end = this.#counter.nextLsn - 1;
    const { trace, report } = this.#options;
    this.#hasBegun = true;
    if (trace.enabled) trace.step("log", "RecoverBegin", { end });
    const appended = manifest.increments.length > 0 ? opened.at(-1)! : null;
    if (appended === null) return this.#begin(manifest, wholeBytes);
    const { name } = manifest.increments.at(-1)!;
    if (!isClosed) this.#prove(appended, name, wholeBytes);
    this.#directory.remove(manifest.history, report);
    return this.#recovered(appended, name, closedBytes);
  }

  /** Makes what was written again last, and cuts off what is not whole. */
  #prove(file: DiskFile, name: string, wholeBytes: number): void {
    const { trace } = this.#options;
    if (wholeBytes < file.sizeBytes) {
      must(file.truncate(wholeBytes), `cut off the end of ${name}`);
      if (trace.enabled) trace.step("log", "CutTail", {});
    }
    // The server before may have ended when the manifest had its name and not yet for good.
    this.#directory.sync();
    const error = file.syncNow();
    // Nobody can tell which pages were lost; a trace takes the worse case.
    if (error !== null && trace.enabled) trace.step("log", "FsyncFail", { lost: true });
    must(error, `sync ${name}`);
    if (trace.enabled) trace.step("log", "RecoverRewrite", {});
  }

  /** The first increment of a directory, behind its base if it has one. */
  #begin(manifest: Manifest, wholeBytes: number): Recovered {
    const { trace, report } = this.#options;
    const base = this.#opened.at(-1);
    if (base !== undefined) {
      const { name } = manifest.base!;
      if (wholeBytes < base.sizeBytes) {
        must(base.truncate(wholeBytes), `cut off the end of ${name}`);
      }
      must(base.syncNow(), `sync ${name}`);
      base.close();
    }
    const next = this.#directory.next(manifest);
    const file = this.#directory.create(next.name);
    must(file.syncNow(), `sync ${next.name}`);
    this.#directory.writeManifest({ base: manifest.base, increments: [next], history: [] });
    if (trace.enabled) trace.step("log", "RecoverRewrite", {});
    this.#directory.remove(manifest.history, report);
    return this.#recovered(file, next.name, 0);
  }

  #recovered(file: DiskFile, name: string, closedBytes: number): Recovered {
    assert.ok(closedBytes <= file.sizeBytes, "the closing lines are in the file");
    const baseBytes = Math.max(0, this.totalBytes - file.sizeBytes);
    return { file, name, nextLsn: this.#counter.nextLsn, closedBytes, baseBytes };
  }

  *#replay(file: DiskFile, name: string, isLast: boolean): Generator<void, ReplayOutcome> {
    const rewrites = isLast && !endsClosed(file);
    // What comes now may need its space, and it is restored when the log is open.
    if (rewrites) this.#directory.removeBallast();
    const counter = { ...this.#counter };
    const outcome = yield* this.#replayOnce(file, name, isLast, rewrites);
    if (isLast && !outcome.isClosed && !rewrites) {
      // What looks like a closing line is the end of a value.
      const again = new FileReplay(file, name, NOBODY, counter, true);
      while (again.step(this.#budgetBytes) === null) yield;
    }
    return outcome;
  }

  *#replayOnce(
    file: DiskFile,
    name: string,
    isLast: boolean,
    rewrites: boolean,
  ): Generator<void, ReplayOutcome> {
    const { target, loadsTruncated, report } = this.#options;
    const before = this.loadedBytes;
    const replay = new FileReplay(file, name, target, this.#counter, rewrites);
    this.#replaying = replay;
    for (;;) {
      const outcome = replay.step(this.#budgetBytes);
      this.loadedBytes = before + replay.offset;
      if (outcome === null) {
        yield;
        continue;
      }
      this.loadedBytes = before + file.sizeBytes;
      if (outcome.torn === null) return outcome;
      const found = outcome.torn;
      if (!isLast) throw new Refusal({ kind: "torn-inside", found });
      const cutBytes = file.sizeBytes - outcome.wholeBytes;
      if (!loadsTruncated) throw new Refusal({ kind: "torn-end", found, cutBytes });
      report(`The end of the append-only file ${name} is torn: ${describeFinding(found)}`);
      report(`Its last ${cutBytes} bytes are cut off`);
      return outcome;
    }
  }

  #refuseSnapshot(file: DiskFile, name: string): void {
    if (!beginsAsSnapshot(file)) return;
    throw new Refusal({ kind: "snapshot", path: `${this.#directory.path}/${name}` });
  }
}
