/**
 * The one source of chance in a run.
 *
 * Every decision of the simulator is a number drawn here and kept in a list; a run is its seed, or
 * that list. Zero is always the plainest outcome (no fault, no delay, nothing more to do), and a
 * list that has run out goes on with zeros: so a shorter or smaller list is a simpler run, which
 * is what `shrink.ts` looks for.
 */
import assert from "node:assert/strict";
import { sfc32 } from "../testing/random.ts";

/** Where one part of a run stands in the list of choices. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Chances are drawn in parts of this. */
const CHANCE_PARTS = 10_000;

/** Draws choices and remembers them. */
export class Choices {
  readonly #next: (bound: number) => number;
  readonly #made: number[] = [];
  readonly #spans: Span[] = [];

  private constructor(next: (bound: number) => number) {
    this.#next = next;
  }

  /** Choices by chance, the same for the same seed. */
  static seeded(seed: number): Choices {
    const random = sfc32(seed);
    return new Choices((bound) => Math.floor((random() / 2 ** 32) * bound));
  }

  /** Choices that were made before; zeros when there are no more. */
  static replay(list: readonly number[]): Choices {
    let at = 0;
    return new Choices((bound) => (list[at++] ?? 0) % bound);
  }

  /** What has been chosen so far. */
  get made(): readonly number[] {
    return this.#made;
  }

  /** Parts that can be left out of the list as a whole. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** An integer from 0 up to but not including `bound`. */
  below(bound: number): number {
    assert.ok(Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32, `bound ${bound}`);
    if (bound === 1) return 0;
    const chosen = this.#next(bound);
    this.#made.push(chosen);
    return chosen;
  }

  /** An integer between two bounds, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with a probability; no choice is made about what is impossible. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return this.below(CHANCE_PARTS) >= CHANCE_PARTS - Math.round(probability * CHANCE_PARTS);
  }

  /** One of the options; the first is the plainest. */
  of<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }

  /** One of the options by weight; the first is the plainest. */
  weighted<T>(options: readonly (readonly [weight: number, option: T])[]): T {
    const total = options.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.below(total);
    for (const [weight, option] of options) {
      if (left < weight) return option;
      left -= weight;
    }
    throw new RangeError("weights do not add up");
  }

  /** A number of microseconds up to `most`, short ones as likely as long ones. */
  upToUs(most: number): number {
    if (most <= 0) return 0;
    const magnitude = this.below(Math.ceil(Math.log2(most + 1)) + 1);
    return Math.min(
      most,
      magnitude === 0 ? 0 : 2 ** (magnitude - 1) + this.below(2 ** (magnitude - 1)),
    );
  }

  /** Marks the choices that `part` makes as one part of the run. */
  span<T>(part: () => T): T {
    const start = this.#made.length;
    const result = part();
    if (this.#made.length > start) this.#spans.push({ start, end: this.#made.length });
    return result;
  }
}
