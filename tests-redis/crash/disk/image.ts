/**
 * What a disk may hold after a loss of power, from the record of what was done to it.
 *
 * The rules are those of POSIX, which promises less than any one file system does: bytes last once
 * an fsync of their file that began after they were written has succeeded; a name lasts once an
 * fsync of its directory that began after it was given has. Everything else may or may not be
 * there: a file's later bytes up to any point, torn within a write, or as zeros; names up to any
 * point of their history. After an fsync that failed, what it should have covered is lost for
 * good: the kernel may take it for clean, and no later fsync brings it to the disk.
 */
import assert from "node:assert/strict";
import type { Event } from "./record.ts";

/** Files by path relative to the directory, and directories with null for content. */
export type Image = ReadonlyMap<string, Buffer | null>;

/** A source of chance: an integer from 0 to `below` - 1. */
export type Draw = (below: number) => number;

/** How much of what was not synced is there: nothing, or what chance decides. */
export type Survival = "nothing" | Draw;

type Change = { readonly offset: number; readonly data: Buffer } | { readonly truncateTo: number };

/** A file or a directory, whatever its names. */
class Node {
  readonly isDirectory: boolean;
  /** Content at the beginning. */
  readonly base: Buffer;
  /** Every change since then, and those of them that last. */
  readonly changes: Change[] = [];
  readonly lasting: Change[] = [];
  /** Changes after the last fsync, in order; those that a failed one has lost are not among them. */
  readonly pending: Change[] = [];
  /** How many of `pending` an fsync under way covers, by its number. */
  readonly syncs = new Map<bigint, number>();

  constructor(isDirectory: boolean, base: Buffer = Buffer.alloc(0)) {
    this.isDirectory = isDirectory;
    this.base = base;
  }

  change(change: Change): void {
    this.changes.push(change);
    this.pending.push(change);
  }
}

/** A disk writes at least this much at once, or nothing. */
const SECTOR_BYTES = 512;

interface NameChange {
  readonly directory: string;
  apply(names: Map<string, Node>): void;
}

/** The files below the recorded directory, as seen and as they last. Starts from an empty one. */
export class Disk {
  readonly #nodes = new Map<bigint, Node>();
  readonly #names = new Map<string, Node>();
  readonly #lastingNames = new Map<string, Node>();
  #pendingNames: NameChange[] = [];
  #root = 0n;
  readonly #directorySyncs = new Map<bigint, number>();
  /** How many fsyncs have succeeded, and how many have failed. */
  readonly syncs = { succeeded: 0, failed: 0 };

  /** A disk on which everything in the image lasts. */
  static holding(image: Image): Disk {
    const disk = new Disk();
    for (const [path, content] of image) {
      const node = new Node(content === null, content ?? undefined);
      disk.#names.set(path, node);
      disk.#lastingNames.set(path, node);
    }
    return disk;
  }

  /**
   * Tells which inodes the files of the image that this disk started with have now.
   *
   * @param inodes by path
   */
  identify(inodes: ReadonlyMap<string, bigint>): void {
    for (const [path, node] of this.#names) {
      const inode = inodes.get(path);
      assert.ok(inode !== undefined, `${path} is missing`);
      this.#nodes.set(inode, node);
    }
  }

  /** Takes one event into account. */
  take(event: Event): void {
    switch (event.kind) {
      case "start":
        this.#root = event.inode;
        this.#restart();
        return;
      case "create":
      case "directory":
        this.#create(event.path, event.inode, event.kind === "directory");
        return;
      case "write":
        this.#node(event.inode).change({ offset: event.offset, data: event.data });
        return;
      case "truncate":
        this.#node(event.inode).change({ truncateTo: event.length });
        return;
      case "sync":
        this.#beginSync(event.inode, event.number);
        return;
      case "synced":
        this.#endSync(event.inode, event.number, event.error === 0);
        return;
      case "rename":
        this.#rename(event.from, event.to);
        return;
      case "remove":
        this.#changeNames(event.path, (names) => names.delete(event.path));
        return;
    }
  }

  /** What every process sees: the page cache. */
  visible(): Image {
    return new Map(
      [...this.#names].map(([path, node]) => [
        path,
        node.isDirectory ? null : applyAll(node.base, node.changes),
      ]),
    );
  }

  /** What may be there after a loss of power now. */
  afterPowerLoss(survival: Survival): Image {
    const names = new Map(this.#lastingNames);
    const kept = survival === "nothing" ? 0 : survival(this.#pendingNames.length + 1);
    for (const change of this.#pendingNames.slice(0, kept)) change.apply(names);
    const image = new Map<string, Buffer | null>();
    for (const [path, node] of names) {
      if (!parentsOf(path).every((parent) => names.has(parent))) continue;
      image.set(path, node.isDirectory ? null : contentAfterPowerLoss(node, survival));
    }
    return image;
  }

  /** Bytes that are written and do not last. */
  get unsyncedBytes(): number {
    let bytes = 0;
    for (const node of this.#names.values()) {
      for (const change of node.pending) bytes += "data" in change ? change.data.length : 0;
    }
    return bytes;
  }

  #node(inode: bigint): Node {
    const node = this.#nodes.get(inode);
    assert.ok(node !== undefined, `inode ${inode} was never opened`);
    return node;
  }

  #create(path: string, inode: bigint, isDirectory: boolean): void {
    const node = new Node(isDirectory);
    this.#nodes.set(inode, node);
    this.#changeNames(path, (names) => names.set(path, node));
  }

  #rename(from: string, to: string): void {
    const node = this.#names.get(from);
    assert.ok(node !== undefined && !node.isDirectory, `${from} is no file that can be renamed`);
    assert.equal(parentOf(from), parentOf(to), "a rename within one directory");
    this.#changeNames(to, (names) => {
      names.delete(from);
      names.set(to, node);
    });
  }

  #changeNames(path: string, change: (names: Map<string, Node>) => void): void {
    change(this.#names);
    this.#pendingNames.push({ directory: parentOf(path), apply: change });
  }

  /** Processes come and go; fsyncs under way when one was killed never ended. */
  #restart(): void {
    this.#directorySyncs.clear();
    for (const node of this.#nodes.values()) node.syncs.clear();
  }

  #beginSync(inode: bigint, number: bigint): void {
    if (this.#pathOf(inode) !== null) this.#directorySyncs.set(number, this.#pendingNames.length);
    else this.#node(inode).syncs.set(number, this.#node(inode).pending.length);
  }

  #endSync(inode: bigint, number: bigint, succeeded: boolean): void {
    if (succeeded) this.syncs.succeeded++;
    else this.syncs.failed++;
    const directory = this.#pathOf(inode);
    if (directory !== null) this.#endDirectorySync(directory, number, succeeded);
    else this.#endFileSync(this.#node(inode), number, succeeded);
  }

  #endFileSync(node: Node, number: bigint, succeeded: boolean): void {
    const covered = node.syncs.get(number);
    assert.ok(covered !== undefined, "an fsync ends that never began");
    node.syncs.delete(number);
    const done = node.pending.splice(0, covered);
    if (succeeded) node.lasting.push(...done);
    // What another fsync under way still covers is now nearer to the front.
    for (const [other, count] of node.syncs) node.syncs.set(other, Math.max(0, count - covered));
  }

  #endDirectorySync(directory: string, number: bigint, succeeded: boolean): void {
    const covered = this.#directorySyncs.get(number);
    assert.ok(covered !== undefined, "an fsync of a directory ends that never began");
    this.#directorySyncs.delete(number);
    const rest: NameChange[] = [];
    for (const [at, change] of this.#pendingNames.entries()) {
      if (at >= covered || change.directory !== directory) rest.push(change);
      else if (succeeded) change.apply(this.#lastingNames);
    }
    const taken = this.#pendingNames.length - rest.length;
    this.#pendingNames = rest;
    for (const [other, count] of this.#directorySyncs) {
      this.#directorySyncs.set(other, Math.max(0, count - taken));
    }
  }

  /** The path of a directory by its inode: empty for the recorded one; null for what is none. */
  #pathOf(inode: bigint): string | null {
    if (inode === this.#root) return "";
    const node = this.#node(inode);
    if (!node.isDirectory) return null;
    for (const [path, one] of this.#names) if (one === node) return path;
    throw new Error("a directory is synced that is gone");
  }
}

/** A content after some changes to it. */
function applyAll(base: Buffer, changes: readonly Change[]): Buffer {
  let bytes = Buffer.alloc(base.length * 2 + 1024);
  let length = base.copy(bytes);
  for (const change of changes) {
    const end = "data" in change ? change.offset + change.data.length : change.truncateTo;
    if (end > bytes.length) bytes = Buffer.concat([bytes], end * 2);
    if ("data" in change) {
      change.data.copy(bytes, change.offset);
      length = Math.max(length, end);
    } else {
      if (end < length) bytes.fill(0, end, length);
      length = end;
    }
  }
  return bytes.subarray(0, length);
}

/**
 * Changes sector by sector, of each a beginning of its history: a disk writes sectors in any order,
 * each as it was at some moment.
 */
function scattered(changes: readonly Change[], draw: Draw): readonly Change[] {
  const stale = new Set<number>();
  return changes.flatMap((change) => {
    if (!("data" in change)) return [change];
    const pieces: Change[] = [];
    for (let at = 0; at < change.data.length; ) {
      const offset = change.offset + at;
      const sector = Math.floor(offset / SECTOR_BYTES);
      const end = Math.min((sector + 1) * SECTOR_BYTES - change.offset, change.data.length);
      // Once a sector has missed a change it is as it was then.
      if (draw(3) === 0) stale.add(sector);
      if (!stale.has(sector)) pieces.push({ offset, data: change.data.subarray(at, end) });
      at = end;
    }
    return pieces;
  });
}

/**
 * The lasting bytes and a beginning of the history since, its last write perhaps in part; now and
 * then any of the sectors that were written since.
 */
function contentAfterPowerLoss({ base, lasting, pending }: Node, survival: Survival): Buffer {
  if (survival === "nothing" || pending.length === 0) return applyAll(base, lasting);
  if (survival(4) === 0) return applyAll(base, [...lasting, ...scattered(pending, survival)]);
  const whole = survival(pending.length + 1);
  const changes = [...lasting, ...pending.slice(0, whole)];
  const torn = pending[whole];
  if (torn === undefined || !("data" in torn)) return applyAll(base, changes);
  const { offset, data } = torn;
  changes.push({ offset, data: data.subarray(0, survival(data.length + 1)) });
  const partly = applyAll(base, changes);
  // A file can have grown before the bytes came, which are then zeros.
  return survival(3) > 0
    ? partly
    : Buffer.concat([partly], Math.max(partly.length, offset + data.length));
}

function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function parentsOf(path: string): readonly string[] {
  const parent = parentOf(path);
  return parent === "" ? [] : [...parentsOf(parent), parent];
}
