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
