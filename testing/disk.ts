/**
 * A disk in memory that forgets what was not synced and says exactly what it keeps: every fault is an
 * input of the test, none is drawn here.
 *
 * The simulator's disk (`sim/disk.ts`) is another one on purpose: its faults are choices of a run,
 * it tears sectors, and directories last on their own. They share the system's words.
 */
import assert from "node:assert/strict";
import {
  type DirectoryLock,
  type Disk,
  type DiskError,
  type DiskFile,
  LOCKED,
  NO_SPACE,
} from "../impl/ports/disk.ts";
import { EXISTS, IO_ERROR, NO_ENTRY } from "./disk-errors.ts";

const NOTHING = Buffer.alloc(0);

/** A file's content. */
export class Content {
  /** What processes see. */
  bytes: Buffer = Buffer.alloc(0);
  /** So many of them last. */
  lasting = 0;
  /** A failed sync has dropped pages: syncs succeed and do nothing. */
  isHoled = false;
  /** Since its last sync, the bytes from here on to its end have been written again; -1 for none. */
  rewrittenFrom = -1;
  /** What was cut off its end last, which the platter may still hold; null once it cannot. */
  cut: { readonly at: number; readonly bytes: Buffer } | null = null;
}

/** Thrown at a call of the disk to end the process there. */
export class ProcessEnds extends Error {}

/** How a sync ends: well, or with an error, after which the lost pages may count as clean. */
export type SyncOutcome = "ok" | "fails" | "drops";

/** A sync under way. */
interface Sync {
  readonly content: Content;
  readonly covers: number;
  readonly done: (error: DiskError | null) => void;
}

type NameChange = (names: Map<string, Content>) => void;

/** The disk of one machine; names last once a directory has been synced. */
export class MemoryDisk implements Disk {
  /** Bytes that all files together may hold. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** The next appends take at most so many bytes (none: the disk is full), or fail. */
  readonly nextAppends: (number | DiskError)[] = [];
  /** Files cannot be cut. */
  isStubborn = false;
  /** The next sync that is waited for fails. */
  failsNow = false;
  /** How the next sync that may block ends before it returns; null: later, by `endSync`. */
  nextSync: SyncOutcome | null = null;
  /** Every sync that may block ends well before it returns. */
  isPrompt = false;
  /** The process ends at the call after so many; null: it does not. */
  callsLeft: number | null = null;
  /** The syncs under way, oldest first; one at a time of each file. */
  readonly syncs: Sync[] = [];
  readonly directories = new Set<string>();
  /** Who uses the disk now, and who has which lock. */
  user = "server";
  readonly locks = new Map<string, string>();
  #names = new Map<string, Content>();
  #lasting = new Map<string, Content>();
  #changes: NameChange[] = [];

  /** What the names would mean if all that is not synced went; contents as processes see them. */
  get lastingNames(): ReadonlyMap<string, Content> {
    return this.#lasting;
  }

  /** The files by path, as processes see them. */
  get files(): ReadonlyMap<string, Content> {
    return this.#names;
  }

  get isSyncing(): boolean {
    return this.syncs.length > 0;
  }

  /** The content of a file as text, one character per byte. */
  text(path: string): string {
    const content = this.#names.get(path);
    assert.ok(content !== undefined, `no file ${path}`);
    return content.bytes.toString("latin1");
  }

  /** Puts a file there that lasts. */
  put(path: string, text: string): void {
    const content = new Content();
    content.bytes = Buffer.from(text, "latin1");
    content.lasting = content.bytes.length;
    this.#names.set(path, content);
    this.#lasting.set(path, content);
    this.directories.add(path.slice(0, path.lastIndexOf("/")));
  }

  get usedBytes(): number {
    let used = 0;
    for (const content of this.#names.values()) used += content.bytes.length;
    return used;
  }

  /** Ends the oldest sync under way. */
  endSync(outcome: SyncOutcome = "ok"): void {
    const sync = this.syncs.shift();
    assert.ok(sync !== undefined, "no sync is under way");
    end(sync, outcome);
  }

  /** The process is gone, and nobody waits for the sync. */
  processGone(): void {
    for (const [path, holder] of this.locks) {
      if (holder === this.user) this.locks.delete(path);
    }
    this.syncs.length = 0;
    this.callsLeft = null;
    this.nextAppends.length = 0;
    this.isStubborn = false;
    this.failsNow = false;
    this.nextSync = null;
  }

  /**
   * The power goes: names keep `changes` parts of what was not synced, files a part of their bytes.
   *
   * @param share how much of what is unsynced stays, writes as well as cuts, 0 to 1
   */
  losePower(share = 0): void {
    this.processGone();
    this.locks.clear();
    const kept = Math.round(share * this.#changes.length);
    for (const change of this.#changes.slice(0, kept)) change(this.#lasting);
    this.#changes = [];
    for (const content of new Set(this.#lasting.values())) {
      const unsynced = content.bytes.length - content.lasting;
      const length = content.lasting + Math.round(share * Math.max(0, unsynced));
      content.bytes = Buffer.concat([
        content.bytes.subarray(0, length),
        uncut(content, length, share),
      ]);
      content.lasting = content.bytes.length;
      content.isHoled = false;
      content.cut = null;
    }
    this.#names = new Map(this.#lasting);
  }

  list(directory: string): readonly string[] | null {
    if (!this.directories.has(directory)) return null;
    const inside = `${directory}/`;
    return [...this.#names.keys()]
      .filter((path) => path.startsWith(inside))
      .map((path) => path.slice(inside.length));
  }

  makeDirectory(path: string): DiskError | null {
    this.#called();
    this.directories.add(path);
    return null;
  }

  lock(path: string): DirectoryLock | DiskError {
    this.#called();
    const holder = this.locks.get(path);
    if (holder !== undefined) return { code: LOCKED, message: `the ${holder}` };
    this.locks.set(path, this.user);
    return {
      isInPlace: () => true,
      release: () => {
        this.locks.delete(path);
      },
    };
  }

  open(path: string, how: "existing" | "new"): DiskFile | DiskError {
    const found = this.#names.get(path);
    if (how === "existing") return found === undefined ? NO_ENTRY : new MemoryFile(this, found);
    this.#called();
    if (found !== undefined) return EXISTS;
    const content = new Content();
    this.#change((names) => names.set(path, content));
    return new MemoryFile(this, content);
  }

  rename(from: string, to: string): DiskError | null {
    this.#called();
    const content = this.#names.get(from);
    if (content === undefined) return NO_ENTRY;
    this.#change((names) => {
      names.delete(from);
      names.set(to, content);
    });
    return null;
  }

  remove(path: string): DiskError | null {
    this.#called();
    if (!this.#names.has(path)) return NO_ENTRY;
    this.#change((names) => names.delete(path));
    return null;
  }

  maxFileBytes = Number.POSITIVE_INFINITY;

  freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.usedBytes);
  }

  syncDirectory(): DiskError | null {
    this.#called();
    for (const change of this.#changes) change(this.#lasting);
    this.#changes = [];
    return null;
  }

  /** An append to one of its files. */
  append(content: Content, bytes: Uint8Array, start: number, length: number): number | DiskError {
    this.#called();
    const planned = this.nextAppends.shift() ?? length;
    if (typeof planned !== "number") return planned;
    const taken = Math.min(planned, length, Math.max(0, this.capacityBytes - this.usedBytes));
    if (taken === 0) return NO_SPACE;
    content.bytes = Buffer.concat([content.bytes, bytes.subarray(start, start + taken)]);
    return taken;
  }

  /** Bytes of one of its files are written again: they are what the file holds. */
  rewrite(content: Content, offset: number, bytes: Uint8Array): DiskError | null {
    this.#called();
    assert.deepEqual(content.bytes.subarray(offset, offset + bytes.length), Buffer.from(bytes));
    if (content.rewrittenFrom < 0 || offset < content.rewrittenFrom) content.rewrittenFrom = offset;
    return null;
  }

  /** A cut of one of its files. */
  truncate(content: Content, sizeBytes: number): DiskError | null {
    this.#called();
    if (this.isStubborn) return IO_ERROR;
    content.cut = { at: sizeBytes, bytes: content.bytes.subarray(sizeBytes) };
    content.bytes = content.bytes.subarray(0, sizeBytes);
    content.lasting = Math.min(content.lasting, sizeBytes);
    // What was lost is cut off when all that stays lasts.
    if (content.lasting === sizeBytes) content.isHoled = false;
    return null;
  }

  /** A sync of one of its files begins. */
  sync(content: Content, done: (error: DiskError | null) => void, mayBlock: boolean): void {
    this.#called();
    assert.ok(!this.syncs.some((sync) => sync.content === content), "one sync of a file at a time");
    const sync = { content, covers: content.bytes.length, done };
    const outcome = this.isPrompt ? "ok" : this.nextSync;
    if (!mayBlock || outcome === null) {
      this.syncs.push(sync);
      return;
    }
    this.nextSync = null;
    end(sync, outcome);
  }

  /** A sync of one of its files that is waited for. */
  syncNow(content: Content): DiskError | null {
    this.#called();
    const fails = this.failsNow;
    this.failsNow = false;
    if (fails) {
      content.isHoled = true;
      content.rewrittenFrom = -1;
      return IO_ERROR;
    }
    // What was lost has been written again.
    const { rewrittenFrom, lasting, bytes } = content;
    if ((rewrittenFrom < 0 ? bytes.length : rewrittenFrom) <= lasting) content.isHoled = false;
    content.rewrittenFrom = -1;
    settle(content, content.bytes.length);
    return null;
  }

  #called(): void {
    if (this.callsLeft === null) return;
    if (this.callsLeft === 0) throw new ProcessEnds("the process ends");
    this.callsLeft--;
  }

  #change(change: NameChange): void {
    change(this.#names);
    this.#changes.push(change);
  }
}

function end({ content, covers, done }: Sync, outcome: SyncOutcome): void {
  if (outcome === "ok") settle(content, covers);
  else if (outcome === "drops") content.isHoled = true;
  done(outcome === "ok" ? null : IO_ERROR);
}

function settle(content: Content, covers: number): void {
  const reached = Math.min(covers, content.bytes.length);
  if (content.isHoled) return;
  content.lasting = Math.max(content.lasting, reached);
  content.cut = null;
}

/** A cut is not synced: the less of what is unsynced stays, the more of what was cut off is back. */
function uncut({ cut }: Content, length: number, share: number): Buffer {
  if (cut === null || cut.at !== length) return NOTHING;
  return cut.bytes.subarray(0, Math.round((1 - share) * cut.bytes.length));
}

class MemoryFile implements DiskFile {
  readonly #disk: MemoryDisk;
  readonly #content: Content;

  constructor(disk: MemoryDisk, content: Content) {
    this.#disk = disk;
    this.#content = content;
  }

  get sizeBytes(): number {
    return this.#content.bytes.length;
  }

  isAt(path: string): boolean {
    return this.#disk.files.get(path) === this.#content;
  }

  read(offset: number, into: Uint8Array): number {
    return this.#content.bytes.copy(into, 0, offset);
  }

  append(bytes: Uint8Array, start: number, length: number): number | DiskError {
    return this.#disk.append(this.#content, bytes, start, length);
  }

  rewrite(offset: number, bytes: Uint8Array, start: number, length: number): DiskError | null {
    return this.#disk.rewrite(this.#content, offset, bytes.subarray(start, start + length));
  }

  truncate(sizeBytes: number): DiskError | null {
    return this.#disk.truncate(this.#content, sizeBytes);
  }

  sync(done: (error: DiskError | null) => void, mayBlock: boolean): void {
    this.#disk.sync(this.#content, done, mayBlock);
  }

  syncNow(): DiskError | null {
    return this.#disk.syncNow(this.#content);
  }

  close(): void {}
}
