/**
 * The simulated disk: the Disk port over files whose cache and platter are apart, with everything
 * that goes wrong with disks.
 */
import assert from "node:assert/strict";
import {
  type DirectoryLock,
  type Disk,
  type DiskError,
  type DiskFile,
  LOCKED,
} from "../impl/ports/disk.ts";
import { EXISTS, IO_ERROR, NO_ENTRY } from "../testing/disk-errors.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import { Inode, type PowerLoss } from "./inode.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Transcript } from "./transcript.ts";

/** How badly a disk behaves. Rates are probabilities per call. */
export interface DiskFaults {
  readonly appendErrorRate: number;
  readonly shortWriteRate: number;
  readonly syncErrorRate: number;
  readonly syncHangRate: number;
  /** How long a sync takes at most, in microseconds. */
  readonly syncUs: number;
  /** How likely the kernel writes by itself after an append. */
  readonly writeBackRate: number;
  readonly powerLoss: PowerLoss;
}

/** A disk that only takes a moment. */
export const GOOD_DISK: DiskFaults = {
  appendErrorRate: 0,
  shortWriteRate: 0,
  syncErrorRate: 0,
  syncHangRate: 0,
  syncUs: 200,
  writeBackRate: 0,
  powerLoss: "in order",
};

/** How long a sync hangs that hangs, in microseconds: longer than anybody waits. */
const HANG_US = 60_000_000;
/** A sync that takes longer than this counts as slow, in microseconds. */
const SLOW_US = 100_000;
/** A sync up to this long is done in place by those who may block. */
const IN_PLACE_US = 100;

const NO_SPACE: DiskError = { code: "ENOSPC", message: "No space left on device" };

/** What the disk needs of the run. */
export interface DiskWorld {
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly transcript: Transcript;
  readonly faults: Tally;
}

/** The processes that use the disk, as it sees them. */
export interface DiskUser {
  /** Called at each call of the port, before it has its effect; may throw to end the process. */
  called(what: string): void;
  /** Who it is, in the words of the lock that it has. */
  readonly name: string;
  /** Runs the callback in the process that asked for it, if it still lives. */
  callback(run: () => void): void;
}

/** A change of the names in a directory. */
interface NameChange {
  readonly directory: string;
  readonly apply: (names: Map<string, Inode>, directories: Set<string>) => void;
}

/**
 * A disk of one machine. A name lasts once the directory that it stands in has been synced, and the
 * directories above it; of changes that were not synced a power loss leaves the first few.
 */
export class SimDisk {
  faults: DiskFaults = GOOD_DISK;
  /** How many bytes there is room for. */
  capacityBytes = Number.POSITIVE_INFINITY;
  readonly #world: DiskWorld;
  #names = new Map<string, Inode>();
  #directories = new Set<string>([""]);
  /** What the platter knows of names. */
  #lastingNames = new Map<string, Inode>();
  #lastingDirectories = new Set<string>([""]);
  #changes: NameChange[] = [];
  /** Who has which lock. */
  readonly #locks = new Map<string, DiskUser>();

  constructor(world: DiskWorld) {
    this.#world = world;
  }

  /** The port, for one process. */
  portFor(user: DiskUser): Disk {
    return new Port(this, user);
  }

  /** The files by path, as processes see them. */
  get files(): ReadonlyMap<string, Inode> {
    return this.#names;
  }

  get usedBytes(): number {
    let used = 0;
    for (const inode of this.#names.values()) used += inode.sizeBytes;
    return used;
  }

  /** The power goes and comes back: what is left is what the platter holds. */
  losePower(): void {
    this.#locks.clear();
    const { choices, faults } = this.#world;
    const isHarsh = this.faults.powerLoss === "nothing";
    const kept = isHarsh ? 0 : choices.below(this.#changes.length + 1);
    for (const change of this.#changes.slice(0, kept)) this.#apply(change);
    this.#changes = [];
    for (const inode of new Set(this.#lastingNames.values())) {
      if (inode.losePower(choices, this.faults.powerLoss)) faults.count("torn write");
    }
    this.#lastingDirectories = new Set(
      [...this.#lastingDirectories].filter((path) => this.#isReachable(path)),
    );
    this.#directories = new Set(this.#lastingDirectories);
    this.#names = new Map(
      [...this.#lastingNames].filter(([path]) => this.#directories.has(parentOf(path))),
    );
  }

  /** A bit turns over in some file; null when there is none to turn. */
  rot(): string | null {
    const { choices } = this.#world;
    const files = [...this.#names].filter(([, inode]) => inode.sizeBytes > 0);
    if (files.length === 0) return null;
    const [path, inode] = choices.of(files);
    const bit = choices.below(inode.sizeBytes * 8);
    inode.rot(bit);
    return `${path}, byte ${bit >> 3}`;
  }

  /** A process has ended: what it had locked is free. */
  processGone(user: DiskUser): void {
    for (const [path, holder] of this.#locks) if (holder === user) this.#locks.delete(path);
  }

  lock(path: string, user: DiskUser): DirectoryLock | DiskError {
    const holder = this.#locks.get(plain(path));
    if (holder !== undefined) return { code: LOCKED, message: holder.name };
    this.#locks.set(plain(path), user);
    const isInPlace = (): boolean => this.#locks.get(plain(path)) === user;
    return {
      isInPlace,
      release: () => {
        if (isInPlace()) this.#locks.delete(plain(path));
      },
    };
  }

  list(directory: string): readonly string[] | null {
    if (!this.#directories.has(plain(directory))) return null;
    const inside = plain(directory) === "" ? "" : `${plain(directory)}/`;
    const all = [...this.#names.keys(), ...this.#directories];
    return all
      .filter((path) => path !== "" && path.startsWith(inside))
      .map((path) => path.slice(inside.length))
      .filter((name) => name !== "" && !name.includes("/"));
  }

  makeDirectory(given: string): DiskError | null {
    const path = plain(given);
    if (this.#directories.has(path)) return null;
    if (!this.#directories.has(parentOf(path))) return NO_ENTRY;
    this.#change(path, (_, directories) => directories.add(path));
    return null;
  }

  open(given: string, how: "existing" | "new"): Inode | DiskError {
    const path = plain(given);
    const found = this.#names.get(path);
    if (how === "existing") return found ?? NO_ENTRY;
    if (found !== undefined) return EXISTS;
    if (!this.#directories.has(parentOf(path))) return NO_ENTRY;
    if (this.usedBytes >= this.capacityBytes) return NO_SPACE;
    const inode = new Inode();
    this.#change(path, (names) => names.set(path, inode));
    return inode;
  }

  rename(from: string, to: string): DiskError | null {
    const inode = this.#names.get(plain(from));
    if (inode === undefined) return NO_ENTRY;
    this.#change(plain(to), (names) => {
      names.delete(plain(from));
      names.set(plain(to), inode);
    });
    return null;
  }

  remove(path: string): DiskError | null {
    if (!this.#names.has(plain(path))) return NO_ENTRY;
    this.#change(plain(path), (names) => names.delete(plain(path)));
    return null;
  }

  syncDirectory(path: string): DiskError | null {
    const directory = plain(path);
    const left: NameChange[] = [];
    for (const change of this.#changes) {
      if (change.directory === directory) this.#apply(change);
      else left.push(change);
    }
    this.#changes = left;
    return null;
  }

  append(inode: Inode, bytes: Uint8Array, start: number, length: number): number | DiskError {
    const { choices, faults, transcript } = this.#world;
    if (choices.chance(this.faults.appendErrorRate)) {
      faults.count("write error");
      transcript.note("disk", "fault", () => "write error");
      return IO_ERROR;
    }
    let taken = length;
    if (length > 1 && choices.chance(this.faults.shortWriteRate)) {
      faults.count("short write");
      taken = choices.below(length);
    }
    const room = Math.max(0, this.capacityBytes - this.usedBytes);
    if (taken > room) {
      faults.count("disk full");
      taken = room;
      if (room === 0) return NO_SPACE;
    }
    if (taken < length)
      transcript.note("disk", "fault", () => `short write: ${taken} of ${length}`);
    inode.append(bytes, start, taken);
    transcript.number(taken);
    transcript.bytes(bytes, start, start + taken);
    transcript.note("disk", "disk", () => `write ${printable(bytes, start, taken)}`);
    if (choices.chance(this.faults.writeBackRate)) inode.writeBack(choices);
    return taken;
  }

  sync(
    inode: Inode,
    user: DiskUser,
    done: (error: DiskError | null) => void,
    mayBlock: boolean,
  ): void {
    const { scheduler, choices, faults, transcript } = this.#world;
    inode.beginSync();
    transcript.number(inode.sizeBytes);
    const size = inode.sizeBytes;
    let delayUs = 1 + choices.upToUs(this.faults.syncUs);
    if (choices.chance(this.faults.syncHangRate)) {
      faults.count("fsync hangs");
      transcript.note("disk", "fault", () => `fsync of ${size} bytes hangs`);
      delayUs = HANG_US;
    } else if (delayUs > SLOW_US) {
      faults.count("fsync slow");
    } else if (mayBlock && delayUs <= IN_PLACE_US) {
      faults.count("fsync in place");
      done(this.#endSync(inode));
      return;
    }
    transcript.note("disk", "sync", () => `fsync of ${size} bytes begins`);
    const beganUs = scheduler.clock.us;
    const sync = inode.syncs;
    scheduler.after(delayUs, "disk: fsync ends", () => {
      // A power loss in between has ended the sync; the one under way may be another process'.
      if (!inode.isSyncing || inode.syncs !== sync) return;
      const error = this.#endSync(inode);
      transcript.message("disk", "server", beganUs, () => `fsync ${error?.code ?? "done"}`);
      user.callback(() => done(error));
    });
  }

  syncNow(inode: Inode): DiskError | null {
    // A sync whose process has died is still under way in the kernel; this one waits for it.
    if (inode.isSyncing) inode.finishSync();
    inode.beginSync();
    return this.#endSync(inode);
  }

  #endSync(inode: Inode): DiskError | null {
    const { choices, faults, transcript } = this.#world;
    if (!choices.chance(this.faults.syncErrorRate)) {
      inode.finishSync();
      transcript.note("disk", "sync", () => `fsync done: ${inode.lastingBytes} bytes last`);
      return null;
    }
    inode.failSync(choices);
    faults.count("fsync error");
    transcript.note("disk", "fault", () => "fsync fails; its pages count as clean");
    return IO_ERROR;
  }

  /** Changes a name, in the directory in which `path` stands. */
  #change(path: string, apply: NameChange["apply"]): void {
    apply(this.#names, this.#directories);
    this.#changes.push({ directory: parentOf(path), apply });
  }

  #apply({ apply }: NameChange): void {
    apply(this.#lastingNames, this.#lastingDirectories);
  }

  /** Whether all directories above this one last. */
  #isReachable(path: string): boolean {
    if (path === "") return true;
    const parent = parentOf(path);
    return this.#lastingDirectories.has(parent) && this.#isReachable(parent);
  }
}

/** The disk as one process sees it. */
class Port implements Disk {
  readonly #disk: SimDisk;
  readonly #user: DiskUser;

  constructor(disk: SimDisk, user: DiskUser) {
    this.#disk = disk;
    this.#user = user;
  }

  list(directory: string): readonly string[] | null {
    return this.#disk.list(directory);
  }

  makeDirectory(path: string): DiskError | null {
    this.#user.called(`mkdir ${path}`);
    return this.#disk.makeDirectory(path);
  }

  lock(path: string): DirectoryLock | DiskError {
    this.#user.called(`lock ${path}`);
    return this.#disk.lock(path, this.#user);
  }

  open(path: string, how: "existing" | "new"): DiskFile | DiskError {
    if (how === "new") this.#user.called(`create ${path}`);
    const inode = this.#disk.open(path, how);
    return inode instanceof Inode ? new File(this.#disk, inode, this.#user) : inode;
  }

  rename(from: string, to: string): DiskError | null {
    this.#user.called(`rename ${from} to ${to}`);
    return this.#disk.rename(from, to);
  }

  remove(path: string): DiskError | null {
    this.#user.called(`remove ${path}`);
    return this.#disk.remove(path);
  }

  readonly maxFileBytes: number = Number.POSITIVE_INFINITY;

  freeBytes(): number {
    return Math.max(0, this.#disk.capacityBytes - this.#disk.usedBytes);
  }

  syncDirectory(path: string): DiskError | null {
    this.#user.called(`fsync of directory ${path}`);
    return this.#disk.syncDirectory(path);
  }
}

/** An open file. */
class File implements DiskFile {
  readonly #disk: SimDisk;
  readonly #inode: Inode;
  readonly #user: DiskUser;
  #closed = false;

  constructor(disk: SimDisk, inode: Inode, user: DiskUser) {
    this.#disk = disk;
    this.#inode = inode;
    this.#user = user;
  }

  get sizeBytes(): number {
    return this.#inode.sizeBytes;
  }

  isAt(path: string): boolean {
    return this.#disk.files.get(plain(path)) === this.#inode;
  }

  read(offset: number, into: Uint8Array): number {
    assert.ok(!this.#closed, "the file is closed");
    return this.#inode.read(offset, into);
  }

  append(bytes: Uint8Array, start: number, length: number): number | DiskError {
    assert.ok(!this.#closed, "the file is closed");
    this.#user.called(`write of ${length} bytes`);
    return this.#disk.append(this.#inode, bytes, start, length);
  }

  rewrite(offset: number, bytes: Uint8Array, start: number, length: number): DiskError | null {
    assert.ok(!this.#closed, "the file is closed");
    this.#user.called(`write ${length} bytes again at ${offset}`);
    this.#inode.rewrite(offset, bytes.subarray(start, start + length));
    return null;
  }

  truncate(sizeBytes: number): DiskError | null {
    assert.ok(!this.#closed, "the file is closed");
    this.#user.called(`truncate to ${sizeBytes} bytes`);
    this.#inode.truncate(sizeBytes);
    return null;
  }

  sync(done: (error: DiskError | null) => void, mayBlock: boolean): void {
    assert.ok(!this.#closed, "the file is closed");
    this.#user.called("fsync");
    this.#disk.sync(this.#inode, this.#user, done, mayBlock);
  }

  syncNow(): DiskError | null {
    assert.ok(!this.#closed, "the file is closed");
    this.#user.called("fsync");
    return this.#disk.syncNow(this.#inode);
  }

  close(): void {
    this.#closed = true;
  }
}

/** A path without a dot at its front or a slash at its end; the root is empty. */
function plain(path: string): string {
  const trimmed = path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
  return trimmed === "." ? "" : trimmed;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

const SHOWN_BYTES = 160;

/** Bytes for a reader. */
export function printable(bytes: Uint8Array, start: number, length: number): string {
  const shown = Buffer.from(bytes.subarray(start, start + Math.min(length, SHOWN_BYTES)));
  const text = JSON.stringify(shown.toString("latin1")).slice(1, -1);
  return length > SHOWN_BYTES ? `${text}… (${length} bytes)` : text;
}
