/** The bitmap commands. */
import type { Family } from "../command.ts";
import { keyed, takingMemory } from "../declare.ts";
import { bitfield } from "./bitfield.ts";
import * as bitmaps from "./bitmaps.ts";

/** The bitmap commands by name. */
export const bitmapCommands: Family = {
  setbit: takingMemory(keyed(4, bitmaps.setbit)),
  getbit: keyed(3, bitmaps.getbit),
  bitcount: keyed(-2, bitmaps.bitcount),
  bitpos: keyed(-3, bitmaps.bitpos),
  bitop: takingMemory(keyed(-4, bitmaps.bitop, [2, -1, 1])),
  bitfield: takingMemory(keyed(-2, bitfield)),
  bitfield_ro: keyed(-2, bitfield),
};
