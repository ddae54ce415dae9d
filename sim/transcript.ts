/**
 * What happened in a run: a hash after every step, by which two runs of one seed are compared, and
 * when a person is going to read it, every event and message.
 */

/** Who or what an event happens to: `client 1`, `server`, `disk`. */
export type Lane = string;

/** What an event is, which decides how it is drawn. */
export type EventKind =
  | "request"
  | "reply"
  | "disk"
  | "sync"
  | "process"
  | "fault"
  | "check"
  | "client";

/** One event. */
export interface Entry {
  readonly atUs: number;
  readonly step: number;
  readonly lane: Lane;
  readonly kind: EventKind;
  readonly text: string;
}

/** Bytes on their way from one lane to another. */
export interface Message {
  readonly from: Lane;
  readonly to: Lane;
  readonly sentUs: number;
  readonly arrivedUs: number;
  readonly text: string;
}

/** Which step of which run differs, and what each of the two did there. */
export interface Difference {
  readonly step: number;
  readonly first: string;
  readonly second: string;
}

/** Takes down a run. */
export class Transcript {
  /** Whether events are kept, and not only hashed. */
  readonly keeps: boolean;
  readonly entries: Entry[] = [];
  readonly messages: Message[] = [];
  /** The hash of everything up to the end of each step. */
  readonly hashes: number[] = [];
  /** What each step was. */
  readonly steps: string[] = [];
  readonly #nowUs: () => number;
  #hash = 0x811c9dc5;

  /** @param nowUs the virtual time */
  constructor(nowUs: () => number, keeps: boolean) {
    this.#nowUs = nowUs;
    this.keeps = keeps;
  }

  /** Adds a number to the hash. */
  number(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
    this.#hash ^= this.#hash >>> 15;
  }

  /** Adds bytes to the hash. */
  bytes(bytes: Uint8Array, start: number, end: number): void {
    let hash = this.#hash;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    this.#hash = hash ^ (hash >>> 15);
  }

  /** An event; its text is made only when somebody will read it. */
  note(lane: Lane, kind: EventKind, text: () => string): void {
    if (!this.keeps) return;
    const step = this.hashes.length;
    this.entries.push({ atUs: this.#nowUs(), step, lane, kind, text: text() });
  }

  /** Bytes have arrived that were sent at `sentUs`. */
  message(from: Lane, to: Lane, sentUs: number, text: () => string): void {
    if (!this.keeps) return;
    this.messages.push({ from, to, sentUs, arrivedUs: this.#nowUs(), text: text() });
  }

  /** Ends a step. */
  endStep(what: string): void {
    this.number(this.#nowUs());
    this.hashes.push(this.#hash);
    this.steps.push(what);
  }
}

/** The first step in which two transcripts of one seed differ; null when they are the same. */
export function firstDifference(first: Transcript, second: Transcript): Difference | null {
  const most = Math.max(first.hashes.length, second.hashes.length);
  for (let step = 0; step < most; step++) {
    if (first.hashes[step] === second.hashes[step] && first.steps[step] === second.steps[step]) {
      continue;
    }
    return { step, first: describe(first, step), second: describe(second, step) };
  }
  return null;
}

function describe(transcript: Transcript, step: number): string {
  const what = transcript.steps[step];
  if (what === undefined) return "had ended";
  return `${what} (hash ${(transcript.hashes[step]! >>> 0).toString(16)})`;
}
