/** Bugs in the commands on the bits of strings. */
import { oracle, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

/** The mutants of bitmaps. */
export const bitMutants: readonly Mutant[] = [
  {
    name: "bitcount-loses-a-carry",
    room: "commands",
    find: "const foursB = (halfTwos & twosC) | (twosCd & twosD);",
    replace: "const foursB = (halfTwos & twosC) ^ (twosCd & twosC);",
    breaks: "BITCOUNT counts too few ones in long strings",
    checks: [unit("impl/commands/bitmaps/bits.test.ts")],
  },
  {
    name: "bitpos-past-the-range",
    room: "commands",
    find: "const end = Math.min(8, to - (from - first));",
    replace: "const end = 8;",
    breaks: "BITPOS and BITCOUNT see the bits behind a range that ends within a byte",
    checks: [unit("impl/commands/bitmaps/bits.test.ts"), refine(8000, 1, "bitmaps,strings")],
  },
  {
    name: "bitfield-far-value-saturates-low",
    room: "commands",
    find: "return sum > max || isFar ? max : min;",
    replace: "return sum > max ? max : min;",
    breaks: "BITFIELD OVERFLOW SAT SET of the smallest 64-bit integer is not Redis'",
    checks: [unit("impl/commands/bitmaps/fields.test.ts")],
  },
  {
    name: "bitfield-growth-without-effect",
    room: "commands",
    find: "  else if (grows) call.changedUnseen();\n",
    replace: "",
    breaks: "a string that BITFIELD OVERFLOW FAIL has lengthened is short again after a restart",
    checks: [unit("impl/commands/bitmaps/bitmaps.test.ts"), refine(8000, 1, "bitmaps,strings")],
  },
  {
    name: "setbit-of-the-same-bit-changes",
    room: "commands",
    find: "if (grows || old !== bit) call.changed(1, BITMAP_EVENT.setbit);",
    replace: "call.changed(1, BITMAP_EVENT.setbit);",
    breaks: "SETBIT of a bit that is so already makes watching transactions fail",
    checks: [unit("impl/commands/bitmaps/bitmaps.test.ts")],
  },
  {
    name: "zeros-without-memory-leave-a-key",
    room: "commands",
    find: "    keyspace.remove(made);\n    throw error;\n",
    replace: "    throw error;\n",
    breaks: "SETBIT and SETRANGE of a new key that find no memory leave an empty string",
    checks: [unit("impl/commands/bitmaps/bitmaps.test.ts")],
  },
  {
    name: "model-bitpos-zero-behind-end",
    room: "model",
    find: "const isBehind = bit === 0n && end === undefined && from < to;",
    replace: "const isBehind = bit === 0n && from < to;",
    breaks: "the model's BITPOS finds a zero behind a given end",
    checks: [oracle(4000, 1, "bitmaps,strings")],
    onlyInFull: true,
  },
];
