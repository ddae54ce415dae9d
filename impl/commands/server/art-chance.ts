import type { Random } from "../../ports/random.ts";

/** Chance that is the same each time for the same seed, an unsigned 32-bit integer. */
export function chanceFrom(seed: number): Random {
  let state = seed | 0;
  return {
    nextU32() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (mixed ^ (mixed >>> 14)) >>> 0;
    },
  };
}

/** A number from 0 up to but not including 1. */
export function fraction(chance: Random): number {
  return chance.nextU32() / 2 ** 32;
}
