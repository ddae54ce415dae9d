/**
 * Looks for the smallest list of choices that still breaks the same guarantee.
 *
 * Choices are plain numbers of which zero is the plainest, so that a list is simpler when it is
 * shorter, or as long and smaller. Parts of a run are left out first, then single choices are
 * lowered (the method of Hypothesis' internal reduction: MacIver and Donaldson, ECOOP 2020).
 */
import type { Span } from "./choices.ts";

/** What a run of a list of choices has shown. */
export interface Trial {
  /** Whether it breaks the guarantee. */
  readonly fails: boolean;
  /** The choices that were really made. */
  readonly made: readonly number[];
  /** The parts of the run. */
  readonly spans: readonly Span[];
}

/** The outcome of shrinking. */
export interface Shrunk {
  readonly choices: readonly number[];
  /** How many runs it took. */
  readonly runs: number;
}

const CHUNKS = [256, 64, 16, 8, 4, 2, 1];

/**
 * Shrinks.
 *
 * @param run runs a list; must be deterministic
 * @param mostRuns when to give up looking for a smaller one
 */
export function shrink(
  failing: readonly number[],
  run: (choices: readonly number[]) => Trial,
  mostRuns: number,
): Shrunk {
  return new Shrinker(failing, run, mostRuns).shrink();
}

class Shrinker {
  #best: readonly number[];
  #spans: readonly Span[] = [];
  #runs = 0;
  readonly #run: (choices: readonly number[]) => Trial;
  readonly #mostRuns: number;

  constructor(
    failing: readonly number[],
    run: (choices: readonly number[]) => Trial,
    mostRuns: number,
  ) {
    this.#best = failing;
    this.#run = run;
    this.#mostRuns = mostRuns;
  }

  shrink(): Shrunk {
    this.#try(this.#best, true);
    for (let before: readonly number[] | null = null; before !== this.#best; ) {
      before = this.#best;
      this.#cutEnd();
      this.#leaveOutSpans();
      for (const size of CHUNKS) this.#leaveOutChunks(size);
      this.#lower();
      if (this.#isOver) break;
    }
    return { choices: this.#best, runs: this.#runs };
  }

  get #isOver(): boolean {
    return this.#runs >= this.#mostRuns;
  }

  /** Keeps a candidate that fails and is simpler. */
  #try(candidate: readonly number[], isFirst = false): boolean {
    if (this.#isOver && !isFirst) return false;
    this.#runs++;
    const { fails, made, spans } = this.#run(candidate);
    if (!fails) return false;
    const actual = withoutTrailingZeros(made);
    if (!isFirst && !isSimpler(actual, this.#best)) return false;
    this.#best = actual;
    this.#spans = spans;
    return true;
  }

  #cutEnd(): void {
    for (let length = this.#best.length >> 1; length > 0 && !this.#isOver; ) {
      if (this.#try(this.#best.slice(0, length))) length = this.#best.length >> 1;
      else length += Math.ceil((this.#best.length - length) / 2) || 1;
      if (length >= this.#best.length) return;
    }
  }

  /** Leaves out runs of consecutive parts: half of all parts, a quarter, … and single ones. */
  #leaveOutSpans(): void {
    for (let size = this.#spans.length >> 1; size >= 1; size >>= 1) {
      for (let at = this.#spans.length - size; at >= 0 && !this.#isOver; at -= size) {
        // A success makes later parts move; those before stay where they are.
        const first = this.#spans[at];
        const last = this.#spans[Math.min(at + size, this.#spans.length) - 1];
        if (first === undefined || last === undefined) continue;
        this.#try(without(this.#best, first.start, last.end));
      }
    }
  }

  #leaveOutChunks(size: number): void {
    for (let at = this.#best.length - size; at >= 0 && !this.#isOver; at -= size) {
      if (at + size > this.#best.length) continue;
      if (this.#try(without(this.#best, at, at + size))) continue;
      const zeroed = [...this.#best];
      zeroed.fill(0, at, at + size);
      if (zeroed.some((choice, i) => choice !== this.#best[i])) this.#try(zeroed);
    }
  }

  /** Makes single choices smaller. */
  #lower(): void {
    for (let at = 0; at < this.#best.length && !this.#isOver; at++) {
      for (let low = 0; low < (this.#best[at] ?? 0) && !this.#isOver; ) {
        const middle = (low + this.#best[at]!) >> 1;
        if (!this.#try(this.#best.with(at, middle))) low = middle + 1;
      }
    }
  }
}

function without(list: readonly number[], start: number, end: number): readonly number[] {
  return [...list.slice(0, start), ...list.slice(end)];
}

function withoutTrailingZeros(list: readonly number[]): readonly number[] {
  let end = list.length;
  while (end > 0 && list[end - 1] === 0) end--;
  return list.slice(0, end);
}

function isSimpler(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  for (const [i, choice] of a.entries()) {
    if (choice !== b[i]) return choice < b[i]!;
  }
  return false;
}
