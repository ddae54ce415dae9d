import assert from "node:assert/strict";
import { CHECKED } from "../assert.ts";
import type { DiskError, DiskFile } from "../ports/disk.ts";
import { ParseStatus } from "../resp/parser.ts";
import type { Request } from "../resp/request.ts";
import { type CommandObserver, CommandReader } from "./command-reader.ts";
import { type Finding, type Flaw, isBeginning, type LogPosition, Refusal } from "./failure.ts";
import { FileWindow } from "./file-window.ts";
import {
  type ClosedLine,
  type FrameHeader,
  isBodyIntact,
  MARK,
  MAX_ANNOTATION_BYTES,
  parseAnnotation,
} from "./frame.ts";

/** What executes the commands of a log. */
export interface ReplayTarget extends CommandObserver {
  /** A file begins: database 0 is selected. */
  beginFile(): void;
  /** Executes a command. Null, or why it cannot be executed. */
  execute(request: Request): string | null;
}

/** Counts units over all files. */
export interface UnitCounter {
  /** The number of the next unit. */
  nextLsn: number;
  /** Nothing has been counted: the first frame may say where the numbers begin. */
  isFresh: boolean;
}

/** How the replay of a file ended. */
export interface ReplayOutcome {
  /** Up to here the file is whole. */
  readonly wholeBytes: number;
  /** What follows is an incomplete frame or command, and this is why; null when nothing follows. */
  readonly torn: Finding | null;
  /** The file's last line says that all of it has been synced. */
  readonly isClosed: boolean;
  /** How many bytes at the end of the file are lines that say so. */
  readonly closedBytes: number;
}

/** The annotations that Redis writes, with `aof-timestamp-enabled`. */
const TIME_MARK = "#TS:";
const LF = 10;
const HASH = 35;
const STAR = 42;
/** Disks write sectors of this size as a whole. */
const SECTOR_BYTES = 512;

/**
 * Replays one append-only file: frames with their checksums, commands without a frame as Redis
 * writes them, and both in one file.
 *
 * A frame is executed after its checksum was found right, a transaction outside a frame after its
 * EXEC was read, so that no half of anything is executed.
 */
export class FileReplay {
  readonly #file: DiskFile;
  readonly #name: string;
  readonly #target: ReplayTarget;
  readonly #counter: UnitCounter;
  readonly #window: FileWindow;
  readonly #reader: CommandReader;
  /** Commands since a MULTI outside a frame; null outside a transaction. */
  #queue: Request[] | null = null;
  #queueOffset = 0;
  #isClosed = false;
  /** Where the closing lines at the end begin. */
  #closedFrom = 0;
  /** The last thing looked at was a frame or a closing line. */
  #isFramed = false;
  /** Something has been read: the first frame may have said where the numbers begin. */
  #isLater = false;

  /** @param rewrites whether what is found whole is written again, for a sync to make it last */
  constructor(
    file: DiskFile,
    name: string,
    target: ReplayTarget,
    counter: UnitCounter,
    rewrites = false,
  ) {
    assert.ok(Number.isSafeInteger(counter.nextLsn) && counter.nextLsn >= 1);
    this.#file = file;
    this.#name = name;
    this.#target = target;
    this.#counter = counter;
    this.#window = new FileWindow(file, 0, rewrites);
    this.#reader = new CommandReader(target);
    target.beginFile();
  }

  /** How far it has come, in bytes. */
  get offset(): number {
    return this.#window.offset;
  }

  /**
   * Goes on for about `budgetBytes`.
   *
   * @returns null while there is more
   * @throws Refusal when the file is damaged or a command cannot be executed
   */
  step(budgetBytes: number): ReplayOutcome | null {
    assert.ok(budgetBytes > 0, "a step without a budget is none");
    const until = this.#window.offset + budgetBytes;
    while (this.#window.offset < until) {
      if (this.#window.left === 0) return this.#atEnd();
      const { offset } = this.#window;
      const { nextLsn } = this.#counter;
      const flaw = this.#item();
      if (flaw !== null) return this.#broken(flaw);
      assert.ok(this.#window.offset > offset, "what was read is behind");
      assert.ok(this.#counter.nextLsn >= nextLsn || !this.#isLater, "the numbers never fall");
      this.#isLater = true;
    }
    return null;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.#window.verifyInvariants();
    this.#reader.verifyInvariants();
    assert.ok(Number.isSafeInteger(this.#counter.nextLsn) && this.#counter.nextLsn >= 1);
    if (this.#queue !== null) {
      assert.ok(this.#queueOffset < this.offset, "a transaction begins before what is read");
      assert.ok(!this.#isClosed && !this.#isFramed, "a transaction outside a frame is open");
    }
    if (this.#isClosed) assert.ok(this.#closedFrom < this.offset && this.#isFramed);
  }

  #atEnd(): ReplayOutcome {
    if (this.#queue !== null) return this.#broken({ kind: "open-transaction", isLast: true });
    this.#mustWork(this.#window.rewrite());
    const wholeBytes = this.#window.offset;
    const isClosed = this.#isClosed;
    const closedBytes = isClosed ? wholeBytes - this.#closedFrom : 0;
    assert.ok(wholeBytes === this.#file.sizeBytes && closedBytes <= wholeBytes);
    return { wholeBytes, torn: null, isClosed, closedBytes };
  }

  /** Reads and executes the next frame, annotation or command. Null, or what is wrong with it. */
  #item(): Flaw | null {
    this.#fill(MAX_ANNOTATION_BYTES);
    const first = this.#window.bytes[this.#window.at];
    if (first === HASH) return this.#annotation();
    if (first === STAR) return this.#command();
    return { kind: "nothing-begins" };
  }

  #fill(need: number): void {
    if (need <= this.#window.available) return;
    this.#reader.forget();
    this.#mustWork(this.#window.fill(need));
  }

  #mustWork(error: DiskError | null): void {
    const attempt = `read ${this.#name}, or write it again`;
    if (error !== null) throw new Refusal({ kind: "disk", attempt, error });
  }

  #annotation(): Flaw | null {
    const { bytes, at } = this.#window;
    const lineBytes = this.#window.lineBytes(MAX_ANNOTATION_BYTES);
    if (lineBytes === 0) return { kind: "endless-line" };
    if (bytes.toString("latin1", at, at + TIME_MARK.length) === TIME_MARK) {
      this.#window.skip(lineBytes);
      return null;
    }
    const annotation = parseAnnotation(bytes, at, at + lineBytes);
    if (this.#queue !== null) return { kind: "open-transaction", isLast: false };
    this.#isFramed = true;
    if (annotation === null) return { kind: "unreadable-line" };
    return annotation.kind === "frame"
      ? this.#frame(annotation, lineBytes)
      : this.#closed(annotation, lineBytes);
  }

  #closed(line: ClosedLine, lineBytes: number): null {
    if (line.lsn !== this.#counter.nextLsn - 1) {
      throw new Refusal({ kind: "wrong-close", at: this.#here, lsn: line.lsn });
    }
    if (!this.#isClosed) this.#closedFrom = this.#window.offset;
    this.#window.skip(lineBytes);
    this.#isClosed = true;
    return null;
  }

  #frame(header: FrameHeader, lineBytes: number): Flaw | null {
    const { bodyBytes } = header;
    if (lineBytes + bodyBytes > this.#window.left) return { kind: "cut-frame" };
    this.#fill(lineBytes + bodyBytes);
    const start = this.#window.at + lineBytes;
    if (!isBodyIntact(header, this.#window.bytes, start)) return { kind: "wrong-checksum" };
    const { nextLsn, isFresh } = this.#counter;
    if (header.lsn !== nextLsn && !isFresh) {
      throw new Refusal({ kind: "wrong-lsn", at: this.#here, lsn: header.lsn });
    }
    this.#counter.nextLsn = header.lsn;
    this.#counter.isFresh = false;
    this.#isClosed = false;
    this.#body(start, start + bodyBytes);
    this.#window.skip(lineBytes + bodyBytes);
    return null;
  }

  /** Executes the commands of a frame. */
  #body(start: number, end: number): void {
    const reader = this.#reader;
    const { bytes } = this.#window;
    let inTransaction = false;
    let at = start;
    reader.forget();
    while (at < end) {
      const request = reader.next(bytes, at, end);
      if (request === null) throw new Refusal({ kind: "malformed-frame", at: this.#here });
      at += reader.usedBytes;
      if (request.equals(0, "multi")) inTransaction = true;
      else if (request.equals(0, "exec")) {
        inTransaction = false;
        this.#counter.nextLsn++;
      } else {
        this.#execute(request, this.offset);
        if (!inTransaction && !request.equals(0, "select")) this.#counter.nextLsn++;
      }
    }
    if (inTransaction) throw new Refusal({ kind: "malformed-frame", at: this.#here });
    assert.equal(at, end, "the commands of a frame fill it");
  }

  /** Reads a command outside a frame, and executes it or queues it. */
  #command(): Flaw | null {
    const window = this.#window;
    const reader = this.#reader;
    const offset = window.offset;
    let request = reader.next(window.bytes, window.at, window.end);
    while (reader.status === ParseStatus.more && window.available < window.left) {
      this.#fill(window.available + 1);
      request = reader.next(window.bytes, window.at, window.end);
    }
    if (reader.status === ParseStatus.failed) {
      return { kind: "malformed-command", error: reader.error };
    }
    if (request === null) return { kind: "cut-command" };
    this.#isFramed = false;
    this.#isClosed = false;
    if (request.equals(0, "multi")) {
      this.#queue = [];
      this.#queueOffset = offset;
    } else if (request.equals(0, "exec")) {
      this.#transaction();
    } else if (this.#queue !== null) {
      this.#queue.push(request.copy());
    } else {
      this.#execute(request, offset);
      if (!request.equals(0, "select")) this.#unit();
    }
    window.skip(reader.usedBytes);
    return null;
  }

  #transaction(): void {
    if (this.#queue === null) throw new Refusal({ kind: "exec-without-multi", at: this.#here });
    if (CHECKED) assert.ok(this.#queueOffset < this.offset);
    for (const queued of this.#queue) this.#execute(queued, this.#queueOffset);
    this.#queue = null;
    this.#unit();
  }

  #unit(): void {
    this.#counter.nextLsn++;
    this.#counter.isFresh = false;
  }

  #execute(request: Request, offset: number): void {
    const refusal = this.#target.execute(request);
    if (refusal === null) return;
    const at = { ...this.#here, offset };
    const command = request.text(0).slice(0, 32);
    throw new Refusal({ kind: "failing-command", at, command, error: refusal });
  }

  /** Something cannot be read: the torn end of the file, or damage in its middle. */
  #broken(flaw: Flaw): ReplayOutcome {
    const offset = this.#queue === null ? this.offset : this.#queueOffset;
    const found = { at: { ...this.#here, offset }, flaw };
    if (this.#isInMiddle(offset)) throw new Refusal({ kind: "damaged", found });
    if (!this.#isFramed && !isBeginning(flaw) && !this.#isLost(offset)) {
      throw new Refusal({ kind: "bad-format", found });
    }
    assert.ok(offset <= this.offset && offset < this.#file.sizeBytes, "something is cut off");
    this.#mustWork(this.#window.rewrite());
    return { wholeBytes: offset, torn: found, isClosed: false, closedBytes: 0 };
  }

  /** Where it is, and the unit that is due there. */
  get #here(): LogPosition {
    return { file: this.#name, offset: this.offset, lsn: this.#counter.nextLsn };
  }

  /**
   * True when what is broken had once been whole: something intact follows, and no lost page
   * explains it. Nothing in front of a closing line was ever lost.
   */
  #isInMiddle(offset: number): boolean {
    let next = findAnnotation(this.#file, this.offset + 1);
    if (next === null || !this.#hasHole(offset, next.offset)) return next !== null;
    while (next?.kind === "frame") next = findAnnotation(this.#file, next.offset + 1);
    return next !== null;
  }

  /**
   * True when a sector in `[start, end)` was never written: the machine lost power, and the file
   * system kept later sectors but not this one. Then none of it had been synced.
   *
   * A whole sector that was not written is zeros. So is the rest of the one in which `start` lies,
   * when that was last written before the damaged frame was appended.
   */
  #hasHole(start: number, end: number): boolean {
    const first = Math.ceil(start / SECTOR_BYTES) * SECTOR_BYTES;
    if (start < first && first <= end && this.#isZero(start, first)) return true;
    for (let at = first; at + SECTOR_BYTES <= end; at += SECTOR_BYTES) {
      if (this.#isZero(at, at + SECTOR_BYTES)) return true;
    }
    return false;
  }

  #isZero(start: number, end: number): boolean {
    const bytes = new Uint8Array(end - start);
    return this.#file.read(start, bytes) === bytes.length && bytes.every((byte) => byte === 0);
  }

  /** True when the end of the file is zeros, or has a hole: it was never synced. */
  #isLost(start: number): boolean {
    if (this.#hasHole(start, this.#file.sizeBytes)) return true;
    const rest = new Uint8Array(Math.min(2 * SECTOR_BYTES, this.#file.sizeBytes - start));
    const isWhole = start + rest.length === this.#file.sizeBytes;
    this.#file.read(start, rest);
    return isWhole && rest.every((byte) => byte === 0);
  }
}

/** Whether a file ends with a line that says it was closed, whatever it is that stands in front. */
export function endsClosed(file: DiskFile): boolean {
  const bytes = Buffer.alloc(Math.min(file.sizeBytes, MAX_ANNOTATION_BYTES + 1));
  if (file.read(file.sizeBytes - bytes.length, bytes) !== bytes.length) return false;
  const start = bytes.lastIndexOf(LF, -2) + 1;
  return bytes.length > 0 && parseAnnotation(bytes, start, bytes.length)?.kind === "closed";
}

/** The first intact frame or closing line that begins at `start` or later; null without any. */
function findAnnotation(
  file: DiskFile,
  start: number,
): { readonly kind: "frame" | "closed"; readonly offset: number } | null {
  const window = new FileWindow(file, Math.min(start, file.sizeBytes));
  for (;;) {
    if (window.fill(MAX_ANNOTATION_BYTES) !== null || window.left === 0) return null;
    const found = window.bytes.subarray(0, window.end).indexOf(MARK, window.at, "latin1");
    if (found < 0) {
      // A mark may be cut by the window's end.
      const tail = window.available === window.left ? 0 : MARK.length - 1;
      window.skip(window.available - tail);
      continue;
    }
    window.skip(found - window.at);
    const kind = intactAt(window);
    if (kind !== null) return { kind, offset: window.offset };
    window.skip(1);
  }
}

function intactAt(window: FileWindow): "frame" | "closed" | null {
  if (window.fill(MAX_ANNOTATION_BYTES) !== null) return null;
  const lineBytes = window.lineBytes(MAX_ANNOTATION_BYTES);
  if (lineBytes === 0) return null;
  const annotation = parseAnnotation(window.bytes, window.at, window.at + lineBytes);
  if (annotation === null) return null;
  if (annotation.kind === "closed") return "closed";
  const need = lineBytes + annotation.bodyBytes;
  if (need > window.left || window.fill(need) !== null) return null;
  assert.ok(window.available >= need);
  return isBodyIntact(annotation, window.bytes, window.at + lineBytes) ? "frame" : null;
}
