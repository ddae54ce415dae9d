import { type FileRecord, type RecordedError, UNEXPLAINED } from "./record.ts";

/** The suite files in which every error must have a declared cause and every test must be reached. */
export const COMPLETE_FILES: readonly string[] = [
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
export function judge(file: string, found: FileRecord, recorded: FileRecord): Verdict {
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
  if (COMPLETE_FILES.includes(file)) regressions.push(...incompleteness(found, recorded));
  return { regressions, unrecorded };
}

/** What keeps a suite file from being complete, beyond what is said of it already. */
function incompleteness(found: FileRecord, recorded: FileRecord): string[] {
  const news = less(found.errors, recorded.errors);
  const faults = found.errors
    .filter((error) => error.cause.startsWith(UNEXPLAINED) && !news.includes(error))
    .map((error) => `fails: ${error.test} (${error.cause})`);
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
