/** What clients ask for: commands over keys of which few are popular. */
import fc from "fast-check";
import { CALL_ALL, type ListScript, TRY_ALL } from "../model/keyspace/scripting/list-scripts.ts";
import { commandTable } from "../refinement/generators/commands.ts";
import { drawsWaits } from "../refinement/waiting.ts";
import type { Choices } from "./choices.ts";

/** A command, name first; one character per byte. */
export type Command = readonly string[];

/** What the clients of a run may do. */
export const PROFILES = [
  "strings",
  "caching",
  "transactions",
  "scripts",
  "everything",
  "specified",
  "waiting",
  "waits",
] as const;

/** What a run's clients do, which decides what their history is judged by. */
export type Profile = (typeof PROFILES)[number];

/** Keys that the judged clients share. */
export const KEYS: readonly string[] = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** Keys of the client that lets everything expire, which no judged client touches. */
const MORTAL_KEYS = ["x1", "x2", "x3", "x4"];

/** A key, the n-th with probability proportional to 1/n (Zipf, skew 1.0). */
export function zipfian(choices: Choices, keys: readonly string[] = KEYS): string {
  const weights = keys.map((_, rank): [number, string] => [
    Math.round(1000 / (rank + 1)),
    keys[rank]!,
  ]);
  return choices.weighted(weights);
}

/** Makes values that occur once in a run. */
export class Values {
  #made = 0;

  next(): string {
    return `v${++this.#made}`;
  }
}

/** A command on one key whose meaning the checker of linearizability knows. */
export function stringCommand(choices: Choices, values: Values): Command {
  const key = zipfian(choices);
  const make = choices.weighted<() => Command>([
    [12, () => ["GET", key]],
    [10, () => ["SET", key, values.next()]],
    [2, () => ["INCR", key]],
    [2, () => ["INCRBY", key, String(choices.between(-5, 5))]],
    [2, () => ["APPEND", key, choices.of(["x", "1", "yz"])]],
    [2, () => ["DEL", key]],
    [1, () => ["SETNX", key, values.next()]],
    [1, () => ["GETSET", key, values.next()]],
    [1, () => ["GETDEL", key]],
    [1, () => ["EXISTS", key]],
    [1, () => ["STRLEN", key]],
    [1, () => ["GETRANGE", key, "0", String(choices.below(4))]],
    [1, () => ["SETRANGE", key, String(choices.below(4)), choices.of(["ab", "c"])]],
    [1, () => ["SET", key, String(choices.below(10))]],
  ]);
  return make();
}

/** A command for a transaction: over one key or several. */
export function groupedCommand(choices: Choices, values: Values): Command {
  if (choices.chance(0.75)) return stringCommand(choices, values);
  const one = zipfian(choices);
  const other = zipfian(choices);
  return choices.of<Command>([
    ["MGET", one, other],
    ["MSET", one, values.next(), other, values.next()],
    ["MSETNX", one, values.next(), other, values.next()],
  ]);
}

/** A script that runs some commands, given as it is or by its name. */
export function scriptOf(
  script: ListScript,
  commands: readonly Command[],
  byName: boolean,
): Command {
  const list = commands.flatMap((words) => [String(words.length), ...words]);
  return byName ? ["EVALSHA", script.sha, "0", ...list] : ["EVAL", script.text, "0", ...list];
}

/** A script about keys that expire, which ends at an error or goes on, among others' commands. */
export function mortalScript(choices: Choices, values: Values): readonly Command[] {
  const key = zipfian(choices, MORTAL_KEYS);
  const lifetimeMs = String(1 + choices.upToUs(50));
  const commands = Array.from({ length: 1 + choices.below(4) }, () =>
    choices.weighted<Command>([
      [4, ["GET", key]],
      [3, ["SET", key, values.next(), "PX", lifetimeMs]],
      [1, ["PEXPIRE", key, lifetimeMs]],
      [1, ["EXISTS", key]],
      [2, ["INCR", key]],
      [1, ["LPUSH", key, "x"]],
      [1, ["GET"]],
      [1, ["WATCH", key]],
    ]),
  );
  const script = scriptOf(choices.of([CALL_ALL, TRY_ALL]), commands, false);
  const readOnly: Command = ["EVAL_RO", ...script.slice(1)];
  return choices.weighted<readonly Command[]>([
    [4, [script]],
    [1, [readOnly]],
    [1, [["MULTI"], script, ["GET", key], ["EXEC"]]],
    [1, [["WATCH", key], ["MULTI"], script, ["EXEC"]]],
  ]);
}

/** A command that begins or ends a lifetime, or looks at one. */
export function mortalCommand(choices: Choices, values: Values): Command {
  const key = zipfian(choices, MORTAL_KEYS);
  const lifetimeMs = String(1 + choices.upToUs(2000));
  return choices.weighted<Command>([
    [6, ["GET", key]],
    [6, ["SET", key, values.next(), "PX", lifetimeMs]],
    [2, ["SET", key, values.next()]],
    [3, ["PEXPIRE", key, lifetimeMs]],
    [1, ["PERSIST", key]],
    [2, ["PTTL", key]],
    [1, ["GETEX", key, "PX", lifetimeMs]],
    [2, ["EXISTS", key, key]],
    [1, ["DEL", key]],
    [1, ["DBSIZE"]],
  ]);
}

/**
 * A command that the specification of transactions knows, in any order.
 *
 * `SET k v EX 0` is well-formed and always an error; GET without a key is refused before it runs.
 */
export function specifiedCommand(choices: Choices, values: Values): Command {
  const key = zipfian(choices, SPECIFIED_KEYS);
  return choices.weighted<Command>([
    [5, ["GET", key]],
    [5, ["SET", key, values.next()]],
    [2, ["SET", key, values.next(), "PX", String(1 + choices.upToUs(300))]],
    [2, ["DEL", key]],
    [1, ["SET", key, values.next(), "EX", "0"]],
    [1, ["GET"]],
    [4, ["MULTI"]],
    [5, ["EXEC"]],
    [1, ["DISCARD"]],
    [3, ["WATCH", key]],
    [1, ["UNWATCH"]],
  ]);
}

/**
 * Commands that the specification of waiting for keys knows: one, or a whole transaction.
 *
 * @param clients a number above which no client's id is likely to be
 */
export function waitingGroup(
  choices: Choices,
  values: Values,
  clients: number,
): readonly Command[] {
  const one = (): Command => waitingCommand(choices, values);
  const chosen = choices.below(12);
  if (chosen === 0) return [["CLIENT", "UNBLOCK", String(1 + choices.below(clients))]];
  if (chosen > 2) return [one()];
  return [["MULTI"], ...Array.from({ length: choices.below(4) }, one), ["EXEC"]];
}

function waitingCommand(choices: Choices, values: Values): Command {
  const [key, other] = [zipfian(choices, WAITED_KEYS), zipfian(choices, WAITED_KEYS)];
  const keys = key === other ? [key] : [key, other];
  const seconds = choices.of(["0", String((1 + choices.upToUs(200_000)) / 1_000_000)]);
  return choices.weighted<Command>([
    [8, ["RPUSH", key, values.next()]],
    [5, ["BLPOP", ...keys, seconds]],
    [2, ["BLMOVE", key, choices.of(WAITED_KEYS), "LEFT", "RIGHT", seconds]],
    [1, ["DEL", key]],
    [1, key === other ? ["DEL", key] : ["RENAME", key, other]],
  ]);
}

/** Keys of runs that are compared with the specification of waiting for keys. */
const WAITED_KEYS = ["k1", "k2", "k3"];

/**
 * What a client that waits asks for: lists, as the specification knows them, and now and then a sorted
 * set or a stream. Nobody waits for what nobody brings: `bringerCommand`.
 */
export function waiterGroup(choices: Choices, values: Values, clients: number): readonly Command[] {
  if (choices.chance(0.75)) return waitingGroup(choices, values, clients);
  const limitMs = choices.of([0, 1 + choices.below(200)]);
  const seconds = String(limitMs / 1000);
  return choices.weighted<readonly Command[]>([
    [2, [["BZPOPMIN", "z", seconds]]],
    [2, [["XREAD", "BLOCK", String(limitMs), "STREAMS", "s", "$"]]],
    [1, [["BRPOP", choices.of(WAITED_KEYS), seconds]]],
    [1, [["BLMPOP", seconds, "2", "k1", "k2", "RIGHT", "COUNT", "2"]]],
  ]);
}

/** Commands of the client that brings what others wait for, and waits for nothing itself. */
export function bringerGroup(
  choices: Choices,
  values: Values,
  clients: number,
): readonly Command[] {
  if (choices.chance(0.8)) return [bringerCommand(choices, values, clients)];
  // Several keys come at once.
  return [
    ["MULTI"],
    ...WAITED_KEYS.map((key) => ["RPUSH", key, values.next()]),
    ["ZADD", "z", "1", values.next()],
    ["EXEC"],
  ];
}

/** Commands of a client that brings lists, where the specification is to know every command. */
export function pusherGroup(choices: Choices, values: Values): readonly Command[] {
  const push = (key: string): Command => ["RPUSH", key, values.next()];
  if (choices.chance(0.8)) return [push(choices.of(WAITED_KEYS))];
  // Several keys come at once.
  return [["MULTI"], ...WAITED_KEYS.map(push), ["EXEC"]];
}

function bringerCommand(choices: Choices, values: Values, clients: number): Command {
  const someone = String(1 + choices.below(3 * clients));
  return choices.weighted<Command>([
    [8, ["RPUSH", choices.of(WAITED_KEYS), values.next()]],
    [2, ["RPUSH", choices.of(WAITED_KEYS), values.next(), values.next()]],
    [2, ["ZADD", "z", String(choices.below(3)), values.next()]],
    [2, ["XADD", "s", "*", "f", values.next()]],
    [1, ["CLIENT", "UNBLOCK", someone, choices.of(["TIMEOUT", "ERROR"])]],
    [1, ["CLIENT", "KILL", "ID", someone]],
  ]);
}

/** What a reply shows of list elements: those that its client has taken away. */
export function takenBy(command: Command, reply: unknown): readonly string[] {
  if (!Array.isArray(reply)) return [];
  switch (command[0]) {
    case "BLPOP":
    case "BRPOP":
      return [String(reply[1])];
    case "BLMPOP":
      return (reply[1] as readonly unknown[]).map(String);
    case "BZPOPMIN":
      return [String(reply[1])];
    default:
      return [];
  }
}

/** The values that a command puts somewhere to be taken. */
export function putBy(command: Command): readonly string[] {
  if (command[0] === "RPUSH") return command.slice(2);
  return command[0] === "ZADD" ? command.slice(3) : [];
}

/** Keys of runs that are compared with the specification of transactions. */
const SPECIFIED_KEYS = ["k1", "k2"];

/** Channels on which some publish what they write, and others listen. */
const CHANNELS = ["written", "chat"];
const PATTERNS = ["*", "w*", "chat"];

/** A command of a client that listens: about one channel or pattern, so that one answer comes. */
export function listenerCommand(choices: Choices): Command {
  const channel = choices.of(CHANNELS);
  return choices.weighted<Command>([
    [6, ["SUBSCRIBE", channel]],
    [3, ["PSUBSCRIBE", choices.of(PATTERNS)]],
    [3, ["SSUBSCRIBE", channel]],
    [2, ["UNSUBSCRIBE", channel]],
    [1, ["PUNSUBSCRIBE", choices.of(PATTERNS)]],
    [1, ["SUNSUBSCRIBE", channel]],
    [2, ["PING"]],
  ]);
}

/** Commands of a client that publishes what it writes, in a transaction or behind the write. */
export function publisherCommands(choices: Choices, values: Values): readonly Command[] {
  const value = values.next();
  const write: Command = ["SET", "told", value];
  const publish: Command = [
    choices.of(["PUBLISH", "PUBLISH", "SPUBLISH"]),
    choices.of(CHANNELS),
    value,
  ];
  return choices.weighted<readonly Command[]>([
    [3, [["MULTI"], write, publish, ["EXEC"]]],
    [3, [write, publish]],
    [1, [publish]],
  ]);
}

/** A command that limits the memory near what is in use, or lifts the limit. */
export function limitCommand(choices: Choices, usedBytes: number): Command {
  const policy = choices.of([
    ...["allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"],
    ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
  ]);
  const roomBytes = choices.between(-2000, 300);
  const limit = choices.chance(0.3) ? 0 : Math.max(1, usedBytes + roomBytes);
  return ["CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", String(limit)];
}

/** Any command of the table of `pnpm refine`, right and wrong. */
export function anyCommand(choices: Choices): Command {
  const all = corpus();
  return all[choices.below(all.length)]!;
}

/** Commands in the corpus. */
const CORPUS_SIZE = 6000;
const CORPUS_SEED = 7004;

/**
 * Not in the corpus, with the reason.
 *
 * A client here matches replies with requests, which CLIENT REPLY prevents, and would wait for ever
 * where nobody brings what it waits for: those that wait, and whom CLIENT KILL and UNBLOCK end, have
 * runs of their own, `waiterGroup` and `bringerGroup`. CLIENT PAUSE, WAIT and DEBUG SLEEP act on time
 * in ways that `pnpm refine` and the unit tests judge. Clients that
 * subscribe do nothing else: `listenerCommand`. Who has its cache looked after is told of
 * some changes at the end of a loop turn, and of others when the server comes across them: `pnpm refine`
 * judges that.
 */
const LEFT_OUT = new Set([
  ...["CLIENT|REPLY", "CLIENT|KILL", "CLIENT|PAUSE", "CLIENT|UNBLOCK", "CLIENT|UNPAUSE"],
  ...["WAIT", "DEBUG", "DEBUG|SLEEP", "SHUTDOWN", "SYNC", "PSYNC", "REPLCONF", "REPLICAOF"],
  ...["CLIENT|TRACKING", "CLIENT|CACHING", "MONITOR", "HELLO"],
  ...["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"],
]);

let made: readonly Command[] | undefined;

/** The commands that `anyCommand` draws from, the same in every run. */
function corpus(): readonly Command[] {
  if (made !== undefined) return made;
  const entries = commandTable.filter((entry) => !LEFT_OUT.has(entry.name) && !drawsWaits(entry));
  const arbitrary = fc.oneof(...entries.map(({ weight, arbitrary }) => ({ weight, arbitrary })));
  const commands: Command[] = [];
  for (const { args } of fc.sample(arbitrary, { seed: CORPUS_SEED, numRuns: CORPUS_SIZE })) {
    const words = args.filter((arg): arg is string => typeof arg === "string");
    if (words.length < args.length || isLeftOut(words)) continue;
    commands.push(words);
  }
  made = commands;
  return commands;
}

/** A password would lock the other clients out for the rest of the run. */
function isLeftOut(words: readonly string[]): boolean {
  const first = words[0]!.toLowerCase();
  return first === "config" && words.some((word) => /^requirepass$/i.test(word));
}
