import { randomFillSync } from "node:crypto";
import type { Random } from "../random.ts";

const pool = new Uint32Array(1024);
let next = pool.length;

/** The operating system's random numbers, drawn in blocks. */
export const systemRandom: Random = {
  nextU32(): number {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    return pool[next++]!;
  },
};
