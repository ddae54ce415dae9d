/** The comparisons of `introspection.ts`, each with the freedoms that it grants. */

import fc from "fast-check";
import type { WireClient } from "../../testing/wire/client.ts";
import { LOGINS } from "../generators/acl/users.ts";
import { commandsOf, type DrawnFamily } from "../generators/commands.ts";
import { type Invocation, resolveArgs } from "../generators/step.ts";
import { mayWait } from "../waiting.ts";
import { infoValues } from "./info-values.ts";
import {
  canonical,
  entriesOf,
  itemsOf,
  textOf,
  withoutExplanations,
} from "./introspection-forms.ts";
import { decode, type Reply } from "./model.ts";
import { showCommand } from "./print.ts";

/** Two connections in the same protocol, and how drawn commands are chosen. */
export interface Pair {
  readonly redis: WireClient;
  readonly veridis: WireClient;
  /** A second connection to each. */
  readonly redisToo: WireClient;
  readonly veridisToo: WireClient;
  readonly protocol: 2 | 3;
  readonly seed: number;
}

/** One thing compared: what each server says, in a form in which equal means alike. */
export interface Comparison {
  readonly subject: string;
  readonly redis: string;
  readonly veridis: string;
}

/** A named comparison. */
export interface Check {
  readonly name: string;
  readonly run: (pair: Pair) => Promise<ReadonlyArray<Comparison>>;
}

async function request(client: WireClient, args: ReadonlyArray<string>): Promise<string> {
  client.send(args);
  const { replies, shortage } = await client.receive(1, 5_000);
  return replies[0]?.toString("latin1") ?? `(${shortage})`;
}

async function decoded(client: WireClient, args: ReadonlyArray<string>): Promise<Reply> {
  return decode(await request(client, args)).reply;
}

/** Sends the same request to both and puts both replies in the given form. */
async function compare(
  pair: Pair,
  args: ReadonlyArray<string>,
  form: (raw: string) => string = (raw) => raw,
): Promise<Comparison> {
  const [redis, veridis] = await Promise.all([
    request(pair.redis, args),
    request(pair.veridis, args),
  ]);
  return { subject: showCommand(args), redis: form(redis), veridis: form(veridis) };
}

async function compareAll(
  pair: Pair,
  requests: ReadonlyArray<ReadonlyArray<string>>,
  form?: (raw: string) => string,
): Promise<ReadonlyArray<Comparison>> {
  const comparisons: Array<Comparison> = [];
  for (const args of requests) comparisons.push(await compare(pair, args, form));
  return comparisons;
}

/** The names of all commands of a server, subcommands included. */
async function allNames(client: WireClient): Promise<ReadonlyArray<string>> {
  const reply = await decoded(client, ["COMMAND", "LIST", "FILTERBY", "PATTERN", "*"]);
  return itemsOf(reply).map(textOf).sort();
}

/** The names of the top-level commands that Veridis has. */
async function ownCommands(pair: Pair): Promise<ReadonlyArray<string>> {
  return (await allNames(pair.veridis)).filter((name) => !name.includes("|"));
}

/** Subcommands that only one of the two has, of commands that both have. */
async function unshared(pair: Pair): Promise<ReadonlySet<string>> {
  const own = new Set(await allNames(pair.veridis));
  const theirs = new Set(await allNames(pair.redis));
  const known = (name: string): boolean => own.has(name.split("|")[0]!);
  const missing = [...theirs].filter((name) => known(name) && !own.has(name));
  return new Set([...missing, ...NEWER_SUBCOMMANDS]);
}

/** What Veridis does not have yet; not a difference, but said. */
export async function missingCommands(pair: Pair): Promise<string> {
  const own = new Set(await allNames(pair.veridis));
  return (await allNames(pair.redis)).filter((name) => !own.has(name)).join(" ");
}

/** Subcommands that later versions of Redis have and that clients rely on. */
const NEWER_SUBCOMMANDS = new Set(["client|setinfo", "client|no-touch"]);

/** COMMAND INFO and DOCS of each command; subcommands in any order, prose left out. */
async function facts(subcommand: string, pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const names = await ownCommands(pair);
  const leftOut = await unshared(pair);
  return compareAll(
    pair,
    names.map((name) => ["COMMAND", subcommand, name]),
    (raw) => canonical(raw, leftOut),
  );
}

/** The form of lists of names, in any order, as far as both have the commands. */
async function namesForm(pair: Pair): Promise<(raw: string) => string> {
  const own = new Set(await ownCommands(pair));
  const leftOut = await unshared(pair);
  return (raw) =>
    raw[0] === "-"
      ? raw
      : itemsOf(decode(raw).reply)
          .map(textOf)
          .filter((name) => own.has(name.split("|")[0]!) && !leftOut.has(name))
          .sort()
          .join(" ");
}

/** Lists of names, as far as Veridis has the commands. */
async function lists(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const categories = ["string", "keyspace", "read", "write", "fast", "slow", "transaction"];
  const more = ["connection", "admin", "dangerous", "nonsense"];
  const requests = [
    ...[...categories, ...more].map((name) => ["ACLCAT", name]),
    ...["*", "get*", "[gs]et", "GET*", ""].map((name) => ["PATTERN", name]),
    ["MODULE", "none"],
  ].map((filter) => ["COMMAND", "LIST", "FILTERBY", ...filter]);
  const all = itemsOf(await decoded(pair.redis, ["ACL", "CAT"])).map(textOf);
  const ofUsers = [...all, "NOSUCH"].map((name) => ["ACL", "CAT", name]);
  return compareAll(pair, [...requests, ...ofUsers], await namesForm(pair));
}

/** Keys and their flags in commands as the generators draw them, right and wrong. */
async function keyExtraction(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const drawn = draw(
    ["strings", "keys", "databases", "transactions", "connection"],
    pair.seed,
    1_500,
  );
  const requests = drawn.flatMap((args) => [
    ["COMMAND", "GETKEYS", ...args],
    ["COMMAND", "GETKEYSANDFLAGS", ...args],
  ]);
  return compareAll(pair, requests);
}

/** Directives whose value tells of the environment or of how the two were started. */
const OWN_VALUES = new Set([
  ...["port", "dir", "bind", "save", "pidfile", "logfile", "syslog-ident", "proc-title-template"],
]);

async function directives(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const [redis, veridis] = await Promise.all(
    [pair.redis, pair.veridis].map(async (client) =>
      directiveValues(await decoded(client, ["CONFIG", "GET", "*"])),
    ),
  );
  const names = [...new Set([...redis!.keys(), ...veridis!.keys()])].sort();
  return names.map((name) => ({
    subject: `CONFIG GET ${name}`,
    redis: redis!.get(name) ?? "(missing)",
    veridis: veridis!.get(name) ?? "(missing)",
  }));
}

function directiveValues(reply: Reply): ReadonlyMap<string, string> {
  const entries = entriesOf(reply).map(([key, value]): [string, string] => {
    const name = textOf(key);
    return [name, OWN_VALUES.has(name) ? "(any)" : textOf(value)];
  });
  return new Map(entries);
}

/** Values that CONFIG SET must take or refuse with Redis' words; each is read back. */
const SETTINGS: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["maxmemory", ["100mb", "1gb", "1k", "1kb", "0", "-1", "x", "1.5mb", ""]],
  ["maxmemory-policy", ["allkeys-lru", "noeviction", "NOEVICTION", "random", ""]],
  ["maxmemory-samples", ["5", "0", "-1", "x", "10"]],
  ["timeout", ["0", "100", "-1", "x", "2147483648"]],
  ["hz", ["10", "0", "501", "100"]],
  ["slowlog-log-slower-than", ["10000", "-1", "-2", "x", "99999999999999999999"]],
  ["slowlog-max-len", ["128", "-1", "0"]],
  ["notify-keyspace-events", ["KEA", "", "g$", "Z", "AKE"]],
  ["appendonly", ["maybe", "NO"]],
  ["appendfsync", ["always", "everysec", "never"]],
  ["lazyfree-lazy-expire", ["yes", "no", "true", "1"]],
  ["latency-tracking-info-percentiles", ["50 99", "", "101", "x", "50 99 99.9"]],
  ["client-output-buffer-limit", ["normal 0 0 0", "normal 1mb 0", "other 0 0 0", ""]],
  ["proto-max-bulk-len", ["512mb", "1mb", "1", "0"]],
  ["databases", ["16"]],
  ["port", ["x", "-1", "70000"]],
  ["list-max-listpack-size", ["-2", "128", "x"]],
  ["list-max-ziplist-size", ["-2"]],
  ["loglevel", ["notice", "loud"]],
  ["maxclients", ["0", "x", "9000"]],
  ["oom-score-adj-values", ["0 200 800", "1 2", "x y z"]],
  ["nothing-of-the-kind", ["1"]],
];

async function settings(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const single = SETTINGS.flatMap(([name, values]) =>
    values.flatMap((value) => [
      ["CONFIG", "SET", name, value],
      ...(OWN_VALUES.has(name) ? [] : [["CONFIG", "GET", name]]),
    ]),
  );
  const several = [
    ["CONFIG", "SET", "hz", "20", "timeout", "x"],
    ["CONFIG", "GET", "hz"],
    ["CONFIG", "SET", "hz", "20", "hz", "30"],
    ["CONFIG", "SET", "hz", "20", "timeout"],
    ["CONFIG", "SET", "hz", "10", "timeout", "0"],
  ];
  return compareAll(pair, [...single, ...several]);
}

/** INFO's sections and the names of their fields, in order. */
async function infoFields(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const sections = ["default", "all", "everything", "server", "clients", "memory", "persistence"];
  const more = ["stats", "replication", "cpu", "modules", "errorstats", "cluster", "keyspace"];
  for (const client of [pair.redis, pair.veridis]) {
    await request(client, ["CONFIG", "RESETSTAT"]);
    await request(client, ["SET", "a", "1"]);
  }
  const requests = [
    [],
    ...[...sections, ...more, "nothing", "SERVER"].map((name) => [name]),
    ["server", "clients"],
  ].map((names) => ["INFO", ...names]);
  return compareAll(pair, requests, (raw) => fieldNames(textOf(decode(raw).reply)));
}

/** INFO's values after the same conversation: see `info-values.ts`. */
async function infoFieldValues(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const [redis, veridis] = await Promise.all([
    infoValues(pair.redis, pair.redisToo, request),
    infoValues(pair.veridis, pair.veridisToo, request),
  ]);
  const names = [...new Set([...redis.keys(), ...veridis.keys()])];
  return names
    .filter((name) => !OWN_FIELDS.has(name))
    .map((name) => ({
      subject: `INFO ${name}`,
      redis: redis.get(name) ?? "(missing)",
      veridis: veridis.get(name) ?? "(missing)",
    }));
}

/** Fields that tell of C and its compiler, and Veridis' own. */
const OWN_FIELDS = new Set(["atomicvar_api", "gcc_version", "veridis_version"]);

/** Without the values, and without fields named after what happened to run. */
function fieldNames(info: string): string {
  return info
    .split("\r\n")
    .map((line) => line.replace(/:.*/s, ""))
    .filter((name) => !/^(cmdstat|latency_percentiles_usec|errorstat)_/.test(name))
    .filter((name) => !OWN_FIELDS.has(name))
    .join(" ");
}

/** What Veridis says of a client's library, as Redis does from 7.2 on. */
const SINCE_7_2 = / lib-name lib-ver$/;

function clientFieldNames(line: string): string {
  return line.replace(/=[^ ]*/g, "").replace(SINCE_7_2, "");
}

/** CLIENT INFO's and LIST's fields, in order. */
async function clientFields(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const requests = [
    ["CLIENT", "INFO"],
    ["CLIENT", "LIST"],
    ["CLIENT", "LIST", "TYPE", "normal"],
    ["CLIENT", "LIST", "TYPE", "pubsub"],
  ];
  return compareAll(pair, requests, (raw) =>
    textOf(decode(raw).reply).split("\n").map(clientFieldNames).join("\n"),
  );
}

/**
 * HELP of every container: its forms are Redis', the words that explain them are our own. Of one that
 * lacks subcommands the lines of those that it has are compared.
 */
async function helps(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const names = (await allNames(pair.veridis)).filter((name) => name.endsWith("|help"));
  const containers = names.map((name) => name.split("|")[0]!.toUpperCase());
  const leftOut = await unshared(pair);
  const errors = containers.flatMap((name) => [
    [name, "HELP", "more"],
    [name, "NOSUCH"],
  ]);
  const bare = containers.filter((name) => name !== "COMMAND").map((name) => [name]);
  const comparisons = [...(await compareAll(pair, [...errors, ...bare]))];
  for (const name of containers) {
    const kept = (line: string): boolean => !leftOut.has(`${name}|${line}`.toLowerCase());
    comparisons.push(await compare(pair, [name, "HELP"], (raw) => withoutExplanations(raw, kept)));
  }
  return comparisons;
}

/** Commands whose successful replies tell of time, chance or memory: only errors are compared. */
const TELL_OF_THE_MOMENT =
  /^(CLIENT\|(ID|INFO|LIST)|HELLO|TIME|LASTSAVE|INFO|LOLWUT|MEMORY\|.*|LATENCY\|.*|SLOWLOG\|.*|DEBUG|CONFIG\|GET|COMMAND.*|.*\|HELP|RANDOMKEY|SCAN|KEYS|DUMP|HKEYS|HVALS|HGETALL|HRANDFIELD|HSCAN|OBJECT\|(REFCOUNT|IDLETIME|FREQ)|.*TTL|P?EXPIRETIME|P?EXPIRE)$/;

/** Replies in the order of a hash table with a random seed, or drawn from it, or with times. */
const UP_TO_CHANCE =
  /^(SMEMBERS|SINTER|SUNION|SDIFF|SRANDMEMBER|ZRANDMEMBER|SSCAN|ZSCAN|SORT|SORT_RO|PUBSUB\|.*|EVAL.*|FUNCTION\|(DUMP|LIST|LOAD|RESTORE|STATS)|XPENDING|XCLAIM|XAUTOCLAIM|XINFO\|.*)$/;

/**
 * Never drawn here: they end connections, silence them, answer more than once or wait, or what they
 * change is up to chance or the clock, so that the two servers have different data afterwards.
 */
const NOT_DRAWN =
  /^(CLIENT\|(KILL|REPLY|PAUSE)|QUIT|WAIT|CONFIG\|(SET|REWRITE)|[PS]?(UN)?SUBSCRIBE|SPOP|XADD|XREAD|XREADGROUP|MIGRATE)$/;

/** Lifetimes so short that a key may be gone on one server and still there on the other. */
function isShortLived({ args }: Invocation): boolean {
  return args.some((arg, at) => {
    const before = args[at - 1];
    const word = typeof before === "string" ? before.toUpperCase() : "";
    const command = String(args[0]);
    const isRestored = at === 2 && /^RESTORE$/i.test(command);
    const inMilliseconds = word === "PX" || isRestored || /^P(EXPIRE|SETEX)$/i.test(command);
    return inMilliseconds && typeof arg === "string" && /^[1-9][0-9]?$/.test(arg);
  });
}

/**
 * Whoever logs in may do less from then on, and who logs out must log in again: then most of what is
 * drawn would be refused. So nobody may log in, but there are users of whom things are told.
 */
function changesWhoMayLogIn({ name, args }: Invocation): boolean {
  return name === "ACL|SETUSER" && ["default", ...LOGINS].some((user) => user === args[2]);
}

/** A RESP string's head, which tells how long it is. */
const LENGTH = /^\$\d+/;

/** ACL LOG without the ages of its entries, and with the names alone of what it tells of clients. */
function withoutClients(raw: string): string {
  return raw
    .replace(/(age-seconds\r\n)(?:\$\d+\r\n|,)[\d.e+-]+/g, "$1")
    .replace(
      /(client-info\r\n)\$\d+\r\n([^\r]*)/g,
      (_, name: string, line: string) => name + clientFieldNames(line),
    );
}

/** Forms of drawn commands' replies in which equal means alike, of those with one of their own. */
async function ownForms(pair: Pair): Promise<ReadonlyMap<string, (raw: string) => string>> {
  const inAnyOrder = (raw: string): string =>
    raw
      .split(/[ \r\n]+/)
      .sort()
      .join(" ");
  return new Map([
    ["ACL|CAT", await namesForm(pair)],
    ["ACL|GENPASS", (raw) => LENGTH.exec(raw)?.[0] ?? raw],
    // The rules about single commands come in the order of a hash table.
    ["ACL|GETUSER", inAnyOrder],
    ["ACL|LIST", inAnyOrder],
    ["ACL|LOG", withoutClients],
  ]);
}

/** Every drawn command on both: equal bytes, or for replies of the moment equal kinds of reply. */
async function drawnReplies(pair: Pair): Promise<ReadonlyArray<Comparison>> {
  const invocations = drawInvocations([], pair.seed, 3_000);
  const forms = await ownForms(pair);
  const comparisons: Array<Comparison> = [];
  for (const invocation of invocations) {
    const { name, args } = invocation;
    if (NOT_DRAWN.test(name) || mayWait(invocation) || isShortLived(invocation)) continue;
    if (changesWhoMayLogIn(invocation)) continue;
    const isFree = TELL_OF_THE_MOMENT.test(name) || UP_TO_CHANCE.test(name) || name === "EXEC";
    const form = isFree ? kindOrError : forms.get(name);
    comparisons.push(
      await compare(
        pair,
        resolveArgs(args, () => 1),
        form,
      ),
    );
  }
  return comparisons;
}

/** Of several names that are taken, Redis tells the one that its hash table has first. */
const TAKEN = /(Function|Library) \S+ already exists/;

const kindOrError = (raw: string): string =>
  raw[0] === "-" ? raw.replace(TAKEN, "$1 (one of them) already exists") : raw.slice(0, 1);

function draw(names: ReadonlyArray<DrawnFamily>, seed: number, count: number) {
  return drawInvocations(names, seed, count).map(({ args }) => resolveArgs(args, () => 1));
}

function drawInvocations(
  names: ReadonlyArray<DrawnFamily>,
  seed: number,
  count: number,
): ReadonlyArray<Invocation> {
  const entries = commandsOf(names);
  return fc.sample(fc.oneof(...entries.map(({ arbitrary }) => arbitrary)), {
    seed,
    numRuns: count,
  });
}

/** Every check, in the order in which they run. */
export const checks: ReadonlyArray<Check> = [
  { name: "CONFIG GET, the defaults", run: directives },
  { name: "COMMAND INFO", run: (pair) => facts("INFO", pair) },
  { name: "COMMAND DOCS", run: (pair) => facts("DOCS", pair) },
  { name: "COMMAND LIST FILTERBY", run: lists },
  { name: "COMMAND GETKEYS, GETKEYSANDFLAGS", run: keyExtraction },
  { name: "INFO, the fields", run: infoFields },
  { name: "INFO, the values", run: infoFieldValues },
  { name: "CLIENT INFO and LIST, the fields", run: clientFields },
  { name: "HELP, and unknown subcommands", run: helps },
  { name: "CONFIG SET, the refusals", run: settings },
  { name: "drawn commands", run: drawnReplies },
];
