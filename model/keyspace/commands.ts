/** Every command by name: how many arguments it takes, and what it means. */
import type { Meaning } from "./call.ts";
import * as connection from "./connection.ts";
import * as expiry from "./expiry.ts";
import * as keys from "./keys.ts";
import { lcs } from "./lcs.ts";
import * as object from "./object.ts";
import { scan } from "./scan.ts";
import * as strings from "./strings.ts";
import * as transactions from "./transactions.ts";

/** A command or a subcommand. */
export interface Command {
  /** How many arguments, the name included; negative: at least that many. */
  readonly arity: number;
  readonly meaning: Meaning;
  /** Allowed before authentication. */
  readonly open?: true;
  /** Runs at once inside a transaction instead of waiting for EXEC. */
  readonly immediate?: true;
  readonly subcommands?: Readonly<Record<string, Command>>;
}

const command = (arity: number, meaning: Meaning): Command => ({ arity, meaning });
const immediate = (arity: number, meaning: Meaning): Command => ({
  arity,
  meaning,
  immediate: true,
});

/** A container that is never called without a subcommand. */
const container = (subcommands: Readonly<Record<string, Command>>): Command => ({
  arity: -2,
  meaning: () => {
    throw new Error("a container's own arity demands a subcommand");
  },
  subcommands,
});

/** The commands but EXEC, which needs them all. */
export const commands: Readonly<Record<string, Command>> = {
  set: command(-3, strings.set),
  setnx: command(3, strings.setnx),
  setex: command(4, strings.setex),
  psetex: command(4, strings.psetex),
  get: command(2, strings.get),
  getdel: command(2, strings.getdel),
  getex: command(-2, strings.getex),
  getset: command(3, strings.getset),
  mget: command(-2, strings.mget),
  mset: command(-3, strings.mset),
  msetnx: command(-3, strings.msetnx),
  append: command(3, strings.append),
  strlen: command(2, strings.strlen),
  getrange: command(4, strings.getrange),
  substr: command(4, strings.getrange),
  setrange: command(4, strings.setrange),
  incr: command(2, strings.incr),
  decr: command(2, strings.decr),
  incrby: command(3, strings.incrby),
  decrby: command(3, strings.decrby),
  incrbyfloat: command(3, strings.incrbyfloat),
  lcs: command(-3, lcs),

  del: command(-2, keys.del),
  unlink: command(-2, keys.del),
  exists: command(-2, keys.exists),
  touch: command(-2, keys.exists),
  type: command(2, keys.type),
  rename: command(3, keys.rename),
  renamenx: command(3, keys.renamenx),
  copy: command(-3, keys.copy),
  move: command(3, keys.move),
  swapdb: command(3, keys.swapdb),
  select: command(2, keys.select),
  keys: command(2, keys.keys),
  scan: command(-2, scan),
  randomkey: command(1, keys.randomkey),
  dbsize: command(1, keys.dbsize),
  flushdb: command(-1, keys.flushdb),
  flushall: command(-1, keys.flushall),
  object: container({
    encoding: command(3, object.objectEncoding),
    refcount: command(3, object.objectRefcount),
    idletime: command(3, object.objectIdletime),
    freq: command(3, object.objectFreq),
  }),

  expire: command(-3, expiry.expire),
  pexpire: command(-3, expiry.pexpire),
  expireat: command(-3, expiry.expireat),
  pexpireat: command(-3, expiry.pexpireat),
  ttl: command(2, expiry.ttl),
  pttl: command(2, expiry.pttl),
  expiretime: command(2, expiry.expiretime),
  pexpiretime: command(2, expiry.pexpiretime),
  persist: command(2, expiry.persist),

  multi: immediate(1, transactions.multi),
  discard: immediate(1, transactions.discard),
  watch: immediate(-2, transactions.watch),
  unwatch: command(1, transactions.unwatch),

  ping: command(-1, connection.ping),
  echo: command(2, connection.echo),
};
