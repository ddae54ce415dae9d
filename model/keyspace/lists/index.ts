/** The list commands. */
import type { Family } from "../command.ts";
import { BUT_LAST, counted, keyed, TWO, takingMemory } from "../declare.ts";
import * as lists from "./lists.ts";
import { lpos } from "./lpos.ts";
import * as moves from "./moves.ts";

/** The list commands by name. */
export const listCommands: Family = {
  lpush: takingMemory(keyed(-3, lists.lpush)),
  rpush: takingMemory(keyed(-3, lists.rpush)),
  lpushx: takingMemory(keyed(-3, lists.lpushx)),
  rpushx: takingMemory(keyed(-3, lists.rpushx)),
  linsert: takingMemory(keyed(5, lists.linsert)),
  llen: keyed(2, lists.llen),
  lindex: keyed(3, lists.lindex),
  lset: takingMemory(keyed(4, lists.lset)),
  lrange: keyed(4, lists.lrange),
  ltrim: keyed(4, lists.ltrim),
  lrem: keyed(4, lists.lrem),
  lpos: keyed(-3, lpos),
  lpop: keyed(-2, moves.lpop),
  rpop: keyed(-2, moves.rpop),
  lmove: takingMemory(keyed(5, moves.lmove, TWO)),
  rpoplpush: takingMemory(keyed(3, moves.rpoplpush, TWO)),
  lmpop: counted(-4, moves.lmpop, 1),
  blpop: keyed(-3, moves.blpop, BUT_LAST),
  brpop: keyed(-3, moves.brpop, BUT_LAST),
  blmove: takingMemory(keyed(6, moves.blmove, TWO)),
  brpoplpush: takingMemory(keyed(4, moves.brpoplpush, TWO)),
  blmpop: counted(-5, moves.blmpop, 2),
};
