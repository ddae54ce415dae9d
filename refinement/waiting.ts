/** Commands of sequences that wait for keys, and who acts while others wait. */
import { isWaiting, type Session, type State } from "../model/keyspace/index.ts";
import type { CommandEntry } from "./generators/grammar.ts";
import type { Invocation } from "./generators/step.ts";

/** A wait that ends by itself, within this time, in milliseconds, is waited for. */
const SHORT_MS = 500n;

const WAITING_NAMES: ReadonlySet<string> = new Set([
  ...["BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP"],
  ...["BZPOPMIN", "BZPOPMAX", "BZMPOP"],
]);

/** Commands that wait when they are asked to. */
const READERS: ReadonlySet<string> = new Set(["XREAD", "XREADGROUP"]);

/** Whether a command may begin to wait. */
export function mayWait({ name, args }: Invocation): boolean {
  const isAsked = () => args.some((arg) => String(arg).toLowerCase() === "block");
  return WAITING_NAMES.has(name) || (READERS.has(name) && isAsked());
}

/** Whether invocations of an entry may begin to wait. */
export function drawsWaits({ name, options }: CommandEntry): boolean {
  return WAITING_NAMES.has(name) || options.includes("BLOCK");
}

/**
 * Who takes a step: the connection that it names, or where that one waits the next one that does not.
 *
 * @param idOf the id of the session that a connection has, if it is open
 * @returns null when all wait
 */
export function actorOf(
  states: ReadonlyArray<State>,
  connection: number,
  count: number,
  idOf: (connection: number) => number | undefined,
): number | null {
  for (let i = 0; i < count; i++) {
    const one = (connection + i) % count;
    const id = idOf(one);
    if (id === undefined || !states.some((state) => isWaiting(state, id))) return one;
  }
  return null;
}

/** Whether a session waits for a time that is soon up. */
export function waitsShortly(state: State, sessionId: number, nowMs: bigint): boolean {
  return state.waiting.some(
    (waiter) =>
      waiter.sessionId === sessionId &&
      waiter.untilMs !== null &&
      waiter.untilMs - nowMs <= SHORT_MS,
  );
}

/** Whether a command would bring several keys that somebody waits for, in an order that Redis leaves open. */
export function leavesOrderOpen(state: State, { queue }: Session, name: string): boolean {
  const isQueued = name === "EXEC" && queue?.some(isSwap) === true;
  return (name === "SWAPDB" || isQueued) && bringsSeveral(state, isQueued);
}

function isSwap([name = ""]: ReadonlyArray<string>): boolean {
  return name.toLowerCase() === "swapdb";
}

/**
 * Whether SWAPDB may bring several keys that somebody waits for: in which order they are ready is up
 * to a hash table with a random seed.
 *
 * @param isQueued it runs inside EXEC, where commands before it may bring keys into any database
 */
function bringsSeveral({ waiting, databases }: State, isQueued: boolean): boolean {
  const waited = new Set(waiting.flatMap(({ keys }) => keys));
  const coming = [...waited].filter((key) => {
    return isQueued || databases.some((database) => database.has(key));
  });
  return coming.length > 1;
}

/** Under which command it is counted what ends the waits of one that waits for the same type. */
export function countedAs(name: string): string {
  if (READERS.has(name)) return "XREAD";
  return name.startsWith("BZ") ? "BZPOPMIN" : "BLPOP";
}
