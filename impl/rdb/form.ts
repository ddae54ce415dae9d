/**
 * The forms of lengths and strings in the RDB format, version 10.
 *
 * Source: rdb.h of Redis, and the files that redis-server writes.
 */

/** Lengths up to this stand in one byte. */
export const ONE_BYTE_MAX = 0x3f;
/** Lengths up to this stand in two bytes. */
export const TWO_BYTES_MAX = 0x3fff;
/** First byte of a length of two bytes, its upper six bits included. */
export const LENGTH_14 = 0x40;
/** First byte of a length of 32 bits, big-endian. */
export const LENGTH_32 = 0x80;
/** First byte of a length of 64 bits, big-endian. */
export const LENGTH_64 = 0x81;
/** First byte of a string that is an integer of 8 bits. */
export const INTEGER_8 = 0xc0;
/** First byte of a string that is an integer of 16 bits, little-endian. */
export const INTEGER_16 = 0xc1;
/** First byte of a string that is an integer of 32 bits, little-endian. */
export const INTEGER_32 = 0xc2;
/** First byte of a string that is compressed: its two lengths and its bytes follow. */
export const COMPRESSED = 0xc3;
/** Strings from this length on are worth compressing, as redis-server sees it. */
export const COMPRESSED_MIN_LENGTH = 21;
/** Decimal digits of the longest 32-bit integer, its sign included. */
export const INTEGER_MAX_LENGTH = 11;

/** What may stand in a file where a key could. */
export const Opcode = {
  /** The code of a library of functions. */
  library: 0xf5,
  /** A library as release candidates of Redis 7.0 wrote it: name, engine and description beside the code. */
  libraryOfOld: 0xf6,
  /** Data of a module that belong to no key. */
  moduleAux: 0xf7,
  /** Of the next key: seconds since its last access. */
  idle: 0xf8,
  /** Of the next key: how often it is accessed. */
  frequency: 0xf9,
  /** A fact about the file. */
  aux: 0xfa,
  /** How many keys a database has, and how many of them expire: a hint. */
  resize: 0xfb,
  /** Of the next key: when its time is past, in milliseconds, and in seconds. */
  expiryMs: 0xfc,
  expirySeconds: 0xfd,
  /** The database of the keys that follow. */
  select: 0xfe,
  end: 0xff,
} as const;
