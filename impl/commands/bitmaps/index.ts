import type { Command } from "../../session/command.ts";
import { BITFIELD, BITFIELD_RO } from "./bitfield.ts";
import { BITOP } from "./operations.ts";
import { BITCOUNT, BITPOS } from "./ranges.ts";
import { GETBIT, SETBIT } from "./single.ts";

/** Bits and integers in strings: https://redis.io/docs/latest/develop/data-types/bitmaps/ */
export const bitmaps: readonly Command[] = [
  BITCOUNT,
  BITFIELD,
  BITFIELD_RO,
  BITOP,
  BITPOS,
  GETBIT,
  SETBIT,
];
