/** One simulated file: what processes see of it, and what the platter holds. */
import assert from "node:assert/strict";
import type { Choices } from "./choices.ts";

/** What a disk writes as a whole, in bytes. A write to it can still be torn by a power loss. */
export const SECTOR_BYTES = 512;

/** What a sync set out to write. */
export interface Writeback {
  readonly sizeBytes: number;
  readonly sectors: ReadonlyMap<number, Uint8Array>;
}

/** What of the unsynced bytes a power loss can leave. */
export type PowerLoss = "in order" | "any sectors" | "nothing";

/**
 * The content of a file twice: in the page cache, where every read and write happens, and on the
 * platter, where it gets by a sync, by the kernel's own writeback, or in part by a power loss.
 *
 * A sync that fails marks its pages clean although the platter may not have them: from then on
 * only reading the platter would tell. This is what Linux does.
 *
 * Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
 */
export class Inode {
  #cache = Buffer.alloc(2 * SECTOR_BYTES);
  #size = 0;
  #platter = Buffer.alloc(2 * SECTOR_BYTES);
  #platterSize = 0;
  /** Sectors that the kernel knows to be newer in the cache. */
  readonly #dirty = new Set<number>();
  #writeback: Writeback | null = null;
  /** Sectors written to since the sync under way began. */
  readonly #touched = new Set<number>();

  /** How many syncs have begun. */
  syncs = 0;

  /** Length as processes see it. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** True while a sync is under way. */
  get isSyncing(): boolean {
    return this.#writeback !== null;
  }

  /** True when the kernel has something to write. */
  get isDirty(): boolean {
    return this.#dirty.size > 0 || this.#size !== this.#platterSize;
  }

  /** How many bytes from the start on are on the platter as processes see them. */
  get lastingBytes(): number {
    const most = Math.min(this.#size, this.#platterSize);
    if (this.#cache.compare(this.#platter, 0, most, 0, most) === 0) return most;
    let at = 0;
    while (this.#cache[at] === this.#platter[at]) at++;
    return at;
  }

  read(offset: number, into: Uint8Array): number {
    const length = Math.max(0, Math.min(into.length, this.#size - offset));
    into.set(this.#cache.subarray(offset, offset + length));
    return length;
  }

  append(bytes: Uint8Array, start: number, length: number): void {
    const end = this.#size + length;
    this.#cache = grown(this.#cache, end);
    this.#cache.set(bytes.subarray(start, start + length), this.#size);
    if (length > 0) this.#touch(this.#size, end);
    this.#size = end;
  }

  /** Bytes that it holds are written again: the kernel has them to write, whatever it did before. */
  rewrite(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    assert.ok(this.#cache.compare(bytes, 0, bytes.length, offset, end) === 0, "other bytes");
    if (bytes.length > 0) this.#touch(offset, end);
  }

  truncate(sizeBytes: number): void {
    assert.ok(sizeBytes <= this.#size, "a file is not made longer by cutting it");
    if (sizeBytes === this.#size) return;
    this.#cache.fill(0, sizeBytes, this.#size);
    this.#size = sizeBytes;
    const kept = Math.ceil(sizeBytes / SECTOR_BYTES);
    for (const sector of this.#dirty) if (sector >= kept) this.#dirty.delete(sector);
    if (sizeBytes % SECTOR_BYTES > 0) this.#touch(sizeBytes - 1, sizeBytes);
  }

  /** A sync begins: it will write what is in the cache now. */
  beginSync(): void {
    assert.equal(this.#writeback, null, "two syncs of one file at once");
    this.syncs++;
    this.#touched.clear();
    const sectors = new Map<number, Uint8Array>();
    for (const sector of this.#dirty) sectors.set(sector, this.#sector(sector));
    this.#writeback = { sizeBytes: this.#size, sectors };
  }

  /** The sync is done, and all that it set out to write lasts. */
  finishSync(): void {
    const { sizeBytes, sectors } = this.#takeWriteback();
    for (const [sector, bytes] of sectors) {
      this.#writeSector(sector, bytes);
      this.#clean(sector);
    }
    this.#setPlatterSize(sizeBytes);
  }

  /** The sync has failed: some of its sectors were written; all of them count as clean now. */
  failSync(choices: Choices): void {
    const { sizeBytes, sectors } = this.#takeWriteback();
    for (const [sector, bytes] of sectors) {
      if (choices.chance(0.3)) this.#writeSector(sector, bytes);
      this.#clean(sector);
    }
    if (choices.chance(0.3)) this.#setPlatterSize(sizeBytes);
  }

  /** The kernel writes some dirty sectors by itself, lowest first. */
  writeBack(choices: Choices): void {
    if (this.isSyncing) return;
    const dirty = this.#dirtyInOrder();
    const count = choices.below(dirty.length + 1);
    for (const sector of dirty.slice(0, count)) {
      this.#writeSector(sector, this.#sector(sector));
      this.#clean(sector);
      const end = Math.min(this.#size, (sector + 1) * SECTOR_BYTES);
      if (end > this.#platterSize) this.#setPlatterSize(end);
    }
  }

  /**
   * The power goes: what was being written may be there or not. `in order` leaves the sectors up
   * to some point, the last one torn; `any sectors` leaves some and not others;
   * `nothing` leaves none.
   *
   * @returns whether a sector was torn or a hole was left
   */
  losePower(choices: Choices, how: PowerLoss): boolean {
    this.#writeback = null;
    const dirty = how === "nothing" ? [] : this.#dirtyInOrder();
    let reachedBytes = 0;
    let isTorn = false;
    if (how === "any sectors") {
      for (const sector of dirty) {
        isTorn ||= !choices.chance(0.5);
        if (isTorn && choices.chance(0.5)) continue;
        this.#writeSector(sector, this.#sector(sector));
        reachedBytes = Math.min(this.#size, (sector + 1) * SECTOR_BYTES);
      }
      if (choices.chance(0.3)) reachedBytes = this.#size;
    } else {
      const count = choices.below(dirty.length + 1);
      for (const [i, sector] of dirty.slice(0, count).entries()) {
        const isLast = i === count - 1;
        reachedBytes = Math.min(this.#size, (sector + 1) * SECTOR_BYTES);
        this.#writeSector(sector, this.#sector(sector));
        if (!isLast || !choices.chance(0.5)) continue;
        reachedBytes = this.#tear(choices, sector);
        isTorn = true;
      }
    }
    const isShorter = this.#size < this.#platterSize && how !== "nothing" && choices.chance(0.5);
    this.#setPlatterSize(isShorter ? this.#size : Math.max(this.#platterSize, reachedBytes));
    this.#readPlatter();
    return isTorn;
  }

  /** Only a part of the sector's new bytes was written; says how far the file then reaches. */
  #tear(choices: Choices, sector: number): number {
    const start = sector * SECTOR_BYTES;
    const end = Math.min(this.#size, start + SECTOR_BYTES);
    // What had been on the platter stays, so that bytes which last are never torn.
    const from = Math.max(start, Math.min(this.#platterSize, end));
    return from + choices.below(end - from + 1);
  }

  /** A bit turns over, on the platter and in what will be read from it. */
  rot(bit: number): void {
    const at = bit >> 3;
    assert.ok(at < this.#size, "a bit of the file");
    this.#cache[at]! ^= 1 << (bit & 7);
    this.#platter = grown(this.#platter, at + 1);
    this.#platter[at] = this.#cache[at]!;
  }

  #takeWriteback(): Writeback {
    const writeback = this.#writeback;
    assert.ok(writeback !== null, "no sync is under way");
    this.#writeback = null;
    return writeback;
  }

  #clean(sector: number): void {
    if (!this.#touched.has(sector)) this.#dirty.delete(sector);
  }

  #touch(start: number, end: number): void {
    for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) {
      this.#dirty.add(sector);
      this.#touched.add(sector);
    }
  }

  #dirtyInOrder(): number[] {
    return [...this.#dirty].sort((a, b) => a - b);
  }

  #sector(sector: number): Uint8Array {
    const start = sector * SECTOR_BYTES;
    this.#cache = grown(this.#cache, start + SECTOR_BYTES);
    return this.#cache.slice(start, start + SECTOR_BYTES);
  }

  #writeSector(sector: number, bytes: Uint8Array): void {
    this.#platter = grown(this.#platter, (sector + 1) * SECTOR_BYTES);
    this.#platter.set(bytes, sector * SECTOR_BYTES);
  }

  #setPlatterSize(sizeBytes: number): void {
    this.#platter = grown(this.#platter, sizeBytes);
    this.#platterSize = sizeBytes;
  }

  /** After a restart of the machine the cache is what the platter holds. */
  #readPlatter(): void {
    this.#platter.fill(0, this.#platterSize);
    this.#cache = Buffer.from(this.#platter);
    this.#size = this.#platterSize;
    this.#dirty.clear();
    this.#touched.clear();
  }
}

function grown(bytes: Buffer<ArrayBuffer>, needed: number): Buffer<ArrayBuffer> {
  if (needed <= bytes.length) return bytes;
  const larger = Buffer.alloc(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}
