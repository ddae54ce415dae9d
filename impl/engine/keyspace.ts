/**
 * INTERFACE DRAFT: the keyspace of one database. Bodies follow.
 */
import type { Random } from "../ports/random.ts";

/** An entry: the address of its block in 16-byte units; 0 is "no entry". Invalid once the entry is written or removed. */
export type EntryRef = number;

export const ValueType = { string: 0, list: 1, set: 2, zset: 3, hash: 4, stream: 5 } as const;
export const Encoding = { raw: 0, int: 1, embstr: 2 } as const;

export interface KeyspaceApi {
  /** Number of keys, expired ones that nobody has removed included. */
  readonly size: number;
  /** Number of keys with an expiry. */
  readonly expiringCount: number;
  /** Bytes of arena, index and expiry index in use. */
  readonly usedBytes: number;

  /** The entry of the key `bytes[offset..offset+length)`, expired or not; 0 when absent. Also takes one rehash step. */
  find(bytes: Uint8Array, offset: number, length: number): EntryRef;

  type(ref: EntryRef): number;
  encoding(ref: EntryRef): number;
  setEncoding(ref: EntryRef, encoding: number): void;
  /** The segment that holds the entry's key and string value. */
  bytes(ref: EntryRef): Uint8Array;
  keyOffset(ref: EntryRef): number;
  keyLength(ref: EntryRef): number;
  valueOffset(ref: EntryRef): number;
  valueLength(ref: EntryRef): number;
  /** 24 bits of access metadata (LRU seconds or LFU), owned by the caller. */
  access(ref: EntryRef): number;
  setAccess(ref: EntryRef, access: number): void;

  /** Inserts or replaces a string. Keeps an existing expiry when `keepExpiry`, else drops it. */
  setString(
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    valueBytes: Uint8Array,
    valueOffset: number,
    valueLength: number,
    encoding: number,
    keepExpiry: boolean,
  ): EntryRef;
  /** Gives a string entry a value of `valueLength` bytes: the old bytes stay as far as they fit, new ones are zero. Keeps the expiry. The encoding becomes raw. */
  resizeString(ref: EntryRef, valueLength: number): EntryRef;
  /** Inserts or replaces a value that is a JavaScript object (collections). */
  setObject(
    keyBytes: Uint8Array,
    keyOffset: number,
    keyLength: number,
    type: number,
    encoding: number,
    object: object,
    keepExpiry: boolean,
  ): EntryRef;
  object(ref: EntryRef): object;

  remove(ref: EntryRef): void;
  /** Moves an entry to a new key of this keyspace, which must not exist; value, encoding and expiry go along. */
  rename(ref: EntryRef, keyBytes: Uint8Array, keyOffset: number, keyLength: number): EntryRef;

  hasExpiry(ref: EntryRef): boolean;
  /** Milliseconds since the epoch; a bigint only beyond 2^53. Precondition: hasExpiry. */
  expiryMs(ref: EntryRef): number | bigint;
  setExpiryMs(ref: EntryRef, atMs: number | bigint): void;
  clearExpiry(ref: EntryRef): void;
  /** True when the entry has an expiry that is before `nowMs` (Redis: now > when). */
  isExpired(ref: EntryRef, nowMs: number): boolean;
  /** The entry with the earliest expiry, if that is past; else 0. */
  earliestExpired(nowMs: number): EntryRef;

  /** One SCAN step from `cursor` (0 starts): visits the entries of one home bucket; returns the next cursor, 0 at the end. Redis' guarantee holds while the table grows and shrinks. The visitor must not write. */
  scan(cursor: number, visit: (ref: EntryRef) => void): number;
  forEach(visit: (ref: EntryRef) => void): void;
  /** A uniformly drawn entry; 0 when empty. */
  randomEntry(random: Random): EntryRef;
  /** Forgets everything without walking it. */
  clear(): void;
  /** Migrates up to `slots` slots if a rehash is under way; true while one is. */
  rehashStep(slots: number): boolean;
  /** Throws AssertionError when any internal rule is broken (table, arena, free lists, expiry index, accounting). */
  verifyInvariants(): void;
}
