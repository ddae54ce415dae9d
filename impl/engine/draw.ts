import { assert, CHECKED } from "../assert.ts";
import type { Random } from "../ports/random.ts";

/** A uniform integer in `[0, bound)`, `bound` from 1 to 2^31, by rejection. */
export function drawBelow(random: Random, bound: number): number {
  if (CHECKED) assert(bound >= 1 && bound <= 2 ** 31, "bound of a draw");
  if (bound === 1) return 0;
  const mask = 0xffffffff >>> Math.clz32(bound - 1);
  for (;;) {
    const drawn = (random.nextU32() & mask) >>> 0;
    if (drawn < bound) return drawn;
  }
}
