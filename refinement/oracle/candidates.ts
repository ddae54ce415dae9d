/**
 * The states in which the model may be.
 *
 * The real server reads its own clock, so a command that depends on the time may have run in any
 * millisecond between request and reply. Usually that is one millisecond and there is one state.
 * Otherwise the model runs the command once per millisecond, and later replies rule states out:
 * nothing is compared with a tolerance.
 */

import type { State } from "./model.ts";

/** An inclusive range of wall-clock milliseconds in which a command ran. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** No more states than this are followed at once. */
export const MAX_CANDIDATES = 32;

/** The milliseconds of an interval. */
export function milliseconds(interval: Interval): ReadonlyArray<number> {
  const count = interval.toMs - interval.fromMs + 1;
  return Array.from({ length: count }, (_, at) => interval.fromMs + at);
}

/** The milliseconds of an interval at which some key has just expired, and the first. */
export function expiryMoments(
  states: ReadonlyArray<State>,
  interval: Interval,
): ReadonlyArray<number> {
  const moments = new Set([interval.fromMs]);
  for (const expireAtMs of expiries(states)) {
    const goneAtMs = Number(expireAtMs) + 1;
    if (goneAtMs > interval.fromMs && goneAtMs <= interval.toMs) moments.add(goneAtMs);
  }
  return [...moments];
}

function* expiries(states: ReadonlyArray<State>): Generator<bigint> {
  for (const { databases } of states) {
    for (const database of databases) {
      for (const { expireAtMs } of database.values()) {
        if (expireAtMs !== null) yield expireAtMs;
      }
    }
  }
}

/** True when some key of some state expires in the interval or shortly after it begins. */
export function expiresSoon(
  states: ReadonlyArray<State>,
  fromMs: number,
  marginMs: number,
): boolean {
  const from = BigInt(fromMs);
  const to = BigInt(fromMs + marginMs);
  for (const expireAtMs of expiries(states)) {
    if (expireAtMs >= from - 1n && expireAtMs <= to) return true;
  }
  return false;
}

/** The states without repetitions, in order. */
export function distinct(states: ReadonlyArray<State>): ReadonlyArray<State> {
  if (states.length === 1) return states;
  const bySignature = new Map<string, State>();
  for (const state of states) {
    const signature = JSON.stringify(state, plain);
    if (!bySignature.has(signature)) bySignature.set(signature, state);
  }
  return [...bySignature.values()];
}

/** Maps, sets and big integers in a form that JSON can write. */
function plain(_name: string, value: unknown): unknown {
  if (value instanceof Map) return [...value].sort(byKey);
  if (value instanceof Set) return [...value].sort();
  return typeof value === "bigint" ? String(value) : value;
}

function byKey(a: readonly [unknown, unknown], b: readonly [unknown, unknown]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}
