import { kindOf, ROOTED } from "../../engine/keyspace.ts";

/** The type's number in entries. */
export const SET_TYPE = 2;

/**
 * How a set is held: as Redis' intset behind its key, or in a table of its own. Redis 7.0 has no
 * third form, however few the members are.
 */
export const Encoding = { intset: 0, hashtable: ROOTED } as const;

/** What an entry holds of a set's type and encoding. */
export const INTSET_KIND = kindOf(SET_TYPE, Encoding.intset);
/** What an entry holds of a set's type and encoding. */
export const TABLE_KIND = kindOf(SET_TYPE, Encoding.hashtable);
