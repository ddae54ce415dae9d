/** A journal that keeps what it is given. */
import type { Journal } from "../impl/ports/journal.ts";
import { latin1 } from "../impl/resp/request.ts";
import { requestsOf } from "./wire/request.ts";

/** Keeps the effects until they are taken. */
export class RecordingJournal implements Journal {
  readonly enabled = true;
  readonly #appended: string[] = [];

  append(bytes: Uint8Array, start: number, length: number): void {
    this.#appended.push(latin1(bytes, start, length));
  }

  settle(): void {}

  /** What was appended since the last call: RESP commands, one text per append. */
  take(): readonly string[] {
    return this.#appended.splice(0);
  }

  /** The same as one line for each command. */
  takeLines(): string[] {
    return this.take().flatMap((text) =>
      requestsOf(text).map((words) => words.map(readable).join(" ")),
    );
  }
}

/** A word as it is; quoted when a reader could not tell where it ends. */
function readable(word: string): string {
  return /^[!-~]+$/.test(word) ? word : JSON.stringify(word);
}
