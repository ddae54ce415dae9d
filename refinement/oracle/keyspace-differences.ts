/** The keyspace of the real server beside a state of the model. */

import { type Entry, sameEntry } from "../../model/keyspace/index.ts";
import type { Interval } from "./candidates.ts";
import type { Found, Keyspace } from "./keyspace.ts";
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
    const real: ReadonlyMap<string, Found> = actual.get(index) ?? new Map();
    for (const key of new Set([...database.keys(), ...real.keys()])) {
      const entry = database.get(key);
      const wanted = diedBefore(entry, interval.fromMs) ? undefined : entry;
      const got = real.get(key);
      if (isSame(wanted, got)) continue;
      if (got === undefined && diedBefore(entry, interval.toMs)) continue;
      const name = `db${index} ${showReply(key)} `;
      differences.push({ expected: name + describe(wanted), actual: name + describe(got) });
    }
  }
  return differences;
}

function diedBefore(facts: Entry | undefined, nowMs: number): boolean {
  const dies = facts?.expireAtMs ?? null;
  return dies !== null && dies < BigInt(nowMs);
}

function isSame(wanted: Entry | undefined, got: Found | undefined): boolean {
  if (wanted === undefined || got === undefined) return wanted === got;
  return !("foreign" in got) && sameEntry(wanted, got);
}

function describe(entry: Found | undefined): string {
  if (entry === undefined) return "(missing)";
  if ("foreign" in entry) return entry.foreign;
  const { type, encoding, ...content } = entry.value;
  const expiry = entry.expireAtMs === null ? "" : ` expires at ${entry.expireAtMs}`;
  const parts = Object.values(content).map((part) => showReply(textOf(part)));
  return `${type} ${encoding} "${parts.join(" ")}"${expiry}`;
}

/** A part of a value in one line. */
function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  return JSON.stringify(part, (_, inner) => {
    if (inner instanceof Map) return [...inner];
    return typeof inner === "bigint" ? String(inner) : inner;
  });
}
