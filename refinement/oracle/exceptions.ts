/**
 * Where a reply is not compared byte for byte, and why.
 *
 * The model leaves a part of a reply free with `Unordered`, `OneOf` or `Satisfies`. It may do so
 * only for the commands of this table: any other free part fails the run.
 */

import type { Reply } from "./model.ts";

/** One permitted freedom. */
export interface Exception {
  readonly command: string;
  readonly reason: string;
}

const INTROSPECTION = "facts about the server, compared server with server";

/** The name of the freedom that a connection ends without a last reply. */
export const SILENT_END = "(silent end)";

/** The name of the freedom that a client's own messages lie within EXEC's reply. */
export const IN_THE_MIDDLE = "(own messages)";

/** The name of the freedom that a wait ends by time with its key. */
export const END_BY_TIME = "(end by time)";

/** Every permitted freedom. */
export const exceptions: ReadonlyArray<Exception> = [
  { command: "KEYS", reason: "the order is that of a hash table with a random seed" },
  { command: "SCAN", reason: "order and cursors are those of a hash table with a random seed" },
  { command: "ZRANDMEMBER", reason: "any members of the sorted set are right" },
  { command: "ZSCAN", reason: "order and cursors are those of a hash table with a random seed" },
  { command: "RANDOMKEY", reason: "any key of the database is right" },
  {
    command: "DBSIZE",
    reason: "expired keys count until they are met, and RANDOMKEY meets them by chance",
  },
  {
    command: SILENT_END,
    reason: "QUIT under CLIENT REPLY OFF: Redis waits for a reply to go out, and there is none",
  },
  {
    command: "DUMP",
    reason: "the model does not know the format; RESTORE of each is compared on both",
  },
  {
    command: "FUNCTION|DUMP",
    reason: "Redis compresses long code and we do not; RESTORE of payloads is compared on both",
  },
  {
    command: "FUNCTION|LIST",
    reason: "libraries and functions come in the order of Redis' hash tables",
  },
  ...["ACL|LIST", "ACL|GETUSER"].map((command) => ({
    command,
    reason: "rules about single commands come in the order of a hash table with a random seed",
  })),
  { command: "ACL|CAT", reason: "the order is that of a hash table with a random seed" },
  { command: "ACL|GENPASS", reason: "chance makes the password" },
  { command: "ACL|LOG", reason: "ages and the lines of clients are those of each server" },
  { command: "LASTSAVE", reason: "the two servers started at different moments" },
  { command: "ROLE", reason: "the stream of replicas has each server's own length" },
  { command: "FUNCTION|LOAD", reason: "any of the names that are taken is told" },
  { command: "FUNCTION|RESTORE", reason: "any of the names that are taken is told" },
  {
    command: "RESTORE",
    reason:
      "left out where its key is watched: one past its time is replaced unnoticed by Redis 7.0",
  },
  ...["HKEYS", "HVALS", "HGETALL"].map((command) => ({
    command,
    reason: "the order is that of a hash table with a random seed",
  })),
  { command: "HRANDFIELD", reason: "any fields of the hash are right" },
  { command: "HSCAN", reason: "order and cursors are those of a hash table with a random seed" },
  ...["SMEMBERS", "SINTER", "SUNION", "SDIFF"].map((command) => ({
    command,
    reason: "the order is that of a hash table with a random seed",
  })),
  {
    command: "SPOP",
    reason: "any members of the set are right; left out where nobody hears which",
  },
  { command: "SRANDMEMBER", reason: "any members of the set are right" },
  { command: "SSCAN", reason: "order and cursors are those of a hash table with a random seed" },
  ...["SORT", "SORT_RO"].map((command) => ({
    command,
    reason:
      "equal elements of a hash table, which has a random seed, come in any order; left out where that is stored",
  })),
  {
    command: "XADD",
    reason: "Redis repeats its last error when a millisecond has no sequence left",
  },
  {
    command: "EXEC",
    reason: "left out where nobody hears what a SPOP in it draws, and as SWAPDB where it runs one",
  },
  {
    command: "SWAPDB",
    reason:
      "left out where several keys are waited for: which is ready first is up to a hash table with a random seed",
  },
  { command: "OBJECT|IDLETIME", reason: "Redis' own approximate clock, in seconds" },
  {
    command: "OBJECT|FREQ",
    reason: "a counter that grows by chance",
  },
  {
    command: "OBJECT|REFCOUNT",
    reason: "Redis shares small integers between keys, and values with queued commands",
  },
  {
    command: "CLIENT|REPLY",
    reason:
      "left out of transactions: Redis lets it cut EXEC's reply off in the middle, and we refuse it",
  },
  { command: "WAIT", reason: "left out under CLIENT REPLY OFF, where nothing tells when it ends" },
  {
    command: "PFADD",
    reason:
      "left out, with the EXEC that runs it, where Redis writes behind the end of a string whose last run is cut off",
  },
  ...["PUBSUB|CHANNELS", "PUBSUB|SHARDCHANNELS", "UNSUBSCRIBE", "SUNSUBSCRIBE"].map((command) => ({
    command,
    reason: "the order is that of a hash table with a random seed",
  })),
  ...["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "PUNSUBSCRIBE"].map((command) => ({
    command,
    reason: "left out of transactions in which a SPOP is queued, whose draw is not told then",
  })),
  {
    command: "PUBLISH",
    reason: "patterns that match one message are in the order of a hash table with a random seed",
  },
  {
    command: IN_THE_MIDDLE,
    reason: "left out: Redis 7.0 writes a client's own messages into the reply of its EXEC",
  },
  {
    command: END_BY_TIME,
    reason: "left out: Redis tells who waits for a stream's end when it comes across its key",
  },
  { command: "TIME", reason: "the clock moves on" },
  { command: "CLIENT|INFO", reason: "addresses, ages and memory of a connection" },
  { command: "CLIENT|LIST", reason: "addresses, ages and memory of every connection" },
  {
    command: "CLIENT|KILL",
    reason:
      "addresses, which the server gives; left out of transactions, since killing oneself cuts EXEC's reply off",
  },
  { command: "CONFIG|GET", reason: "directives that mean nothing to the model" },
  { command: "INFO", reason: "measurements" },
  { command: "LOLWUT", reason: "a picture drawn by chance" },
  { command: "DEBUG", reason: "addresses and sizes in memory" },
  { command: "MEMORY|USAGE", reason: "sizes in memory" },
  { command: "MEMORY|STATS", reason: "sizes in memory" },
  { command: "MEMORY|DOCTOR", reason: "judges sizes in memory" },
  { command: "LATENCY|HISTOGRAM", reason: "durations" },
  { command: "LATENCY|LATEST", reason: "durations" },
  { command: "LATENCY|HISTORY", reason: "durations" },
  { command: "LATENCY|GRAPH", reason: "durations" },
  { command: "LATENCY|DOCTOR", reason: "judges durations" },
  { command: "LATENCY|RESET", reason: "depends on durations" },
  { command: "SLOWLOG|GET", reason: "durations" },
  { command: "SLOWLOG|LEN", reason: "depends on durations" },
  { command: "COMMAND", reason: INTROSPECTION },
  { command: "COMMAND|COUNT", reason: INTROSPECTION },
  { command: "COMMAND|INFO", reason: INTROSPECTION },
  { command: "COMMAND|DOCS", reason: INTROSPECTION },
  { command: "COMMAND|LIST", reason: INTROSPECTION },
  { command: "COMMAND|GETKEYSANDFLAGS", reason: INTROSPECTION },
  ...[
    "ACL",
    "OBJECT",
    "CLIENT",
    "COMMAND",
    "CONFIG",
    "SLOWLOG",
    "LATENCY",
    "MEMORY",
    "XGROUP",
    "XINFO",
    "PUBSUB",
  ].map((container) => ({
    command: `${container}|HELP`,
    reason: INTROSPECTION,
  })),
];

const byCommand = new Map(exceptions.map((exception) => [exception.command, exception]));

/** Counts how often each freedom was used. */
export class ExceptionLog {
  readonly #used = new Map<string, number>();
  readonly #undeclared = new Set<string>();

  /** Notes the free parts of one expected reply. */
  add(name: string, parts: ReadonlyArray<string>): void {
    if (parts.length === 0) return;
    this.#used.set(name, (this.#used.get(name) ?? 0) + 1);
    if (!byCommand.has(name)) this.#undeclared.add(`${name}: ${parts.join(", ")}`);
  }

  /** Freedoms that the table does not permit. */
  undeclared(): ReadonlyArray<string> {
    return [...this.#undeclared];
  }

  /** One line per freedom: how often, and why it is permitted. */
  table(): string {
    return exceptions
      .map(({ command, reason }) => {
        const count = String(this.#used.get(command) ?? 0).padStart(6);
        return `  ${command.padEnd(18)}${count}  ${reason}`;
      })
      .join("\n");
  }
}

/** The kinds of the free parts of an expected reply; none when it is fixed to the byte. */
export function freeParts(reply: Reply): ReadonlyArray<string> {
  switch (reply._tag) {
    case "Unordered":
      return reply.items.length > 1 ? ["Unordered"] : [];
    case "OneOf":
      return reply.options.length > 1 ? ["OneOf"] : [];
    case "Satisfies":
      return [`Satisfies ${reply.name}`];
    case "OneRun":
      return ["OneRun"];
    case "Array":
    case "Push":
      return reply.items.flatMap(freeParts);
    case "Set":
      if (reply.anyOrder && reply.items.length > 1) return ["Unordered"];
      return reply.items.flatMap(freeParts);
    case "Map":
      if (reply.anyOrder && reply.entries.length > 1) return ["Unordered"];
      return reply.entries.flat().flatMap(freeParts);
    case "In":
      return freeParts(reply.reply);
    default:
      return [];
  }
}
