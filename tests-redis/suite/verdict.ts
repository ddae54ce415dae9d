import type { Place } from "./causes.ts";
import { type FileRecord, type RecordedError, UNEXPLAINED } from "./record.ts";
import type { Mode } from "./suite-file.ts";

const COMPLETE_OUTSIDE: readonly string[] = [
  "unit/type/string",
  "unit/type/incr",
  "unit/quit",
  "unit/protocol",
  "unit/expire",
  "unit/keyspace",
  "unit/multi",
  "unit/scan",
  "unit/slowlog",
  "unit/latency-monitor",
  "unit/info-command",
  "unit/querybuf",
  "unit/introspection-2",
];

const COMPLETE_WITH_OWN_SERVERS: readonly string[] = [
  "unit/auth",
  "unit/info",
  "unit/limits",
  "unit/client-eviction",
];

/**
 * The suite files in which every error must have a declared cause and every test must be reached:
 * those that run by default.
 */
export const COMPLETE_FILES: Readonly<Record<Mode, readonly string[]>> = {
  external: COMPLETE_OUTSIDE,
  normal: COMPLETE_WITH_OWN_SERVERS,
};

/** What is wrong with a suite file's run, in the order in which a person wants to read it. */
export interface Verdict {
  /** The server does less than is recorded, or less than it must. */
  readonly regressions: readonly string[];
  /** The server does more than is recorded: the record must follow. */
  readonly unrecorded: readonly string[];
}

/**
 * Judges a suite file's run against the record. Errors are compared by the name of the test, so that a
 * test gained does not make up for a test lost.
 */
export function judge(place: Place, found: FileRecord, recorded: FileRecord): Verdict {
  const regressions: string[] = [];
  const unrecorded: string[] = [];
  if (found.ok < recorded.ok) regressions.push(`${found.ok} tests pass, ${recorded.ok} did`);
  if (found.ok > recorded.ok) unrecorded.push(`${found.ok} tests pass, ${recorded.ok} recorded`);
  for (const error of less(found.errors, recorded.errors)) {
    regressions.push(`fails now: ${error.test} (${error.cause})`);
  }
  for (const error of less(recorded.errors, found.errors)) {
    unrecorded.push(`passes now: ${error.test}`);
  }
  if (found.aborted !== undefined && recorded.aborted === undefined) {
    regressions.push(`ends early now: ${found.aborted}`);
  }
  if (found.aborted === undefined && recorded.aborted !== undefined) {
    unrecorded.push("runs to its end now");
  }
  const isComplete = COMPLETE_FILES[place.mode].includes(place.file);
  // With servers of the suite's own, each error of each file has a cause.
  if (isComplete || place.mode === "normal") regressions.push(...unexplained(found, recorded));
  if (isComplete) regressions.push(...incompleteness(found, recorded));
  return { regressions, unrecorded };
}

/** The errors without a declared cause, beyond those that are said already. */
function unexplained(found: FileRecord, recorded: FileRecord): string[] {
  const news = less(found.errors, recorded.errors);
  return found.errors
    .filter((error) => error.cause.startsWith(UNEXPLAINED) && !news.includes(error))
    .map((error) => `fails: ${error.test} (${error.cause})`);
}

/** What else keeps a suite file from being complete, beyond what is said of it already. */
function incompleteness(found: FileRecord, recorded: FileRecord): string[] {
  const faults: string[] = [];
  if (found.aborted !== undefined && recorded.aborted !== undefined) {
    faults.push(`ends early: ${found.aborted}`);
  }
  const unreached = notReached(found);
  if (unreached > 0) faults.push(`${unreached} tests are never reached`);
  return faults;
}

/** Tests that Redis passes and that the run neither passed nor failed. */
export function notReached(found: FileRecord): number {
  return Math.max(0, found.redis - found.ok - found.errors.length);
}

/** The errors that are left of `all` when one of the same test is taken out for each of `taken`. */
function less(all: readonly RecordedError[], taken: readonly RecordedError[]): RecordedError[] {
  const left = [...all];
  for (const error of taken) {
    const at = left.findIndex((other) => other.test === error.test);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
