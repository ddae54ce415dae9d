/** The string commands. */
import type { Family } from "../command.ts";
import { ALL, keyed, PAIRS, TWO } from "../declare.ts";
import { lcs } from "./lcs.ts";
import * as strings from "./strings.ts";

/** The string commands by name. */
export const stringCommands: Family = {
  set: keyed(-3, strings.set),
  setnx: keyed(3, strings.setnx),
  setex: keyed(4, strings.setex),
  psetex: keyed(4, strings.psetex),
  get: keyed(2, strings.get),
  getdel: keyed(2, strings.getdel),
  getex: keyed(-2, strings.getex),
  getset: keyed(3, strings.getset),
  mget: keyed(-2, strings.mget, ALL),
  mset: keyed(-3, strings.mset, PAIRS),
  msetnx: keyed(-3, strings.msetnx, PAIRS),
  append: keyed(3, strings.append),
  strlen: keyed(2, strings.strlen),
  getrange: keyed(4, strings.getrange),
  substr: keyed(4, strings.getrange),
  setrange: keyed(4, strings.setrange),
  incr: keyed(2, strings.incr),
  decr: keyed(2, strings.decr),
  incrby: keyed(3, strings.incrby),
  decrby: keyed(3, strings.decrby),
  incrbyfloat: keyed(3, strings.incrbyfloat),
  lcs: keyed(-3, lcs, TWO),
};
