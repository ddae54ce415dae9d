import { kindOf, ROOTED } from "../../engine/keyspace.ts";

/** The type's number in entries. */
export const STREAM_TYPE = 6;
/** How a stream is held: there is one way, and Redis' name of it. */
export const StreamEncoding = { stream: ROOTED } as const;
/** The kind of an entry with a stream. */
export const STREAM = kindOf(STREAM_TYPE, StreamEncoding.stream);
