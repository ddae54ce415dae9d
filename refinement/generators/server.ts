/** The commands about the server itself. */

import fc from "fast-check";
import { PASSWORD } from "./connection.ts";
import {
  type CommandEntry,
  command,
  either,
  many,
  option,
  sequence,
  someOf,
  tagged,
  words,
} from "./grammar.ts";
import { integer, key, pick, unknownWord, value } from "./values.ts";

const NOT_INTEGER = "-ERR value is not an integer or out of range";
const SYNTAX = "-ERR syntax error";

const arity = (name: string): string => `-ERR wrong number of arguments for '${name}' command`;
const syntaxOf = (name: string): string =>
  `-ERR unknown subcommand or wrong number of arguments for …. Try ${name} HELP.`;

/** Values stay within what a test may do to a server: no more memory for strings than Redis' own. */
const directive = either(
  option("requirepass", fc.constantFrom("", "", PASSWORD)),
  option("maxmemory-policy", fc.constantFrom("noeviction", "allkeys-lfu", "VOLATILE-LRU", "none")),
  option("proto-max-bulk-len", fc.constantFrom("1mb", "1048576", "512mb", "1", "-1", "x", "1kk")),
  tagged("(immutable)", fc.constant("databases"), fc.constantFrom("16", "x")),
  tagged("(unknown)", unknownWord, value),
);

const directiveName = fc.constantFrom(
  "requirepass",
  "RequirePass",
  "maxmemory-policy",
  "proto-max-bulk-len",
  "databases",
  "maxmemory-p*",
  "*pass",
  "nothing",
);

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
  words("PING", "x"),
  words("MULTI"),
  words("FOO", key),
  words("SWAPDB", "0", "1"),
);

const flushMode = someOf(
  [option("SYNC"), option("ASYNC"), tagged("(unknown)", unknownWord), option("sync")],
  2,
);

const protocolKind = fc.constantFrom(
  ...["string", "integer", "double", "null", "array", "set", "map", "true", "FALSE", "verbatim"],
  "nothing",
);

const helpContainers = ["OBJECT", "CLIENT", "COMMAND", "CONFIG", "SLOWLOG", "LATENCY", "MEMORY"];

/** HELP of every container: the texts themselves are compared server with server. */
const helps: ReadonlyArray<CommandEntry> = helpContainers.map((name) =>
  command(`${name}|HELP`, words(), {
    weight: 1,
    replies: ["*n", arity(`${name.toLowerCase()}|help`)],
  }),
);

const containers: ReadonlyArray<CommandEntry> = [
  ...["CONFIG", "SLOWLOG", "LATENCY", "MEMORY", "COMMAND"].map((name) =>
    command(name, tagged("(unknown)", fc.constantFrom("FOO", "", "GETT")), {
      weight: 1,
      arity: false,
      replies: [`-ERR unknown subcommand …. Try ${name} HELP.`],
    }),
  ),
];

const configCommands: ReadonlyArray<CommandEntry> = [
  command("CONFIG|SET", either(directive, directive, sequence(directive, directive)), {
    weight: 16,
    options: ["requirepass", "maxmemory-policy", "proto-max-bulk-len"],
    replies: [
      "+OK",
      "-ERR Unknown option or number of arguments for CONFIG SET - …",
      "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config",
      "-ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument must be a memory value",
      SYNTAX,
      arity("config|set"),
    ],
  }),
  command("CONFIG|GET", many(directiveName, 1, 2), {
    weight: 5,
    replies: ["*n", "%", "*0", "%0", arity("config|get")],
  }),
  command("CONFIG|RESETSTAT", words(), { weight: 2, replies: ["+OK", arity("config|resetstat")] }),
  command("CONFIG|REWRITE", words(), {
    weight: 2,
    replies: ["-ERR The server is running without a config file", arity("config|rewrite")],
  }),
];

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

const reports: ReadonlyArray<CommandEntry> = [
  command("TIME", words(), { weight: 4, replies: ["*n", arity("time")] }),
  command("INFO", either(words(), words(fc.constantFrom("server", "ALL", "nothing", ""))), {
    weight: 2,
    arity: false,
    replies: ["$", "=", "$0"],
  }),
  command("LOLWUT", either(words(), words("VERSION", integer)), {
    weight: 2,
    arity: false,
    replies: ["$", "=", NOT_INTEGER],
  }),
  command(
    "WAIT",
    words(
      pick([3, fc.constantFrom("0", "1", "-1")], [2, integer]),
      fc.constantFrom("1", "1", "2", "-1", "abc", "1.5"),
    ),
    {
      weight: 3,
      replies: [
        ":0",
        NOT_INTEGER,
        "-ERR timeout is not an integer or out of range",
        "-ERR timeout is negative",
        arity("wait"),
      ],
    },
  ),
  command(
    "SLOWLOG|GET",
    either(words(), words(pick([2, fc.constantFrom("0", "-1", "5")], [1, integer]))),
    {
      weight: 3,
      replies: ["*0", "-ERR count should be greater than or equal to -1", syntaxOf("SLOWLOG")],
    },
  ),
  command("SLOWLOG|LEN", words(), { weight: 2, replies: [":0", arity("slowlog|len")] }),
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
  command("FUNCTION|FLUSH", flushMode, {
    weight: 3,
    options: ["SYNC", "ASYNC"],
    replies: ["+OK", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option", syntaxOf("FUNCTION")],
  }),
  command("SCRIPT|FLUSH", flushMode, {
    weight: 3,
    options: ["SYNC", "ASYNC"],
    replies: ["+OK", "-ERR SCRIPT FLUSH only support SYNC|ASYNC option"],
  }),
  command("CLIENT|INFO", words(), { weight: 3, replies: ["$", "=", arity("client|info")] }),
  command(
    "CLIENT|LIST",
    either(
      words(),
      option("TYPE", fc.constantFrom("normal", "pubsub", "replica", "nothing")),
      tagged("ID", fc.constant("ID"), fc.constantFrom("1", "999999999", "abc", "")),
      tagged("(unknown)", unknownWord, unknownWord),
    ),
    {
      weight: 4,
      options: ["TYPE", "ID"],
      replies: ["$", "=", SYNTAX, "-ERR Invalid client ID", "-ERR Unknown client type …"],
    },
  ),
];

const debugCommands: ReadonlyArray<CommandEntry> = [
  command(
    "DEBUG",
    either(
      option("SLEEP", fc.constantFrom("0", "0.001")),
      option("SET-ACTIVE-EXPIRE", fc.constant("1")),
      option("OBJECT", key),
      option("PROTOCOL", protocolKind),
      option("PROTOCOL", protocolKind),
      option("ERROR", fc.constantFrom("ERR text", "CODE two\r\nlines", "")),
      option("LOG", value),
      option("CHANGE-REPL-ID"),
      tagged("(unknown)", unknownWord),
    ),
    {
      weight: 12,
      arity: false,
      options: ["SLEEP", "SET-ACTIVE-EXPIRE", "OBJECT", "PROTOCOL", "LOG", "CHANGE-REPL-ID"],
      replies: [
        ...[
          "+OK",
          "+Value at:…",
          ":n",
          "nil",
          "$",
          "*n",
          ":0",
          ":1",
          "-ERR no such key",
          "-ERR text",
        ],
        ...["%", "~", ",", "#", "="],
        "-ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
        syntaxOf("DEBUG"),
      ],
    },
  ),
];

/** The server's commands of Redis 7.0, as far as Veridis has them. */
export const serverCommands: ReadonlyArray<CommandEntry> = [
  ...configCommands,
  ...commandCommands,
  ...reports,
  ...debugCommands,
  ...helps,
  ...containers,
];
