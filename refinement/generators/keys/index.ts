/** The commands on keys and databases. */

import fc from "fast-check";
import { damagedPayloads, soundPayloads } from "../../../model/keyspace/keys/payloads.ts";
import {
  type CommandEntry,
  command,
  type Family,
  many,
  option,
  type PartArbitrary,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import {
  arity,
  badExpire,
  NOT_A_32_BIT,
  NOT_A_DATABASE,
  NOT_INTEGER,
  SAME_OBJECT,
  SYNTAX,
} from "../replies.ts";
import { call } from "../step.ts";
import {
  database,
  integer,
  key,
  millisecondsToLive,
  pattern,
  pick,
  secondsToLive,
  unixMilliseconds,
  unixSeconds,
  unknownWord,
} from "../values.ts";
import { scenarios } from "./scenarios.ts";

const condition: PartArbitrary = someOf(
  [
    option("NX"),
    option("XX"),
    option("GT"),
    option("LT"),
    option("GT"),
    option("LT"),
    tagged("(unknown)", unknownWord),
  ],
  2,
);

const expireFamily: ReadonlyArray<CommandEntry> = (
  [
    ["EXPIRE", secondsToLive],
    ["PEXPIRE", millisecondsToLive],
    ["EXPIREAT", unixSeconds],
    ["PEXPIREAT", unixMilliseconds],
  ] as const
).map(([name, when]) =>
  command(name, sequence(words(key, when), condition), {
    weight: 30,
    timed: true,
    options: ["NX", "XX", "GT", "LT"],
    replies: [
      ":0",
      ":1",
      NOT_INTEGER,
      // Milliseconds since 1970 are taken as they are: nothing can overflow.
      ...(name === "PEXPIREAT" ? [] : [badExpire(name.toLowerCase())]),
      "-ERR NX and XX, GT or LT options at the same time are not compatible",
      "-ERR GT and LT options at the same time are not compatible",
      "-ERR Unsupported option …",
      arity(name.toLowerCase()),
    ],
  }),
);

const lifetimeFamily: ReadonlyArray<CommandEntry> = (
  [
    ["TTL", true],
    ["PTTL", true],
    ["EXPIRETIME", false],
    ["PEXPIRETIME", false],
  ] as const
).map(([name, timed]) =>
  command(name, words(key), {
    weight: 15,
    timed,
    replies: [":-2", ":-1", ":n", arity(name.toLowerCase())],
  }),
);

const copyOptions = someOf(
  [
    option("DB", database),
    option("DB", database),
    option("REPLACE"),
    tagged("(unknown)", unknownWord),
  ],
  2,
);

/** Cursors: a scan's start mostly, since any other is the table's own business. */
const cursor = pick(
  [10, fc.constant("0")],
  [1, fc.constantFrom("7", "18446744073709551615")],
  [2, fc.constantFrom("-1", "abc", "", " 0", "0 ", "1.5", "18446744073709551616", "+1", "-0")],
);

const scanOptions = someOf(
  [
    option("MATCH", pattern),
    option(
      "COUNT",
      pick([5, fc.constantFrom("100", "1000")], [2, integer], [1, fc.constantFrom("0", "-1")]),
    ),
    option("TYPE", fc.constantFrom("string", "STRING", "list", "zset", "nothing", "")),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("MATCH", "COUNT", "TYPE")),
  ],
  3,
);

const soundPayload = fc.constantFrom(...soundPayloads.keys());

/** Payloads: sound ones, damaged ones, and sound ones of which a bit has turned over. */
const payload = pick<string>(
  [12, soundPayload],
  [2, fc.constantFrom(...damagedPayloads)],
  [
    1,
    fc.tuple(soundPayload, fc.nat(), fc.nat({ max: 7 })).map(([sound, place, bit]) => {
      const at = place % sound.length;
      const turned = String.fromCharCode(sound.charCodeAt(at) ^ (1 << bit));
      return sound.slice(0, at) + turned + sound.slice(at + 1);
    }),
  ],
  [1, fc.constantFrom("", "text")],
);

const restoredTtl = pick<string>(
  [8, fc.constant("0")],
  [4, millisecondsToLive],
  [1, unixMilliseconds],
  [1, integer],
  [1, fc.constant("-1")],
);

const restoreOptions = someOf(
  [
    option("REPLACE"),
    option("REPLACE"),
    option("REPLACE"),
    option("ABSTTL"),
    option("IDLETIME", pick([3, fc.constantFrom("0", "5", "16777300")], [1, integer])),
    option("FREQ", pick([3, fc.constantFrom("0", "5", "255", "256")], [1, integer])),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("IDLETIME", "FREQ")),
  ],
  3,
);

/** The commands on keys and their lifetimes of Redis 7.0. */
export const keys: Family = {
  onData: true,
  makes: key.map((name) => call("EXPIRE", name, "100")),
  scenarios,
  disturbances: (name) => [
    call("DEL", name),
    call("PERSIST", name),
    call("EXPIRE", name, "100"),
    call("EXPIRE", name, "-1"),
    call("TOUCH", name),
    call("RENAME", name, name),
    call("RENAME", "b", name),
    call("COPY", "b", name, "REPLACE"),
    ...["0", "1", "2"].map((other) => call("MOVE", name, other)),
  ],
  commands: [
    ...expireFamily,
    ...lifetimeFamily,
    command("PERSIST", words(key), { replies: [":0", ":1", arity("persist")] }),
    command("DEL", many(key, 1, 3), { weight: 15, replies: [":0", ":1", ":n", arity("del")] }),
    command("UNLINK", many(key, 1, 3), { replies: [":0", ":1", ":n", arity("unlink")] }),
    command("EXISTS", many(key, 1, 4), { replies: [":0", ":1", ":n", arity("exists")] }),
    command("TOUCH", many(key, 1, 4), { replies: [":0", ":1", ":n", arity("touch")] }),
    command("TYPE", words(key), {
      replies: ["+string", "+list", "+hash", "+set", "+zset", "+none", arity("type")],
    }),
    command("RENAME", words(key, key), {
      weight: 20,
      replies: ["+OK", "-ERR no such key", arity("rename")],
    }),
    command("RENAMENX", words(key, key), {
      weight: 15,
      replies: [":0", ":1", "-ERR no such key", arity("renamenx")],
    }),
    command("COPY", sequence(words(key, key), copyOptions), {
      weight: 30,
      options: ["DB", "REPLACE"],
      replies: [
        ":0",
        ":1",
        SYNTAX,
        NOT_INTEGER,
        NOT_A_32_BIT,
        NOT_A_DATABASE,
        SAME_OBJECT,
        arity("copy"),
      ],
    }),
    command("MOVE", words(key, database), {
      weight: 15,
      replies: [":0", ":1", NOT_INTEGER, NOT_A_32_BIT, NOT_A_DATABASE, SAME_OBJECT, arity("move")],
    }),
    command("DUMP", words(key), { weight: 8, replies: ["$", "nil", arity("dump")] }),
    command("RESTORE", sequence(words(key, restoredTtl, payload), restoreOptions), {
      weight: 30,
      timed: true,
      options: ["REPLACE", "ABSTTL", "IDLETIME", "FREQ"],
      replies: [
        "+OK",
        SYNTAX,
        NOT_INTEGER,
        "-BUSYKEY Target key name already exists.",
        "-ERR Invalid TTL value, must be >= 0",
        "-ERR Invalid IDLETIME value, must be >= 0",
        "-ERR Invalid FREQ value, must be >= 0 and <= 255",
        "-ERR DUMP payload version or checksum are wrong",
        "-ERR Bad data format",
        arity("restore"),
      ],
    }),
    command("KEYS", words(pattern), { replies: ["*0", "*n", arity("keys")] }),
    command("SCAN", sequence(words(cursor), scanOptions), {
      weight: 20,
      options: ["MATCH", "COUNT", "TYPE"],
      replies: ["*n", SYNTAX, NOT_INTEGER, "-ERR invalid cursor", arity("scan")],
    }),
    command("RANDOMKEY", words(), { replies: ["$", "nil", arity("randomkey")] }),
    command("OBJECT|ENCODING", words(key), {
      weight: 15,
      replies: ["$", "nil", arity("object|encoding")],
    }),
    command("OBJECT|REFCOUNT", words(key), {
      replies: [":1", ":n", "nil", arity("object|refcount")],
    }),
    command("OBJECT|IDLETIME", words(key), { replies: [":0", "nil", arity("object|idletime")] }),
    command("OBJECT|FREQ", words(key), {
      replies: [
        "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        "nil",
        arity("object|freq"),
      ],
    }),
    command("OBJECT", tagged("(unknown)", unknownWord, key), {
      weight: 3,
      replies: ["-ERR unknown subcommand …. Try OBJECT HELP.", arity("object")],
    }),
  ],
};
