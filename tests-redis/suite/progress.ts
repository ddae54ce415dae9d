import { nameOf, type Place } from "./causes.ts";
import type { FileRecord } from "./record.ts";
import type { FileRun } from "./suite-file.ts";

/**
 * Shows how far a run of many suite files is: a line for each suite file that has ended and, on a terminal, a
 * line that changes while one runs.
 */
export class Progress {
  readonly #total: number;
  readonly #live = process.stdout.isTTY;
  #ended = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** What to call while a suite file runs, with the number of its tests that have finished. */
  during(place: Place): (finished: number) => void {
    return (finished) => {
      if (this.#live)
        process.stdout.write(`\r\x1b[K${this.#count()} ${nameOf(place)} ${finished} tests`);
    };
  }

  /** A suite file has ended for good. */
  ended(run: FileRun, recorded: FileRecord, remark: string): void {
    this.#ended++;
    this.line(run, recorded, remark);
  }

  /** One line for a run of a suite file. */
  line(run: FileRun, recorded: FileRecord, remark: string): void {
    const counts = [
      `${run.passed.length}/${recorded.redis} ok`.padStart(10),
      `${run.errors.length} err`.padStart(7),
      `${run.ignored} ignored`.padStart(10),
      `${(run.durationMs / 1000).toFixed(1)} s`.padStart(8),
    ];
    const early = run.aborted === undefined ? "" : "ended early";
    const words = [this.#count(), nameOf(run).padEnd(44), ...counts, early, remark];
    process.stdout.write(`${this.#live ? "\r\x1b[K" : ""}${words.join(" ").trimEnd()}\n`);
  }

  #count(): string {
    return `[${String(this.#ended).padStart(String(this.#total).length)}/${this.#total}]`;
  }
}
