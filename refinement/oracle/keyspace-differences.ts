/** The keyspace of the real server beside a state of the model. */

import type { Interval } from "./candidates.ts";
import type { KeyFacts, Keyspace } from "./keyspace.ts";
import type { State } from "./model.ts";
import { showReply } from "./print.ts";

/** One key that is not the same on both sides, described. */
export interface KeyDifference {
  readonly expected: string;
  readonly actual: string;
}

/**
 * Every key that differs between the model and the real server.
 *
 * @param interval when the real keyspace was read: a key that died meanwhile may be there or not
 */
export function compareKeyspace(
  state: State,
  actual: Keyspace,
  interval: Interval,
): ReadonlyArray<KeyDifference> {
  const differences: Array<KeyDifference> = [];
  for (const [index, database] of state.databases.entries()) {
    const real: ReadonlyMap<string, KeyFacts> = actual.get(index) ?? new Map();
    for (const key of new Set([...database.keys(), ...real.keys()])) {
      const entry = database.get(key);
      const wanted = diedBefore(entry, interval.fromMs) ? undefined : entry;
      const got = real.get(key);
      if (describe(wanted) === describe(got)) continue;
      if (got === undefined && diedBefore(entry, interval.toMs)) continue;
      const name = `db${index} ${showReply(key)} `;
      differences.push({ expected: name + describe(wanted), actual: name + describe(got) });
    }
  }
  return differences;
}

function diedBefore(facts: KeyFacts | undefined, nowMs: number): boolean {
  const dies = facts?.expireAtMs ?? null;
  return dies !== null && dies < BigInt(nowMs);
}

function describe(facts: KeyFacts | undefined): string {
  if (facts === undefined) return "(missing)";
  const { type, encoding, value, expireAtMs } = facts;
  const expiry = expireAtMs === null ? "" : ` expires at ${expireAtMs}`;
  return `${type} ${encoding} "${showReply(value)}"${expiry}`;
}
