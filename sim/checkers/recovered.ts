/**
 * The durability of acknowledged writes and shown values, seen from outside: of each key, what its
 * one writer wrote in which order, what was shown, and what is there after the crash.
 */
import { strict as assert } from "node:assert";
import { type CrashKind, type FsyncPolicy, mayBeLost } from "./durability.ts";
import { broken, HOLDS, type Verdict } from "./history.ts";

/** One key. Null stands for a key that does not exist; the key starts so. */
export interface KeyHistory {
  readonly key: string;
  /** In the order in which they were sent, each after the former's reply or on the same connection. */
  readonly writes: readonly {
    readonly value: string | null;
    /** When the reply came; null when none did. */
    readonly acknowledgedAtMs: number | null;
  }[];
  /** What reads of anyone showed before the crash. */
  readonly shown: readonly { readonly value: string | null; readonly atMs: number }[];
  /** What is there after the crash. */
  readonly recovered: string | null;
}

/** One crash, and all keys. */
export interface RecoveredHistory {
  readonly policy: FsyncPolicy;
  readonly kind: CrashKind;
  readonly crashedAtMs: number;
  readonly keys: readonly KeyHistory[];
}

const GUARANTEE = "recovered state";

/** Judges what is there after a crash. */
export function checkRecovered(history: RecoveredHistory): Verdict {
  for (const key of history.keys) {
    const verdict = checkKey(history, key);
    if (verdict._tag !== "Holds") return verdict;
  }
  return HOLDS;
}

function checkKey({ policy, kind, crashedAtMs }: RecoveredHistory, key: KeyHistory): Verdict {
  const values = [null, ...key.writes.map(({ value }) => value)];
  assert(distinctStrings(values), `two writes of ${key.key} have one value`);
  // Of equal values, which are deletions, the last one: the most that can have survived.
  const recovered = values.lastIndexOf(key.recovered);
  if (recovered === -1) {
    return broken(GUARANTEE, `${key.key} holds ${key.recovered}, which nobody wrote`, []);
  }
  const safe = (atMs: number) => !mayBeLost(policy, { kind, atMs: crashedAtMs }, atMs);
  const acknowledged = key.writes.findLastIndex(
    ({ acknowledgedAtMs }) => acknowledgedAtMs !== null && safe(acknowledgedAtMs),
  );
  if (recovered < acknowledged + 1) {
    const write = key.writes[acknowledged]!;
    const what = `${key.key} holds ${key.recovered} though ${write.value} was acknowledged`;
    return broken(GUARANTEE, `appendfsync ${policy}, ${kind}: ${what}`, []);
  }
  for (const { value, atMs } of key.shown) {
    const shown = values.indexOf(value);
    if (shown === -1) return broken(GUARANTEE, `${key.key} showed ${value}, never written`, []);
    if (shown <= recovered || !safe(atMs)) continue;
    const what = `${key.key} holds ${key.recovered} though ${value} was shown`;
    return broken(GUARANTEE, `appendfsync ${policy}, ${kind}: ${what}`, []);
  }
  return HOLDS;
}

function distinctStrings(values: readonly (string | null)[]): boolean {
  const strings = values.filter((value) => value !== null);
  return new Set(strings).size === strings.length;
}
