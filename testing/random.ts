/** Chance that is the same in every run. */
import type { Random } from "../impl/ports/random.ts";

/** The randomness port over a seed: the same draws for the same seed. */
export function seededRandom(seed: number): Random {
  return { nextU32: sfc32(seed) };
}

/**
 * A small fast generator of 32-bit integers (sfc32 by Chris Doty-Humphrey, seeded by counting).
 *
 * Source: https://pracrand.sourceforge.net/
 */
export function sfc32(seed: number): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
