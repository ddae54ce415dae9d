/** The commands on sets. */
import type { Family } from "../command.ts";
import { ALL, counted, keyed, TWO, takingMemory } from "../declare.ts";
import * as algebra from "./algebra.ts";
import { spop, srandmember } from "./chance.ts";
import * as sets from "./sets.ts";
import { sscan } from "./sscan.ts";

/** The commands on sets by name. */
export const setCommands: Family = {
  sadd: takingMemory(keyed(-3, sets.sadd)),
  srem: keyed(-3, sets.srem),
  sismember: keyed(3, sets.sismember),
  smismember: keyed(-3, sets.smismember),
  scard: keyed(2, sets.scard),
  smembers: keyed(2, sets.smembers),
  smove: keyed(4, sets.smove, TWO),
  spop: keyed(-2, spop),
  srandmember: keyed(-2, srandmember),
  sinter: keyed(-2, algebra.sinter, ALL),
  sintercard: counted(-3, algebra.sintercard, 1),
  sinterstore: takingMemory(keyed(-3, algebra.sinterstore, ALL)),
  sunion: keyed(-2, algebra.sunion, ALL),
  sunionstore: takingMemory(keyed(-3, algebra.sunionstore, ALL)),
  sdiff: keyed(-2, algebra.sdiff, ALL),
  sdiffstore: takingMemory(keyed(-3, algebra.sdiffstore, ALL)),
  sscan: keyed(-3, sscan),
};
