/** The string commands. */
import type { Family } from "../command.ts";
import { ALL, keyed, PAIRS, TWO, takingMemory } from "../declare.ts";
import { lcs } from "./lcs.ts";
import * as strings from "./strings.ts";

/** The string commands by name. */
export const stringCommands: Family = {
  set: takingMemory(keyed(-3, strings.set)),
  setnx: takingMemory(keyed(3, strings.setnx)),
  setex: takingMemory(keyed(4, strings.setex)),
  psetex: takingMemory(keyed(4, strings.psetex)),
  get: keyed(2, strings.get),
  getdel: keyed(2, strings.getdel),
  getex: keyed(-2, strings.getex),
  getset: takingMemory(keyed(3, strings.getset)),
  mget: keyed(-2, strings.mget, ALL),
  mset: takingMemory(keyed(-3, strings.mset, PAIRS)),
  msetnx: takingMemory(keyed(-3, strings.msetnx, PAIRS)),
  append: takingMemory(keyed(3, strings.append)),
  strlen: keyed(2, strings.strlen),
  getrange: keyed(4, strings.getrange),
  substr: keyed(4, strings.getrange),
  setrange: takingMemory(keyed(4, strings.setrange)),
  incr: takingMemory(keyed(2, strings.incr)),
  decr: takingMemory(keyed(2, strings.decr)),
  incrby: takingMemory(keyed(3, strings.incrby)),
  decrby: takingMemory(keyed(3, strings.decrby)),
  incrbyfloat: takingMemory(keyed(3, strings.incrbyfloat)),
  lcs: keyed(-3, lcs, TWO),
};
