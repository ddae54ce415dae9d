/** The commands about commands, durations and memory. */

import fc from "fast-check";
import {
  type CommandEntry,
  command,
  either,
  type Family,
  many,
  option,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_INTEGER, SYNTAX, syntaxOf } from "../replies.ts";
import { integer, key, pick, unknownWord, value } from "../values.ts";

const commandName = fc.constantFrom("get", "SET", "mset", "config|get", "object|encoding", "exec");
const unknownCommandName = fc.constantFrom("foo", "", "config|foo", "get|set", "object");

const inspected = either(
  words("GET", key),
  words("SET", key, value),
  words("MSET", key, value, key, value),
  words("MGET", key, key, key),
  words("COPY", key, key),
  words("LCS", key, key),
  words("OBJECT", "ENCODING", key),
  words("DEL", key, key),
  words("RENAME", key, key, "extra"),
  words("GEORADIUS", key, "1", "2", "3", "m", "STORE", key, "STOREDIST", key),
  words("GEORADIUSBYMEMBER", key, "m", "3", "m", "ASC", "STORE"),
  words("PING", "x"),
  words("MULTI"),
  words("FOO", key),
  words("SWAPDB", "0", "1"),
);

const commandCommands: ReadonlyArray<CommandEntry> = [
  command("COMMAND", words(), { weight: 1, arity: false, replies: ["*n"] }),
  command("COMMAND|COUNT", words(), { weight: 2, replies: [":n", arity("command|count")] }),
  command("COMMAND|INFO", many(pick([3, commandName], [1, unknownCommandName]), 1, 3), {
    weight: 4,
    arity: false,
    takesNames: true,
    replies: ["*n"],
  }),
  command("COMMAND|DOCS", many(pick([3, commandName], [1, unknownCommandName]), 1, 3), {
    weight: 4,
    arity: false,
    takesNames: true,
    replies: ["*n", "%", "*0", "%0"],
  }),
  command(
    "COMMAND|LIST",
    either(
      words(),
      tagged("PATTERN", fc.constant("FILTERBY"), fc.constant("PATTERN"), fc.constant("get*")),
      tagged("ACLCAT", fc.constant("FILTERBY"), fc.constant("ACLCAT"), fc.constant("string")),
      tagged("MODULE", fc.constant("FILTERBY"), fc.constant("MODULE"), fc.constant("none")),
      tagged("(unknown)", fc.constant("FILTERBY"), unknownWord, unknownWord),
    ),
    { weight: 3, options: ["PATTERN", "ACLCAT", "MODULE"], replies: ["*n", "*0", SYNTAX] },
  ),
  ...["GETKEYS", "GETKEYSANDFLAGS"].map((name) =>
    command(`COMMAND|${name}`, inspected, {
      weight: 6,
      takesNames: true,
      replies: [
        "*n",
        "-ERR Invalid command specified",
        "-ERR The command has no key arguments",
        "-ERR Invalid number of arguments specified for command",
        arity(`command|${name.toLowerCase()}`),
      ],
    }),
  ),
];

/** The reports on what takes long and what takes memory. */
const reports: ReadonlyArray<CommandEntry> = [
  command(
    "SLOWLOG|GET",
    either(words(), words(pick([2, fc.constantFrom("0", "-1", "5")], [1, integer]))),
    {
      weight: 3,
      replies: ["*0", "-ERR count should be greater than or equal to -1", syntaxOf("SLOWLOG")],
    },
  ),
  command("SLOWLOG|LEN", words(), { weight: 4, replies: [":0", arity("slowlog|len")] }),
  command("SLOWLOG|RESET", words(), { weight: 2, replies: ["+OK", arity("slowlog|reset")] }),
  command("LATENCY|LATEST", words(), { weight: 2, replies: ["*0", arity("latency|latest")] }),
  command("LATENCY|HISTORY", words(unknownWord), {
    weight: 2,
    replies: ["*0", arity("latency|history")],
  }),
  command("LATENCY|GRAPH", words(unknownWord), {
    weight: 2,
    replies: ["-ERR No samples available for event …", arity("latency|graph")],
  }),
  command("LATENCY|RESET", many(unknownWord, 0, 2), { weight: 2, arity: false, replies: [":0"] }),
  command("LATENCY|DOCTOR", words(), { weight: 1, replies: ["$", "=", arity("latency|doctor")] }),
  command("LATENCY|HISTOGRAM", many(fc.constantFrom("set", "GET", "nothing"), 0, 2), {
    weight: 2,
    arity: false,
    replies: ["*n", "%"],
  }),
  command(
    "MEMORY|USAGE",
    sequence(words(key), someOf([option("SAMPLES", integer), tagged("(unknown)", unknownWord)], 1)),
    {
      weight: 6,
      options: ["SAMPLES"],
      replies: [":n", "nil", SYNTAX, NOT_INTEGER, arity("memory|usage")],
    },
  ),
  command("MEMORY|STATS", words(), { weight: 1, replies: ["*n", "%", arity("memory|stats")] }),
  command("MEMORY|DOCTOR", words(), { weight: 1, replies: ["$", "=", arity("memory|doctor")] }),
  command("MEMORY|PURGE", words(), { weight: 1, replies: ["+OK", arity("memory|purge")] }),
];

const helpContainers = [
  ...["OBJECT", "CLIENT", "COMMAND", "CONFIG", "SLOWLOG", "LATENCY", "MEMORY"],
  ...["XGROUP", "XINFO", "PUBSUB", "ACL"],
];

/** HELP of every container: the texts themselves are compared server with server. */
const helps: ReadonlyArray<CommandEntry> = helpContainers.map((name) =>
  command(`${name}|HELP`, words(), {
    weight: 1,
    replies: ["*n", arity(`${name.toLowerCase()}|help`)],
  }),
);

const containers: ReadonlyArray<CommandEntry> = [
  ...["CONFIG", "SLOWLOG", "LATENCY", "MEMORY", "COMMAND", "XGROUP", "XINFO"].map((name) =>
    command(name, tagged("(unknown)", fc.constantFrom("FOO", "", "GETT")), {
      weight: 1,
      arity: false,
      replies: [`-ERR unknown subcommand …. Try ${name} HELP.`],
    }),
  ),
];

/** The commands about commands, durations and memory. */
export const introspection: Family = {
  commands: [...commandCommands, ...reports, ...helps, ...containers],
};
