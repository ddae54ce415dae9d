import { assert, CHECKED } from "../assert.ts";
import type { Request } from "../resp/request.ts";
import { latin1 } from "../resp/request.ts";

/** One slow command. Texts have one character per byte. */
export interface SlowLogEntry {
  readonly id: number;
  /** When it ran, in seconds since the epoch. */
  readonly atSeconds: number;
  readonly durationUs: number;
  readonly args: readonly string[];
  readonly address: string;
  readonly clientName: string;
}

/** More arguments than this are summed up in one line. */
const ARGUMENTS_MAX = 32;
/** A longer argument is cut and its rest counted. */
const ARGUMENT_LENGTH_MAX = 128;

/** The slow log: the commands that took longer than a threshold, newest first. */
export class SlowLog {
  readonly #entries: SlowLogEntry[] = [];
  #nextId = 0;

  /** Number of entries. */
  get length(): number {
    return this.#entries.length;
  }

  /** The newest `count` entries, newest first. */
  newest(count: number): readonly SlowLogEntry[] {
    if (CHECKED) assert(count >= 0, "a number of entries");
    return this.#entries.slice(0, count);
  }

  /**
   * Adds an entry and drops the oldest ones beyond `maxLength`.
   *
   * @param redacted positions of arguments that must not be shown
   */
  record(
    request: Request,
    redacted: readonly number[],
    atSeconds: number,
    durationUs: number,
    address: string,
    clientName: string,
    maxLength: number,
  ): void {
    if (CHECKED) {
      assert(Number.isSafeInteger(durationUs) && durationUs >= 0, "a duration is whole");
      for (const i of redacted)
        assert(i > 0 && i < request.argc, "an argument is hidden that is none");
    }
    const args = trimmedArguments(request, redacted);
    this.#entries.unshift({
      id: this.#nextId++,
      atSeconds,
      durationUs,
      args,
      address,
      clientName,
    });
    if (this.#entries.length > maxLength) this.#entries.length = Math.max(0, maxLength);
  }

  /** Forgets every entry; ids go on. */
  reset(): void {
    this.#entries.length = 0;
  }

  /** Asserts that the entries are the newest ones, in order, and as short as they must be. */
  verifyInvariants(): void {
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const { id, args } = entries[i]!;
      assert(id === this.#nextId - 1 - i, "the ids of the slow log have no gap");
      assert(args.length > 0 && args.length <= ARGUMENTS_MAX, "an entry shows some arguments");
    }
  }
}

function trimmedArguments(request: Request, redacted: readonly number[]): string[] {
  const kept = Math.min(request.argc, ARGUMENTS_MAX);
  const args: string[] = [];
  for (let i = 0; i < kept; i++) {
    if (kept !== request.argc && i === kept - 1) {
      args.push(`... (${request.argc - kept + 1} more arguments)`);
      break;
    }
    if (redacted.includes(i)) {
      args.push("(redacted)");
      continue;
    }
    const length = request.lengths[i]!;
    const shown = latin1(request.bytes, request.offsets[i]!, Math.min(length, ARGUMENT_LENGTH_MAX));
    const more = length - ARGUMENT_LENGTH_MAX;
    args.push(more > 0 ? `${shown}... (${more} more bytes)` : shown);
  }
  return args;
}
