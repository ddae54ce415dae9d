/** Every command by name: how many arguments it takes, where its keys are, what it means. */
import { Result } from "effect";
import type { Call, Meaning, Outcome } from "./call.ts";
import * as client from "./client.ts";
import type { Command, Find } from "./command.ts";
import * as config from "./config.ts";
import * as connection from "./connection.ts";
import { debug } from "./debug.ts";
import { commandError } from "./errors.ts";
import * as expiry from "./expiry.ts";
import * as introspection from "./introspection.ts";
import * as keys from "./keys.ts";
import { lcs } from "./lcs.ts";
import * as object from "./object.ts";
import { error } from "./reply.ts";
import { scan } from "./scan.ts";
import * as server from "./server.ts";
import { forgetExpired } from "./state.ts";
import * as strings from "./strings.ts";
import { lower } from "./text.ts";
import * as transactions from "./transactions.ts";

const plain = (arity: number, meaning: Meaning): Command => ({ arity, meaning });

/** A command whose keys are the arguments from `first` to `last`, every `step`-th. */
const keyed = (
  arity: number,
  meaning: Meaning,
  [first, last, step]: readonly [number, number, number] = [1, 1, 1],
): Command => ({ arity, meaning, keys: { first, last, step } });

const immediate = (arity: number, meaning: Meaning): Command => ({
  arity,
  meaning,
  isImmediate: true,
});

/** A command with subcommands, HELP among them, that is never called without one. */
const container = (subcommands: Readonly<Record<string, Command>>): Command => ({
  arity: -2,
  meaning: () => {
    throw new Error("a container's arity demands a subcommand");
  },
  subcommands: { ...subcommands, help: plain(2, server.help) },
});

const ALL = [1, -1, 1] as const;
const PAIRS = [1, -1, 2] as const;
const TWO = [1, 2, 1] as const;
const THIRD = [2, 2, 1] as const;

const stringCommands: Readonly<Record<string, Command>> = {
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

const keyCommands: Readonly<Record<string, Command>> = {
  del: keyed(-2, keys.del, ALL),
  unlink: keyed(-2, keys.del, ALL),
  exists: keyed(-2, keys.exists, ALL),
  touch: keyed(-2, keys.exists, ALL),
  type: keyed(2, keys.type),
  rename: keyed(3, keys.rename, TWO),
  renamenx: keyed(3, keys.renamenx, TWO),
  copy: keyed(-3, keys.copy, TWO),
  move: keyed(3, keys.move),
  swapdb: plain(3, keys.swapdb),
  select: plain(2, keys.select),
  keys: plain(2, keys.keys),
  scan: plain(-2, scan),
  randomkey: plain(1, keys.randomkey),
  dbsize: plain(1, keys.dbsize),
  flushdb: plain(-1, keys.flushdb),
  flushall: plain(-1, keys.flushall),
  object: container({
    encoding: keyed(3, object.objectEncoding, THIRD),
    refcount: keyed(3, object.objectRefcount, THIRD),
    idletime: keyed(3, object.objectIdletime, THIRD),
    freq: keyed(3, object.objectFreq, THIRD),
  }),
  expire: keyed(-3, expiry.expire),
  pexpire: keyed(-3, expiry.pexpire),
  expireat: keyed(-3, expiry.expireat),
  pexpireat: keyed(-3, expiry.pexpireat),
  ttl: keyed(2, expiry.ttl),
  pttl: keyed(2, expiry.pttl),
  expiretime: keyed(2, expiry.expiretime),
  pexpiretime: keyed(2, expiry.pexpiretime),
  persist: keyed(2, expiry.persist),
};

const transactionCommands: Readonly<Record<string, Command>> = {
  multi: immediate(1, transactions.multi),
  exec: immediate(
    1,
    transactions.exec((call) => runQueued(call)),
  ),
  discard: immediate(1, transactions.discard),
  watch: { ...keyed(-2, transactions.watch, ALL), isImmediate: true },
  unwatch: plain(1, transactions.unwatch),
};

const connectionCommands: Readonly<Record<string, Command>> = {
  ping: plain(-1, connection.ping),
  echo: plain(2, connection.echo),
  hello: { ...plain(-1, connection.hello), isOpen: true },
  auth: { ...plain(-2, connection.auth), isOpen: true },
  quit: { ...immediate(-1, connection.quit), isOpen: true },
  reset: { ...immediate(1, connection.reset), isOpen: true },
  client: container({
    id: plain(2, client.id),
    info: plain(2, client.info),
    list: plain(-2, client.list),
    kill: plain(-3, client.kill),
    setname: plain(3, client.setname),
    getname: plain(2, client.getname),
    reply: plain(3, client.reply),
    "no-evict": plain(3, client.noEvict),
    pause: plain(-3, client.pause),
    unpause: plain(2, client.unpause),
    unblock: plain(-3, client.unblock),
  }),
};

const serverCommands: Readonly<Record<string, Command>> = {
  time: plain(1, server.time),
  lolwut: plain(-1, server.lolwut),
  wait: plain(3, server.wait),
  info: plain(-1, server.info),
  debug: { ...plain(-2, debug), isGuarded: true },
  command: {
    ...container({
      count: plain(2, introspection.commandCount),
      info: plain(-2, (call) => introspection.commandInfo(findCommand)(call)),
      docs: plain(-2, (call) => introspection.commandDocs(findCommand)(call)),
      list: plain(-2, introspection.commandList),
      getkeys: plain(-4, (call) => introspection.commandGetkeys(findCommand)(call)),
      getkeysandflags: plain(-4, (call) => introspection.commandGetkeysandflags(findCommand)(call)),
    }),
    ...plain(-1, introspection.command),
  },
  config: container({
    get: plain(-3, config.get),
    set: plain(-4, config.set),
    resetstat: plain(2, config.resetstat),
    rewrite: plain(2, config.rewrite),
  }),
  slowlog: container({
    get: plain(-2, server.slowlogGet),
    len: plain(2, server.counted),
    reset: plain(2, server.done),
  }),
  latency: container({
    latest: plain(2, server.latencyLatest),
    history: plain(3, server.latencyHistory),
    graph: plain(3, server.latencyGraph),
    doctor: plain(2, server.report),
    reset: plain(-2, server.counted),
    histogram: plain(-2, server.latencyHistogram),
  }),
  memory: container({
    usage: keyed(-3, server.memoryUsage, THIRD),
    stats: plain(2, server.memoryStats),
    doctor: plain(2, server.report),
    "malloc-stats": plain(2, server.report),
    purge: plain(2, server.done),
  }),
  function: container({ flush: plain(-2, server.functionFlush) }),
  script: container({ flush: plain(-2, server.scriptFlush) }),
};

/** Every command that the model knows. */
export const commands: Readonly<Record<string, Command>> = {
  ...stringCommands,
  ...keyCommands,
  ...transactionCommands,
  ...connectionCommands,
  ...serverCommands,
};

const own = (record: Readonly<Record<string, Command>>, name: string): Command | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** The command that the arguments name; its own name has the subcommand after a bar. */
export const findCommand: Find = ([given = "", subcommand, ...rest]) => {
  const name = lower(given);
  const command = own(commands, name);
  if (command === undefined) {
    const args = subcommand === undefined ? rest : [subcommand, ...rest];
    return { _tag: "Missing", error: commandError("UnknownCommand", given, args) };
  }
  if (command.subcommands === undefined || subcommand === undefined)
    return { _tag: "Found", name, command };
  const inner = own(command.subcommands, lower(subcommand));
  if (inner === undefined)
    return { _tag: "Missing", error: commandError("UnknownSubcommand", given, subcommand) };
  return { _tag: "Found", name: `${name}|${lower(subcommand)}`, command: inner };
};

/** Runs a command whose name and arity have been checked. An error changes nothing. */
export const runCommand = (call: Call, meaning: Meaning): Outcome => {
  const result = meaning(call);
  if (Result.isSuccess(result)) return result.success;
  return { state: call.state, reply: error(result.failure.text) };
};

/** Runs a command of a transaction; the one before it may have set a key whose time is past. */
const runQueued = (call: Call): Outcome => {
  const found = findCommand(call.args);
  if (found._tag === "Missing") throw new Error("only known commands are queued");
  const state = forgetExpired(call.state, call.nowMs);
  return runCommand(
    { ...call, state, command: found.name, insideExec: true },
    found.command.meaning,
  );
};
