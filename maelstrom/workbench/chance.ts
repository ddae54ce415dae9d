/** Draws of the workbench, from one seed. */
import { seededRandom } from "../../testing/random.ts";

const TWO_TO_32 = 2 ** 32;

/** A stream of draws. */
export class Chance {
  readonly #random: ReturnType<typeof seededRandom>;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // The first draws of neighbouring seeds are alike.
    for (let i = 0; i < 8; i += 1) this.#random.nextU32();
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.#random.nextU32() / TWO_TO_32;
  }

  /** Whether something of this probability happens. */
  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** An integer from 0 up to but not including `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A delay with this mean, most of them short. */
  exponentialMs(meanMs: number): number {
    return -Math.log(1 - this.fraction()) * meanMs;
  }
}
