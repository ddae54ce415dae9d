/**
 * The limit on memory: which keys may go to make room, and what is refused when there is none.
 *
 * How much memory is in use is no part of the model. What a server has done to make room is an input
 * of the step, and the model says whether it may have done so: `makeRoom` throws when it may not.
 */
import type { Bytes } from "./bytes.ts";
import { changedBy, databaseOf, remove, type State, withoutLingering } from "./state.ts";

/** A key that has gone to make room. */
export interface Victim {
  readonly database: number;
  readonly key: Bytes;
}

/** What a server has done before a command runs. */
export interface Room {
  /** In the order in which they have gone. */
  readonly evicted: ReadonlyArray<Victim>;
  /** There is still too much, and nothing more may go. */
  readonly isOut: boolean;
}

/** Nothing had to go. */
export const ENOUGH_ROOM: Room = { evicted: [], isOut: false };

/** No server is so small: a limit up to here is always exceeded. */
const NOTHING_FITS_BYTES = 1024n;

/** The keys that the policy lets go. */
export const candidates = (state: State): ReadonlyArray<Victim> => {
  const { maxmemory, maxmemoryPolicy } = state.config;
  if (maxmemory === 0n || maxmemoryPolicy === "noeviction") return [];
  const isForAll = maxmemoryPolicy.startsWith("allkeys-");
  return state.databases.flatMap((database, index) =>
    [...database]
      .filter(([, { expireAtMs }]) => isForAll || expireAtMs !== null)
      .map(([key]) => ({ database: index, key })),
  );
};

/** What every server does under a limit within which nothing fits: all that may go goes. */
export const leastRoom = (state: State): Room => {
  const { maxmemory } = state.config;
  if (maxmemory === 0n || maxmemory > NOTHING_FITS_BYTES) return ENOUGH_ROOM;
  return { evicted: candidates(state), isOut: true };
};

/**
 * The state in which a command finds what the server has made room in.
 *
 * @throws RangeError when the server may not have done so
 */
export const makeRoom = (state: State, { evicted, isOut }: Room): State => {
  const roomy = changedBy(evicted.reduce(evict, state), state, "time");
  if (isOut && state.config.maxmemory === 0n) throw new RangeError("room is wanted for no limit");
  const [left] = candidates(roomy);
  if (isOut && left !== undefined)
    throw new RangeError(`there is no room, and ${JSON.stringify(left.key)} might have gone`);
  return isOut && roomy.config.maxmemoryPolicy !== "noeviction"
    ? { ...roomy, lingering: roomy.lingering.map(() => new Set<Bytes>()) }
    : roomy;
};

const evict = (state: State, { database, key }: Victim): State => {
  const { maxmemory, maxmemoryPolicy: policy } = state.config;
  if (maxmemory === 0n || policy === "noeviction")
    throw new RangeError(`${JSON.stringify(key)} goes under the policy ${policy}`);
  const entry = databaseOf(state, database).get(key);
  // A key whose time is past is still there for the server, and has an expiry.
  if (entry === undefined) {
    if (!state.lingering[database]?.has(key))
      throw new RangeError(`${JSON.stringify(key)} goes, and is not there`);
    return withoutLingering(state, database, key);
  }
  if (policy.startsWith("volatile-") && entry.expireAtMs === null)
    throw new RangeError(`${JSON.stringify(key)} goes and would never expire`);
  return remove(state, database, key);
};
