/** A disk in memory for tests, with its cache and its platter apart. */
import assert from "node:assert/strict";
import { type Disk, type DiskError, type DiskFile, NO_SPACE } from "../impl/ports/disk.ts";

const NO_ENTRY: DiskError = { code: "ENOENT", message: "No such file or directory" };

/** A file's content and how much of it lasts. */
class Content {
  bytes: Buffer = Buffer.alloc(0);
  platter: Buffer = Buffer.alloc(0);
}

/** The disk. Syncs end when the test says so, and those that may block in place if `isPrompt`. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Content>();
  readonly directories = new Set<string>();
  /** Bytes that all files together may hold. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** The next appends take so many bytes, or fail. */
  readonly nextAppends: (number | DiskError)[] = [];
  /** Truncating fails. */
  isStubborn = false;
  /** Syncs end at once. */
  isPrompt = false;
  /** The syncs under way, oldest first. */
  readonly syncs: ((error: DiskError | null) => void)[] = [];

  /** The content of a file as text, one character per byte. */
  text(path: string): string {
    const content = this.files.get(path);
    assert.ok(content !== undefined, `no file ${path}`);
    return content.bytes.toString("latin1");
  }

  /** Puts a file there that lasts. */
  put(path: string, text: string): void {
    const content = new Content();
    content.bytes = Buffer.from(text, "latin1");
    content.platter = content.bytes;
    this.files.set(path, content);
    this.directories.add(path.slice(0, path.lastIndexOf("/")));
  }

  /** Ends the oldest sync under way. */
  endSync(error: DiskError | null = null): void {
    const end = this.syncs.shift();
    assert.ok(end !== undefined, "no sync is under way");
    end(error);
  }

  /** The power fails: what was not synced is gone. */
  losePower(): void {
    this.syncs.length = 0;
    for (const content of this.files.values()) content.bytes = content.platter;
  }

  get usedBytes(): number {
    let used = 0;
    for (const content of this.files.values()) used += content.bytes.length;
    return used;
  }

  list(directory: string): readonly string[] | null {
    if (!this.directories.has(directory)) return null;
    const inside = `${directory}/`;
    return [...this.files.keys()]
      .filter((path) => path.startsWith(inside))
      .map((path) => path.slice(inside.length));
  }

  makeDirectory(path: string): DiskError | null {
    this.directories.add(path);
    return null;
  }

  open(path: string, how: "existing" | "new"): DiskFile | DiskError {
    const found = this.files.get(path);
    if (how === "existing") return found === undefined ? NO_ENTRY : new MemoryFile(this, found);
    if (found !== undefined) return { code: "EEXIST", message: "File exists" };
    const content = new Content();
    this.files.set(path, content);
    return new MemoryFile(this, content);
  }

  rename(from: string, to: string): DiskError | null {
    const content = this.files.get(from);
    if (content === undefined) return NO_ENTRY;
    this.files.delete(from);
    this.files.set(to, content);
    return null;
  }

  remove(path: string): DiskError | null {
    return this.files.delete(path) ? null : NO_ENTRY;
  }

  syncDirectory(): DiskError | null {
    return null;
  }
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

  read(offset: number, into: Uint8Array): number {
    return this.#content.bytes.copy(into, 0, offset);
  }

  append(bytes: Uint8Array, start: number, length: number): number | DiskError {
    const disk = this.#disk;
    const planned = disk.nextAppends.shift() ?? length;
    if (typeof planned !== "number") return planned;
    const taken = Math.min(planned, length, disk.capacityBytes - disk.usedBytes);
    if (taken === 0) return NO_SPACE;
    const part = bytes.subarray(start, start + taken);
    this.#content.bytes = Buffer.concat([this.#content.bytes, part]);
    return taken;
  }

  truncate(sizeBytes: number): DiskError | null {
    if (this.#disk.isStubborn) return { code: "EIO", message: "Input/output error" };
    this.#content.bytes = this.#content.bytes.subarray(0, sizeBytes);
    return null;
  }

  sync(done: (error: DiskError | null) => void, mayBlock: boolean): void {
    const content = this.#content;
    const covered = content.bytes;
    const end = (error: DiskError | null): void => {
      if (error === null) content.platter = covered;
      done(error);
    };
    if (this.#disk.isPrompt && mayBlock) end(null);
    else this.#disk.syncs.push(end);
  }

  syncNow(): DiskError | null {
    this.#content.platter = this.#content.bytes;
    return null;
  }

  close(): void {}
}
