import { firstEntry, nextEntry, readEntry, validateListpack } from "./listpack.ts";
import type { PackedReading } from "./packed-reading.ts";
import {
  firstZiplistEntry,
  nextZiplistEntry,
  readZiplistEntry,
  validateZiplist,
} from "./ziplist.ts";

/** A form in which many values stand in one string, and how it is read. */
export interface PackedForm {
  /** How many values bytes from anywhere have; -1 when they are not of this form. */
  validate(bytes: Uint8Array, start: number, length: number): number;
  /** Where the first value is; -1 when there is none. */
  first(bytes: Uint8Array, start: number): number;
  /** Where the value behind the one at `at` is; -1 when that is the last one. */
  next(bytes: Uint8Array, at: number): number;
  /** Reads the value at `at`. */
  read(bytes: Uint8Array, at: number, into: PackedReading): void;
}

/** Redis' form since 7.0. */
export const LISTPACK: PackedForm = {
  validate: validateListpack,
  first: firstEntry,
  next: nextEntry,
  read: readEntry,
};

/** Redis' form before. */
export const ZIPLIST: PackedForm = {
  validate: validateZiplist,
  first: firstZiplistEntry,
  next: nextZiplistEntry,
  read: readZiplistEntry,
};
