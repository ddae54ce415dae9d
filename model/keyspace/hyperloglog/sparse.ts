/** The sparse form: runs of equal registers. */
import type { Bytes } from "../reply.ts";
import { REGISTERS } from "./hash.ts";

/**
 * Registers that follow one another and are equal. A short run of zeros takes one byte, a long one
 * two; which of them a run is in stays so, however long it is.
 */
export interface Run {
  readonly kind: "short zeros" | "long zeros" | "value";
  readonly value: number;
  readonly length: number;
  /** The second byte of its two is missing, and counts as zero. */
  readonly isCutOff?: true;
}

/** The largest value that a run may have. */
export const MAX_VALUE = 32;
const MAX_VALUE_LENGTH = 4;
const MAX_SHORT_LENGTH = 64;

const char = String.fromCharCode;

/** The runs that the bytes spell. */
export const parseRuns = (bytes: Bytes): ReadonlyArray<Run> => {
  const runs: Array<Run> = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.charCodeAt(at);
    if (byte >= 128)
      runs.push({ kind: "value", value: ((byte >> 2) & 31) + 1, length: (byte & 3) + 1 });
    else if (byte < 64) runs.push({ kind: "short zeros", value: 0, length: byte + 1 });
    else {
      at += 1;
      const isCutOff = at === bytes.length;
      const length = (byte - 64) * 256 + (isCutOff ? 0 : bytes.charCodeAt(at)) + 1;
      runs.push({ kind: "long zeros", value: 0, length, ...(isCutOff && { isCutOff }) });
    }
  }
  return runs;
};

/** The bytes of runs. */
export const printRuns = (runs: ReadonlyArray<Run>): Bytes =>
  runs
    .map(({ kind, value, length, isCutOff }) => {
      if (isCutOff) return char(64 + ((length - 1) >> 8));
      if (kind === "value") return char(128 + (value - 1) * 4 + length - 1);
      if (kind === "short zeros") return char(length - 1);
      return char(64 + ((length - 1) >> 8), (length - 1) & 255);
    })
    .join("");

/** A run of zeros in the shorter form that fits; none when there are none. */
const zeros = (length: number): ReadonlyArray<Run> => {
  if (length === 0) return [];
  return [{ kind: length > MAX_SHORT_LENGTH ? "long zeros" : "short zeros", value: 0, length }];
};

const values = (value: number, length: number): ReadonlyArray<Run> =>
  length === 0 ? [] : [{ kind: "value", value, length }];

/** What becomes of runs when a register is to have a value. */
export type Raised =
  | { readonly _tag: "Same" }
  | { readonly _tag: "Raised"; readonly runs: ReadonlyArray<Run> }
  /** The runs would become too long, or cannot hold the value. */
  | { readonly _tag: "TooLarge" }
  /** There is no such register. */
  | { readonly _tag: "Corrupt" }
  /** It is in a run that is cut off, which Redis changes beyond the end of the string. */
  | { readonly _tag: "BeyondRedis" };

/** Gives a register that value unless it has a larger one; the bytes may not become more than that. */
export const raise = (
  runs: ReadonlyArray<Run>,
  index: number,
  value: number,
  maxBytes: number,
): Raised => {
  if (value > MAX_VALUE) return { _tag: "TooLarge" };
  let first = 0;
  let at = 0;
  for (; at < runs.length; at += 1) {
    const end = first + (runs[at] as Run).length;
    if (index < end) break;
    first = end;
  }
  const run = runs[at];
  if (run === undefined) return { _tag: "Corrupt" };
  if (run.isCutOff) return { _tag: "BeyondRedis" };
  if (run.kind === "value" && run.value >= value) return { _tag: "Same" };
  const before = index - first;
  const behind = run.length - before - 1;
  const like = (length: number) =>
    run.kind === "value" ? values(run.value, length) : zeros(length);
  const split = [...like(before), ...values(value, 1), ...like(behind)];
  const changed = [...runs.slice(0, at), ...split, ...runs.slice(at + 1)];
  const growsBy = printRuns(split).length - printRuns([run]).length;
  if (growsBy > 0 && printRuns(changed).length > maxBytes) return { _tag: "TooLarge" };
  return { _tag: "Raised", runs: joined(changed, Math.max(0, at - 1)) };
};

/** How many runs are looked at, joined ones again. */
const LOOKS = 5;

/** Joins equal neighbours that fit in one run, in the few runs from one on. */
const joined = (runs: ReadonlyArray<Run>, from: number): ReadonlyArray<Run> => {
  const result = [...runs];
  let at = from;
  for (let looks = LOOKS; looks > 0 && at < result.length; looks -= 1) {
    const [run, next] = result.slice(at, at + 2);
    const length = (run?.length ?? 0) + (next?.length ?? 0);
    const isEqual = run?.kind === "value" && next?.kind === "value" && run.value === next.value;
    if (isEqual && length <= MAX_VALUE_LENGTH) result.splice(at, 2, ...values(run.value, length));
    else at += 1;
  }
  return result;
};

/** The value of each register; nothing when there are too many or too few. */
export const registersOfRuns = (runs: ReadonlyArray<Run>): ReadonlyArray<number> | undefined => {
  const total = runs.reduce((sum, { length }) => sum + length, 0);
  if (total !== REGISTERS) return undefined;
  return runs.flatMap(({ value, length }) => Array.from({ length }, () => value));
};
