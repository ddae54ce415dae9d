import assert from "node:assert/strict";
import type { Disk, DiskFile } from "../ports/disk.ts";
import type { Trace } from "../ports/trace.ts";
import { latin1 } from "../resp/request.ts";
import { describeFinding, type LogFailure, Refusal } from "./failure.ts";
import { appendAll, LogDirectory, type LogPlace, must } from "./log-directory.ts";
import { FileReplay, type ReplayOutcome, type ReplayTarget, type UnitCounter } from "./replay.ts";

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

/** How much is copied at once. */
const COPY_BYTES = 1024 * 1024;
/** A base file that is a snapshot begins with it. */
const RDB_MAGIC = "REDIS";

/**
 * Brings back what a log holds, and opens it for appending.
 *
 * It replays the files of the manifest in order. A torn end of the last one is cut off. Unless that
 * file's last line says that it was closed cleanly, nobody knows which of it lasts, since a failed
 * sync may have marked lost pages clean: what was read is copied into a new increment, which is
 * synced and takes the old one's place in the manifest. Only then is the log open.
 *
 * Steps of `specs/log/Log.tla`: RecoverBegin, RecoverRewrite. Synchronous and deterministic; the
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
  /** Everything has been read. */
  #hasBegun = false;
  /** Bytes of all files of the manifest, and how many have been replayed. */
  totalBytes = 0;
  loadedBytes = 0;
  /** Bytes that have been proven by nothing and are copied after the replay, and how many have been. */
  copyBytes = 0;
  copiedBytes = 0;

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
    const { loadedBytes, copiedBytes } = this;
    try {
      const result = this.#work.next();
      this.#isOver = result.done === true;
      assert.ok(this.loadedBytes >= loadedBytes && this.copiedBytes >= copiedBytes);
      return result.done ? { kind: "recovered", log: result.value } : null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#isOver = true;
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
    assert.ok(0 <= this.copiedBytes && this.copiedBytes <= this.copyBytes);
    assert.ok(this.copyBytes <= this.totalBytes, "more is copied than there is");
    assert.ok(this.copyBytes === 0 || this.#hasBegun, "copied before all was replayed");
    assert.ok(this.#counter.nextLsn >= 1);
    if (!this.#isOver) this.#replaying?.verifyInvariants();
  }

  *#run(): Generator<void, Recovered> {
    this.#directory.lock();
    const manifest = this.#directory.readManifest();
    const files = [...(manifest.base === null ? [] : [manifest.base]), ...manifest.increments];
    const opened = files.map((file) => this.#directory.open(file.name));
    for (const file of opened) this.totalBytes += file.sizeBytes;
    let wholeBytes = 0;
    let isClosed = false;
    let closedBytes = 0;
    for (const [i, file] of opened.entries()) {
      const isLast = i === opened.length - 1;
      this.#refuseSnapshot(file, files[i]!.name);
      const outcome = yield* this.#replay(file, files[i]!.name, isLast);
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
    const last = opened.at(-1) ?? null;
    const appended = manifest.increments.length > 0 ? last : null;
    if (appended !== null && isClosed) {
      this.#directory.remove(manifest.history, report);
      return this.#recovered(appended, manifest.increments.at(-1)!.name, closedBytes);
    }
    const next = this.#directory.next(manifest);
    const file = this.#directory.create(next.name);
    if (appended !== null) yield* this.#copy(appended, file, wholeBytes);
    must(file.syncNow(), `sync ${next.name}`);
    const kept = manifest.increments.slice(0, -1);
    this.#directory.writeManifest({
      base: manifest.base,
      increments: [...kept, next],
      history: [],
    });
    if (trace.enabled) trace.step("log", "RecoverRewrite", {});
    last?.close();
    const replaced = [...manifest.history, ...manifest.increments.slice(-1)];
    this.#directory.remove(replaced, report);
    return this.#recovered(file, next.name, 0);
  }

  #recovered(file: DiskFile, name: string, closedBytes: number): Recovered {
    assert.ok(closedBytes <= file.sizeBytes, "the closing lines are in the file");
    assert.equal(this.copiedBytes, this.copyBytes);
    const baseBytes = Math.max(0, this.totalBytes - file.sizeBytes);
    return { file, name, nextLsn: this.#counter.nextLsn, closedBytes, baseBytes };
  }

  *#replay(file: DiskFile, name: string, isLast: boolean): Generator<void, ReplayOutcome> {
    const { target, loadsTruncated, report } = this.#options;
    const before = this.loadedBytes;
    const replay = new FileReplay(file, name, target, this.#counter);
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

  *#copy(from: DiskFile, to: DiskFile, lengthBytes: number): Generator<void, void> {
    const piece = new Uint8Array(COPY_BYTES);
    this.copyBytes = lengthBytes;
    let sinceYield = 0;
    while (this.copiedBytes < lengthBytes) {
      const at = this.copiedBytes;
      const wanted = piece.subarray(0, Math.min(COPY_BYTES, lengthBytes - at));
      const count = must(from.read(at, wanted), "read the append-only file again");
      if (count === 0) throw new Refusal({ kind: "shrunk" });
      appendAll(to, piece, count, "the new increment");
      this.copiedBytes += count;
      sinceYield += count;
      if (sinceYield < this.#budgetBytes) continue;
      sinceYield = 0;
      yield;
    }
    assert.equal(to.sizeBytes, lengthBytes);
  }

  #refuseSnapshot(file: DiskFile, name: string): void {
    const start = new Uint8Array(RDB_MAGIC.length);
    const count = must(file.read(0, start), `read ${name}`);
    if (count < RDB_MAGIC.length || latin1(start, 0, count) !== RDB_MAGIC) return;
    throw new Refusal({ kind: "snapshot", path: `${this.#directory.path}/${name}` });
  }
}
