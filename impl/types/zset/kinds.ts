import { kindOf, ROOTED } from "../../engine/keyspace.ts";

/** The type's number in entries. */
export const ZSET_TYPE = 3;
/** How a sorted set is held, by Redis' names. */
export const SortedSetEncoding = { listpack: 0, skiplist: ROOTED } as const;
/** The kind of an entry with a small sorted set. */
export const PACKED = kindOf(ZSET_TYPE, SortedSetEncoding.listpack);
/** The kind of an entry with a large one. */
export const LARGE = kindOf(ZSET_TYPE, SortedSetEncoding.skiplist);
/** No small one takes more bytes: larger ones are tables and trees whatever the limits. */
export const MAX_PACKED_BYTES = 2 ** 28;
