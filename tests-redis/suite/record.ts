import { readFile, writeFile } from "node:fs/promises";
import type { Causes } from "./causes.ts";
import type { FileRun, Mode } from "./suite-file.ts";

/** One failing test in the record, with its cause. */
export interface RecordedError {
  readonly test: string;
  /** The declared cause; for an error without one, `UNEXPLAINED` and what the suite said. */
  readonly cause: string;
}

/** What is recorded of one suite file: how far Veridis gets, beside what Redis itself reaches. */
export interface FileRecord {
  /** Tests that Redis 7.0.15 itself passes. */
  readonly redis: number;
  /** Tests that Veridis passes. */
  readonly ok: number;
  /** Tests and blocks of tests that need a server of the suite's own. */
  readonly ignored: number;
  readonly errors: readonly RecordedError[];
  /** Why the suite file ends before its last test, when it does. */
  readonly aborted?: string;
}

/** The record of all suite files, in the suite's order. */
export interface SuiteRecord {
  readonly redisVersion: string;
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** The records of both modes. */
export type Records = Readonly<Record<Mode, SuiteRecord>>;

/** Begins the cause of an error that no rule explains. */
export const UNEXPLAINED = "unexplained";

const MESSAGE_LIMIT_CHARS = 160;

/** What a run of a suite file would be recorded as. */
export function recordOf(run: FileRun, redis: number, causes: Causes): FileRecord {
  const leftOut = run.skipped.map((test) => ({ test, message: "not run" }));
  const errors = [...run.errors, ...leftOut].map((error) => ({
    test: error.test,
    cause:
      causes.explain(run, error) ??
      `${UNEXPLAINED}: ${steady(error.message).slice(0, MESSAGE_LIMIT_CHARS)}`,
  }));
  const kept = { redis, ok: run.passed.length, ignored: run.ignored, errors };
  return run.aborted === undefined ? kept : { ...kept, aborted: steady(run.aborted) };
}

/** An error's text without the parts that differ from run to run: ports, PIDs, channels, times. */
function steady(message: string): string {
  return message
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/\bsock[0-9a-f]+\b/g, "SOCKET")
    .replace(/\(context: .*$/s, "")
    .trim();
}

/** Reads the record from `path`. */
export async function readRecord(path: string): Promise<SuiteRecord> {
  return JSON.parse(await readFile(path, "utf8")) as SuiteRecord;
}

/** Writes the record to `path`, formatted so that a change shows in a diff as itself. */
export async function writeRecord(path: string, record: SuiteRecord): Promise<void> {
  await writeFile(path, `${JSON.stringify(record, null, 2)}\n`);
}
