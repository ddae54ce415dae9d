/**
 * A node of a stream as Redis packs it: a listpack of
 *
 * | entries | hold |
 * |---|---|
 * | 1 | how many of its entries are there |
 * | 1 | how many are deleted |
 * | 1 | how many fields its first entry had |
 * | … | their names |
 * | 1 | 0 |
 * | … | the entries |
 *
 * and an entry of flags, the difference of its milliseconds and of its sequence from the node's id,
 * then its values where its fields are the first entry's, or else the number of its fields and
 * fields and values by turns, and last how many of these there are, from the flags on.
 *
 * Positions are offsets in the bytes, as in `listpack.ts`. A node has room for what deleting adds to
 * its counts (`DELETION_BYTES`), so that it needs no memory.
 *
 * Source: the layout of Redis 7.0 (t_stream.c).
 */
import { assert, CHECKED } from "../assert.ts";
import {
  appendEntry,
  entryBytes,
  LISTPACK_HEADER_BYTES,
  makeListpack,
  nextEntry,
  readEntry,
  replaceEntry,
  validateListpack,
} from "./listpack.ts";
import { PackedReading } from "./packed-reading.ts";
import { PackedValue } from "./packed-value.ts";

/** The entry is deleted. */
export const DELETED = 1;
/** Its fields are those of the node's first entry. */
export const SAME_FIELDS = 2;
/** How many bytes longer a node may get while its entries are deleted. */
export const DELETION_BYTES = 8;
/** Flags, two differences and the number of parts. */
const FIXED_PARTS = 4;

const reading = new PackedReading();
const value = new PackedValue();

/** The number at an entry of the listpack; precondition: it is one that is exact. */
export function numberAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return first;
  readEntry(bytes, at, reading);
  return reading.integer.toNumber();
}

/** How many entries are there. */
export function livingCount(bytes: Uint8Array, start: number): number {
  return numberAt(bytes, start + LISTPACK_HEADER_BYTES);
}

/** How many entries are deleted. */
export function deletedCount(bytes: Uint8Array, start: number): number {
  const living = start + LISTPACK_HEADER_BYTES;
  return numberAt(bytes, living + entryBytes(bytes, living));
}

/** Where the number of the first entry's fields stands. */
export function masterAt(bytes: Uint8Array, start: number): number {
  let at = start + LISTPACK_HEADER_BYTES;
  at += entryBytes(bytes, at);
  return at + entryBytes(bytes, at);
}

/** Where the first entry stands; or the end mark. */
export function firstEntryAt(bytes: Uint8Array, start: number): number {
  let at = masterAt(bytes, start);
  const fields = numberAt(bytes, at);
  at += entryBytes(bytes, at);
  for (let i = 0; i <= fields; i++) at += entryBytes(bytes, at);
  return at;
}

/** Writes a node without entries, for a first entry of so many fields, whose names and 0 follow. */
export function makeNode(bytes: Uint8Array, start: number, fields: number): void {
  makeListpack(bytes, start);
  for (const count of [0, 0, fields]) {
    value.setInteger(count, 0);
    appendEntry(bytes, start, value);
  }
}

/** Says how many entries are there and how many are deleted. */
export function setCounts(bytes: Uint8Array, start: number, living: number, deleted: number): void {
  const livingAt = start + LISTPACK_HEADER_BYTES;
  value.setInteger(living, 0);
  replaceEntry(bytes, start, livingAt, value);
  value.setInteger(deleted, 0);
  replaceEntry(bytes, start, livingAt + entryBytes(bytes, livingAt), value);
}

/** Marks the entry at `at` as deleted; the counts are the caller's to change. */
export function markDeleted(bytes: Uint8Array, at: number): void {
  if (CHECKED) assert((bytes[at]! & ~(DELETED | SAME_FIELDS)) === 0, "flags");
  bytes[at] = bytes[at]! | DELETED;
}

/** How many parts of an entry stand before its number of parts, of one with these flags whose fields are `fields`. */
export function partsOf(flags: number, fields: number): number {
  const own = (flags & SAME_FIELDS) !== 0 ? fields : 1 + 2 * fields;
  return FIXED_PARTS - 1 + own;
}

/** True when bytes from anywhere are a node whose parts and counts fit together. */
export function validateNode(bytes: Uint8Array, start: number, length: number): boolean {
  if (validateListpack(bytes, start, length) < FIXED_PARTS) return false;
  let at = start + LISTPACK_HEADER_BYTES;
  /** The next number if it is one of at least 0 that is exact, else -1. */
  const take = (): number => {
    if (at === -1) return -1;
    readEntry(bytes, at, reading);
    at = nextEntry(bytes, at);
    if (!reading.isInteger || reading.integer.high !== 0) return -1;
    return reading.integer.low < 0 ? -1 : reading.integer.low;
  };
  const skip = (count: number): boolean => {
    for (let left = count; left > 0; left--) {
      if (at === -1) return false;
      at = nextEntry(bytes, at);
    }
    return true;
  };
  const living = take();
  const deleted = take();
  const fields = take();
  if (living < 0 || deleted < 0 || fields < 1 || living + deleted < 1) return false;
  if (!skip(fields) || take() !== 0) return false;
  let gone = 0;
  for (let left = living + deleted; left > 0; left--) {
    const flags = take();
    if (flags < 0 || flags > (DELETED | SAME_FIELDS)) return false;
    if ((flags & DELETED) !== 0) gone++;
    for (let i = 0; i < 2; i++) {
      if (at === -1) return false;
      readEntry(bytes, at, reading);
      if (!reading.isInteger) return false;
      at = nextEntry(bytes, at);
    }
    const isAlike = (flags & SAME_FIELDS) !== 0;
    const own = isAlike ? fields : take();
    if (own < 1 || !skip(isAlike ? own : 2 * own)) return false;
    if (take() !== partsOf(flags, own)) return false;
  }
  return at === -1 && gone === deleted;
}
