import { kindOf, ROOTED } from "../../engine/keyspace.ts";

/** The type's number in entries, which is Redis'. */
export const HASH_TYPE = 4;
/** How a hash is held, by the numbers that an entry holds. */
export const HashEncoding = { listpack: 0, hashtable: ROOTED } as const;
/** The kind of a small hash. */
export const PACKED = kindOf(HASH_TYPE, HashEncoding.listpack);
/** The kind of a large hash. */
export const TABLE = kindOf(HASH_TYPE, HashEncoding.hashtable);
