/**
 * The buggify port: where the simulator makes the server do rare but legal things often.
 *
 * A server without a simulator never does them: the port's default never fires, and each place
 * that asks it stands behind `CHECKED`, so that the published build does not even ask.
 *
 * Source: FoundationDB's BUGGIFY (Zhou et al., "FoundationDB: A Distributed Unbundled Transactional
 * Key Value Store", SIGMOD 2021, section 6).
 */

/** Every place that asks, by what it then does. */
export const BUGGIFY_POINTS = [
  /** A read is handed to the parser in two parts. */
  "read in two parts",
  /** The rest of an argument is read behind its beginning, however short it is. */
  "short rest is read in place",
  /** A connection's turn ends although complete requests wait. */
  "batch ends early",
  /** Replies and frames wait for the next loop turn. */
  "flush waits a turn",
  /** A unit of the log gets a frame of its own at once. */
  "frame for one unit",
  /** Active expiry removes one key and stops. */
  "expiry of one key",
  /** Eviction removes one key and goes on in the next loop turn. */
  "eviction of one key",
  /** A step of a snapshot in the background writes one key. */
] as const;

/** One of these places. */
export type BuggifyPoint = (typeof BUGGIFY_POINTS)[number];

/** Decides at each place, each time. */
export interface Buggify {
  fires(point: BuggifyPoint): boolean;
}

/** Production: nothing rare is made frequent. */
export const NEVER: Buggify = { fires: () => false };
