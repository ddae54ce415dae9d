import assert from "node:assert/strict";
import { CHECKED, assert as check } from "../assert.ts";
import type { Clock } from "../ports/clock.ts";
import { type DiskError, type DiskFile, isDiskError, NO_SPACE } from "../ports/disk.ts";
import type { Journal } from "../ports/journal.ts";
import type { Trace } from "../ports/trace.ts";
import type { Ballast } from "./ballast.ts";
import { encodeClosed } from "./frame.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { PassedUnits } from "./passed-units.ts";

/** When the file is synced: `appendfsync`. */
export type FsyncPolicy = "always" | "everysec" | "no";

/** What the log tells its owner. */
export interface LogEvents {
  /** The gate has moved while nobody called `flush`: replies may leave. */
  gateMoved(): void;
  /** A sync failed: nothing more is acknowledged, and the process must end. */
  poisoned(reason: string): void;
  /** A file of the log is no longer at `path`: nothing more is acknowledged, and the process must end. */
  displaced(path: string): void;
  /** Writes are refused from now on because of `reason`, or again accepted: null. */
  full(reason: string | null): void;
}

/** What a log needs. */
export interface LogOptions {
  /** The increment to append to; all that it holds has been synced. */
  readonly file: DiskFile;
  readonly policy: FsyncPolicy;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly events: LogEvents;
  readonly ballast: Ballast;
  /** The path of a file of the log that is no longer in its place; null while all are, or this one. */
  readonly displaced: (onlyAppended: boolean) => string | null;
  /** Why no space is kept for a full disk, nor can be; null while some is, and unless given. */
  readonly unprepared?: () => string | null;
  /** The number of the next unit: 1 for the first of all. */
  readonly nextLsn: number;
  /** How many bytes at the end of the file are lines that say it was closed; none unless given. */
  readonly closedBytes?: number;
  readonly term: number;
}

/** How old the oldest acknowledged unit may become before its sync: everysec. */
export const HOLD_BACK_MS = 2000;
/** How long after the beginning of a sync the next one begins: everysec. */
const SYNC_PERIOD_MS = 1000;

/**
 * The log: what has executed, on its way to the disk, and the gate behind which replies wait.
 *
 * Units gather until the end of the loop turn, when `flush` writes them as one frame. One sync is
 * under way at a time; what is written meanwhile waits for the next one, which serves all of it.
 * A reply that depends on unit `n` may leave when `gate >= n`.
 *
 * The steps that it takes are those of `specs/log/Log.tla`, and it says so to its trace: Write,
 * WriteRefused, ShortWrite, CutTail, Reopen, Heal, FsyncBegin, FsyncOk, FsyncFail, Tick, Close.
 *
 * Synchronous and deterministic; the shell calls `flush`, `beginTurn` and `tick`.
 */
export class LogCore implements Journal {
  readonly enabled = true;
  readonly #file: DiskFile;
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #events: LogEvents;
  readonly #ballast: Ballast;
  readonly #displaced: (onlyAppended: boolean) => string | null;
  readonly #unprepared: () => string | null;
  readonly #term: number;
  #policy: FsyncPolicy;
  #status: "up" | "poisoned" | "closed" = "up";
  /** Why nothing is acknowledged any more; null while that is not so. */
  #givenUp: string | null = null;

  /** What is not in the file yet. */
  readonly #next = new FrameBuffer();
  #end: number;
  #written: number;
  #synced: number;
  #gate: number;
  /** The sync under way covers the units up to this one; 0 while there is none. */
  #syncing = 0;
  /** everysec: when the gate passed what is not synced yet. */
  readonly #passed = new PassedUnits();
  /** The time as the log knows it, in milliseconds from the clock's origin. */
  #nowMs = 0;
  #syncBeganMs = Number.NEGATIVE_INFINITY;
  /** Why writes are refused; null while they are not. */
  #fullReason: string | null = null;
  /** Why no space is kept for what has executed; null while there is some. */
  #lacking: string | null = null;
  /** The last write was refused: the next one is tried at the next tick. */
  #isStuck = false;
  /** Bytes at the end of the file that are closing lines, and make way for the next frame. */
  #closedBytes: number;
  /** Where the file ends when a partial frame is cut off; -1 while there is none. */
  #cutAt = -1;
  #isHeldBack = false;
  /** Whoever called looks at the gate afterwards. */
  #isFlushing = false;
  /** What is still to be synced is waited for. */
  #isHasty = false;
  #onClosed: ((error: string | null) => void) | null = null;
  /** Times that everysec had to hold back: aof_delayed_fsync. */
  delayedSyncs = 0;

  constructor(options: LogOptions) {
    assert.ok(Number.isSafeInteger(options.nextLsn) && options.nextLsn >= 1);
    this.#file = options.file;
    this.#clock = options.clock;
    this.#trace = options.trace;
    this.#events = options.events;
    this.#ballast = options.ballast;
    this.#displaced = options.displaced;
    this.#unprepared = options.unprepared ?? (() => null);
    this.#term = options.term;
    this.#policy = options.policy;
    this.#closedBytes = options.closedBytes ?? 0;
    assert.ok(this.#closedBytes >= 0 && this.#closedBytes <= options.file.sizeBytes);
    assert.ok(Number.isSafeInteger(options.term) && options.term >= 0);
    this.#end = options.nextLsn - 1;
    this.#written = this.#end;
    this.#synced = this.#end;
    this.#gate = this.#end;
    if (this.#trace.enabled) {
      this.#trace.step("log", "Serve", { end: this.#end, policy: this.#policy });
    }
    this.#observeTime();
  }

  /** The number of the last unit that has executed. */
  get end(): number {
    return this.#end;
  }

  /** The number of the last unit in the file. */
  get written(): number {
    return this.#written;
  }

  /** The number of the last unit that lasts, as far as the system says. */
  get synced(): number {
    return this.#synced;
  }

  /** Replies that depend on no later unit than this may leave, while the log `isUp`. */
  get gate(): number {
    return this.#gate;
  }

  /** True while units wait to be written. */
  get hasPending(): boolean {
    return this.#written < this.#end;
  }

  get policy(): FsyncPolicy {
    return this.#policy;
  }

  /** False once it is closed or no longer to be trusted: no reply may leave any more. */
  get isUp(): boolean {
    return this.#status === "up";
  }

  get isSyncing(): boolean {
    return this.#syncing > 0;
  }

  /** Why the disk has refused a write, in the system's words; null while it has not. */
  get fullReason(): string | null {
    return this.#fullReason;
  }

  /** Why writes are refused: the disk is full, or could be before anybody knows; else null. */
  get refusal(): string | null {
    return this.#fullReason ?? this.#lacking;
  }

  /** Something has executed that cannot be written now. */
  get isStuck(): boolean {
    return this.#isStuck || this.#cutAt >= 0;
  }

  /** Length of the file. */
  get fileBytes(): number {
    return this.#file.sizeBytes;
  }

  /** Bytes that wait to be written. */
  get pendingBytes(): number {
    return this.#next.bodyBytes;
  }

  /** Takes one unit: a command, or a transaction. */
  append(bytes: Uint8Array, start: number, length: number, lasts: boolean): void {
    if (CHECKED) check(this.#status !== "closed" && length > 0, "the log is closed");
    this.#next.append(bytes, start, length, lasts);
    this.#end++;
    if (CHECKED) check(this.#end > this.#written, "what is appended is still to be written");
  }

  settle(): void {
    this.#next.settle();
  }

  /** A loop turn begins, and no reply that may leave waits: time may pass. */
  beginTurn(): void {
    if (this.#policy === "everysec" && this.#status === "up") this.#observeTime();
  }

  /** Ends a loop turn: what has gathered becomes one frame in the file, and a sync if one is due. */
  flush(): void {
    if (this.#status !== "up") return;
    if (CHECKED) check(!this.#isFlushing, "a flush within a flush");
    this.#isFlushing = true;
    if (!this.#isStuck) this.#write();
    this.#syncIfDue();
    this.#isFlushing = false;
  }

  /** Time passes: ten times a second, while no reply that may leave waits. */
  tick(): void {
    if (this.#status !== "up" || !this.#isInPlace()) return;
    if (this.#policy === "everysec") this.#observeTime();
    if (this.#cutAt >= 0) this.#cut();
    const moved = this.#cutAt < 0 && this.#write();
    if (this.#fullReason !== null) this.#heal();
    else this.prepare();
    this.#syncIfDue();
    if (moved) this.#events.gateMoved();
    const heldBack = this.#heldBack();
    if (heldBack && !this.#isHeldBack) this.delayedSyncs++;
    this.#isHeldBack = heldBack;
  }

  /** Looks whether there is room for what may execute before a full disk is known of. */
  prepare(): void {
    const lacking = this.#unprepared();
    if (lacking === this.#lacking) return;
    this.#lacking = lacking;
    this.#events.full(this.refusal);
  }

  /**
   * `appendfsync` changes. With `always` the gate goes back to what is synced: from then on no reply
   * leaves that shows what an earlier policy let pass and a loss of power may still take. How long
   * such units have waited for their sync counts on, with `no` from the end of that policy.
   */
  setPolicy(policy: FsyncPolicy): void {
    if (policy === this.#policy) return;
    const before = this.#policy;
    this.#policy = policy;
    if (this.#status !== "up") return;
    this.#observeTime();
    if (before === "no" && this.#gate > this.#synced) this.#passed.add(this.#gate, this.#nowMs);
    if (policy === "no") this.#passed.clear();
    if (policy === "always") this.#gate = this.#synced;
    if (this.#moveGate()) this.#events.gateMoved();
    this.#syncIfDue();
  }

  /**
   * Stops cleanly: writes and syncs everything, and then the line that says so. No unit may be
   * appended any more.
   *
   * @param done told null, or why the file could not be closed cleanly
   */
  close(done: (error: string | null) => void): void {
    assert.equal(this.#onClosed, null, "the log is being closed already");
    this.#onClosed = done;
    if (this.#status === "up" && !this.#isInPlace()) return;
    if (this.#status === "up" && this.#cutAt < 0) this.#write();
    this.#continueClosing();
  }

  /** Ends a close that waits for a sync: waits for one of its own, which covers as much. */
  closeNow(): void {
    assert.ok(this.#onClosed !== null, "the log is not being closed");
    if (this.#status !== "up") return;
    this.#isHasty = true;
    this.#syncEnded(this.#file.syncNow());
  }

  /** The process goes on without the log, whatever has still to be done: it gets no further calls. */
  abandon(): void {
    if (this.#status === "closed") return;
    this.#status = "closed";
    this.#syncing = 0;
    this.#file.close();
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert.ok(this.#synced <= this.#written && this.#written <= this.#end);
    assert.ok(this.#syncing === 0 || this.#syncing > this.#synced);
    assert.ok(this.#syncing <= this.#written);
    assert.ok(this.#gate <= this.#written, "the gate is ahead of the file");
    assert.equal(this.#written < this.#end, this.#next.bodyBytes > 0);
    assert.ok(this.#cutAt < 0 || this.#fullReason !== null);
    assert.ok(!this.#isStuck || this.#fullReason !== null);
    this.#passed.verifyInvariants(this.#synced);
    this.#next.verifyInvariants();
    if (this.#policy === "no") assert.equal(this.#passed.oldestMs, Number.POSITIVE_INFINITY);
    assert.ok(!this.#isFlushing, "nobody looks between the steps of a flush");
    if (this.#status !== "up") {
      assert.equal(this.#syncing, 0, "a log that is down syncs");
      return;
    }
    assert.ok(this.#policy !== "always" || this.#gate <= this.#synced, "always: the gate is ahead");
    assert.ok(this.#cutAt <= this.#file.sizeBytes, "more is to be cut off than there is");
    assert.ok(0 <= this.#closedBytes && this.#closedBytes <= this.#file.sizeBytes);
    assert.ok(this.#closedBytes === 0 || this.#cutAt < 0, "a frame behind a closing line");
    assert.ok(this.#onClosed === null || this.#syncing > 0, "closing waits for nothing");
  }

  // ---- Writing

  /** Writes what has gathered, with the ballast's space if it must. True when the gate moved. */
  #write(): boolean {
    if (this.#written === this.#end) return false;
    this.#isStuck = !this.#writeFrame();
    if (this.#isStuck && this.#cutAt < 0 && this.#ballast.release()) {
      this.#isStuck = !this.#writeFrame();
    }
    return !this.#isStuck && this.#moveGate();
  }

  /** Writes what has gathered as one frame. False when the disk did not take it. */
  #writeFrame(): boolean {
    assert.ok(this.#cutAt < 0, "a frame behind a partial one");
    const frame = this.#next;
    const start = frame.seal(this.#written + 1, this.#term);
    const length = frame.end - start;
    const stuck = this.#reopen();
    const before = this.#file.sizeBytes;
    if (stuck !== null) {
      this.#refuse(stuck, before);
      return false;
    }
    const taken = this.#file.append(frame.bytes, start, length);
    if (taken !== length) {
      this.#refuse(taken, before);
      return false;
    }
    assert.equal(this.#file.sizeBytes, before + length, "the file has grown by the frame");
    this.#written = this.#end;
    frame.clear();
    if (this.#trace.enabled) this.#trace.step("log", "Write", { to: this.#written });
    return true;
  }

  /**
   * Cuts closing lines off before something follows them. The sync of such a line may have failed,
   * and its page counts as clean since: behind it every later frame would stand behind a hole.
   */
  #reopen(): DiskError | null {
    if (this.#closedBytes === 0) return null;
    const keptBytes = this.#file.sizeBytes - this.#closedBytes;
    assert.ok(keptBytes >= 0);
    const error = this.#file.truncate(keptBytes);
    if (error !== null) return error;
    assert.equal(this.#file.sizeBytes, keptBytes);
    this.#closedBytes = 0;
    if (this.#trace.enabled) this.#trace.step("log", "Reopen", {});
    return null;
  }

  /** The disk took nothing, or a part of the frame, which is cut off again. */
  #refuse(taken: number | DiskError, before: number): void {
    const reason = (isDiskError(taken) ? taken : NO_SPACE).message;
    const isPartial = !isDiskError(taken) && taken > 0;
    if (this.#trace.enabled) this.#trace.step("log", isPartial ? "ShortWrite" : "WriteRefused", {});
    if (this.#fullReason !== reason) {
      this.#fullReason = reason;
      this.#events.full(reason);
    }
    if (isPartial) {
      this.#cutAt = before;
      this.#cut();
    }
  }

  #cut(): void {
    assert.ok(this.#cutAt >= 0 && this.#cutAt <= this.#file.sizeBytes);
    if (this.#file.truncate(this.#cutAt) !== null) return;
    assert.equal(this.#file.sizeBytes, this.#cutAt);
    this.#cutAt = -1;
    if (this.#trace.enabled) this.#trace.step("log", "CutTail", {});
  }

  /** Writes are accepted again once nothing is left over and there is space. */
  #heal(): void {
    if (this.#isStuck || this.#cutAt >= 0 || this.#ballast.restore() !== null) return;
    this.#fullReason = null;
    this.#lacking = null;
    if (this.#trace.enabled) this.#trace.step("log", "Heal", {});
    this.#events.full(null);
  }

  // ---- Syncing

  #syncIfDue(): void {
    if (this.#status !== "up" || this.#syncing > 0 || this.#written === this.#synced) return;
    if (this.#policy === "no" && this.#onClosed === null) return;
    if (this.#policy === "everysec" && this.#onClosed === null) {
      if (this.#nowMs - this.#syncBeganMs < SYNC_PERIOD_MS) return;
    }
    this.#syncBeganMs = this.#nowMs;
    this.#syncing = this.#written;
    if (CHECKED) check(this.#syncing > this.#synced, "a sync covers something new");
    if (this.#trace.enabled) this.#trace.step("log", "FsyncBegin", { to: this.#syncing });
    // With `always` nearly everything that runs meanwhile waits for it, too. At the end the replies
    // that it lets go leave before the next step of closing.
    const mayBlock = this.#policy === "always" && this.#onClosed === null;
    if (this.#isHasty) {
      this.#syncEnded(this.#file.syncNow());
      return;
    }
    this.#file.sync((error) => this.#syncEnded(error), mayBlock);
  }

  #syncEnded(error: DiskError | null): void {
    // Given up meanwhile.
    if (this.#status !== "up") return;
    assert.ok(this.#syncing > this.#synced && this.#syncing <= this.#written);
    if (error !== null) {
      this.#poison(error);
      return;
    }
    // With `always` nothing is acknowledged that went into a file which nobody will find.
    if (this.#policy === "always" && !this.#isInPlace(true)) return;
    this.#synced = this.#syncing;
    this.#syncing = 0;
    if (this.#trace.enabled) this.#trace.step("log", "FsyncOk", {});
    this.#passed.synced(this.#synced);
    const moved = this.#moveGate();
    this.#syncIfDue();
    if (moved && !this.#isFlushing) this.#events.gateMoved();
    if (this.#onClosed !== null && this.#status === "up") this.#continueClosing();
  }

  #poison(error: DiskError): void {
    this.#status = "poisoned";
    this.#syncing = 0;
    // Nobody can tell which pages were lost; a trace takes the worse case.
    if (this.#trace.enabled) this.#trace.step("log", "FsyncFail", { lost: true });
    this.#givenUp = error.message;
    this.#events.poisoned(error.message);
    this.#onClosed?.(error.message);
  }

  /** False, and the log is given up, when one of its files has been moved or removed. */
  #isInPlace(onlyAppended = false): boolean {
    const path = this.#displaced(onlyAppended);
    if (path === null) return true;
    this.#status = "poisoned";
    this.#syncing = 0;
    // Nothing of the specification: to the log, the process is as good as killed.
    if (this.#trace.enabled) this.#trace.step("log", "Kill", {});
    this.#givenUp = `${path} is no longer in its place`;
    this.#events.displaced(path);
    this.#onClosed?.(this.#givenUp);
    return false;
  }

  // ---- The gate

  /** Moves the gate as far as the policy lets it. True when it moved. */
  #moveGate(): boolean {
    const target = this.#policy === "always" ? this.#synced : this.#written;
    if (target <= this.#gate || this.#heldBack()) return false;
    if (CHECKED) check(target <= this.#written && this.#status === "up", "the gate opens too far");
    this.#gate = target;
    if (this.#policy === "everysec" && target > this.#synced) {
      this.#passed.add(target, this.#nowMs);
    }
    return true;
  }

  /** everysec: the oldest unit that was passed and is not synced is too old to pass more. */
  #heldBack(): boolean {
    return this.#policy === "everysec" && this.#nowMs - this.#passed.oldestMs >= HOLD_BACK_MS;
  }

  #observeTime(): void {
    const nowMs = Math.floor(this.#clock.monotonicUs() / 1000);
    if (nowMs === this.#nowMs) return;
    if (CHECKED) check(nowMs > this.#nowMs, "time does not go back");
    this.#nowMs = nowMs;
    if (this.#trace.enabled && this.#policy === "everysec") {
      this.#trace.step("log", "Tick", { nowMs });
    }
  }

  // ---- The end

  #continueClosing(): void {
    if (this.#syncing > 0) return;
    if (this.#status === "poisoned" || this.#written < this.#end || this.#cutAt >= 0) {
      this.#closed(this.#givenUp ?? this.#fullReason ?? "a sync has failed");
      return;
    }
    if (this.#synced < this.#written) {
      this.#syncIfDue();
      return;
    }
    this.#closed(this.#writeClosedLine());
  }

  /** All is synced: says so in the file. */
  #writeClosedLine(): string | null {
    const error = this.#reopen();
    if (error !== null) return error.message;
    const line = encodeClosed(this.#end, this.#term);
    const taken = this.#file.append(line, 0, line.length);
    if (isDiskError(taken)) return taken.message;
    if (taken < line.length) {
      if (taken > 0 && this.#trace.enabled) this.#trace.step("log", "ShortWrite", {});
      return NO_SPACE.message;
    }
    // From here on a start takes the file for closed, whatever becomes of this line's own sync.
    if (this.#trace.enabled) this.#trace.step("log", "Close", {});
    return this.#file.syncNow()?.message ?? null;
  }

  #closed(error: string | null): void {
    assert.ok(this.#onClosed !== null && this.#status !== "closed", "closed without being asked");
    assert.ok(error !== null || this.#synced === this.#end, "closed cleanly, and not all lasts");
    // A process that cannot close its log leaves it as one that is killed does.
    if (error !== null && this.#status === "up" && this.#trace.enabled) {
      this.#trace.step("log", "Kill", {});
    }
    this.#status = "closed";
    this.#file.close();
    this.#onClosed(error);
  }
}
