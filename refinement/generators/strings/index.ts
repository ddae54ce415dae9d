/** The string commands. */

import fc from "fast-check";
import {
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
import { arity, badExpire, NOT_INTEGER, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import {
  floatText,
  INT64_MIN,
  integer,
  key,
  millisecondsToLive,
  notFloat,
  offset,
  pick,
  secondsToLive,
  similarText,
  unixMilliseconds,
  unixSeconds,
  unknownWord,
  value,
  writeOffset,
} from "../values.ts";
import { scenarios } from "./scenarios.ts";

const expireOptions = [
  option("EX", secondsToLive),
  option("PX", millisecondsToLive),
  option("EXAT", unixSeconds),
  option("PXAT", unixMilliseconds),
];

const setOptions = someOf(
  [
    ...expireOptions,
    option("KEEPTTL"),
    option("NX"),
    option("XX"),
    option("GET"),
    option("GET"),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("EX", "PX", "EXAT", "PXAT")),
  ],
  3,
);

const getexOptions = someOf(
  [...expireOptions, option("PERSIST"), tagged("(unknown)", unknownWord)],
  2,
);

const lcsOptions = someOf(
  [
    option("IDX"),
    option("IDX"),
    option("LEN"),
    option("WITHMATCHLEN"),
    option("MINMATCHLEN", pick([4, fc.constantFrom("1", "2", "3", "4")], [1, integer])),
    tagged("(unknown)", unknownWord),
  ],
  3,
);

const pairs = either(
  sequence(words(key, value)),
  sequence(words(key, value, key, value)),
  sequence(words(key, value, key, value, key, value)),
  tagged("(odd)", key, value, key),
);

const increment = pick([5, floatText], [3, integer], [2, notFloat]);

/** The string commands of Redis 7.0, SUBSTR included, bit commands not. */
export const strings: Family = {
  onData: true,
  type: "string",
  scenarios,
  disturbances: (name) => [
    call("SET", name, "x"),
    call("APPEND", name, ""),
    call("SETRANGE", name, "0", ""),
    call("SETNX", name, "x"),
    call("GETEX", name, "PERSIST"),
    call("GETDEL", name),
    call("INCRBY", name, "0"),
  ],
  commands: [
    command("SET", sequence(words(key, value), setOptions), {
      weight: 70,
      timed: true,
      options: ["EX", "PX", "EXAT", "PXAT", "KEEPTTL", "NX", "XX", "GET"],
      replies: [
        "+OK",
        "nil",
        "$",
        "$0",
        SYNTAX,
        NOT_INTEGER,
        badExpire("set"),
        WRONG_TYPE,
        arity("set"),
      ],
    }),
    command("GET", words(key), {
      weight: 25,
      replies: ["$", "$0", "nil", WRONG_TYPE, arity("get")],
    }),
    command("GETSET", words(key, value), {
      replies: ["$", "$0", "nil", WRONG_TYPE, arity("getset")],
    }),
    command("GETDEL", words(key), { replies: ["$", "$0", "nil", WRONG_TYPE, arity("getdel")] }),
    command("GETEX", sequence(words(key), getexOptions), {
      weight: 25,
      timed: true,
      options: ["EX", "PX", "EXAT", "PXAT", "PERSIST"],
      replies: [
        "$",
        "$0",
        "nil",
        SYNTAX,
        NOT_INTEGER,
        badExpire("getex"),
        WRONG_TYPE,
        arity("getex"),
      ],
    }),
    command("SETNX", words(key, value), { replies: [":0", ":1", arity("setnx")] }),
    command("SETEX", words(key, secondsToLive, value), {
      timed: true,
      replies: ["+OK", NOT_INTEGER, badExpire("setex"), arity("setex")],
    }),
    command("PSETEX", words(key, millisecondsToLive, value), {
      timed: true,
      replies: ["+OK", NOT_INTEGER, badExpire("psetex"), arity("psetex")],
    }),
    command("APPEND", words(key, value), {
      weight: 15,
      replies: [":0", ":n", WRONG_TYPE, arity("append")],
    }),
    command("STRLEN", words(key), { replies: [":0", ":1", ":n", WRONG_TYPE, arity("strlen")] }),
    command("GETRANGE", words(key, offset, offset), {
      replies: ["$", "$0", NOT_INTEGER, WRONG_TYPE, arity("getrange")],
    }),
    command("SUBSTR", words(key, offset, offset), {
      replies: ["$", "$0", NOT_INTEGER, WRONG_TYPE, arity("substr")],
    }),
    command("SETRANGE", words(key, writeOffset, value), {
      weight: 15,
      replies: [
        ":0",
        ":n",
        NOT_INTEGER,
        "-ERR offset is out of range",
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        WRONG_TYPE,
        arity("setrange"),
      ],
    }),
    ...["INCR", "DECR"].map((name) =>
      command(name, words(key), {
        weight: 15,
        replies: [
          ":0",
          name === "INCR" ? ":1" : ":-1",
          ":n",
          ":-n",
          NOT_INTEGER,
          "-ERR increment or decrement would overflow",
          WRONG_TYPE,
          arity(name.toLowerCase()),
        ],
      }),
    ),
    command("INCRBY", words(key, integer), {
      weight: 15,
      replies: [
        ":n",
        ":-n",
        NOT_INTEGER,
        "-ERR increment or decrement would overflow",
        WRONG_TYPE,
        arity("incrby"),
      ],
    }),
    command("DECRBY", words(key, pick([12, integer], [1, fc.constant(INT64_MIN)])), {
      weight: 15,
      replies: [
        ":n",
        ":-n",
        NOT_INTEGER,
        "-ERR increment or decrement would overflow",
        "-ERR decrement would overflow",
        WRONG_TYPE,
        arity("decrby"),
      ],
    }),
    command("INCRBYFLOAT", words(key, increment), {
      weight: 25,
      replies: [
        "$",
        "-ERR value is not a valid float",
        "-ERR increment would produce NaN or Infinity",
        WRONG_TYPE,
        arity("incrbyfloat"),
      ],
    }),
    command("MGET", many(key, 1, 4), { replies: ["*n", arity("mget")] }),
    command("MSET", pairs, { weight: 15, replies: ["+OK", arity("mset")] }),
    command("MSETNX", pairs, { replies: [":0", ":1", arity("msetnx")] }),
    command("LCS", sequence(words(key, key), lcsOptions), {
      weight: 25,
      options: ["IDX", "LEN", "MINMATCHLEN", "WITHMATCHLEN"],
      replies: [
        "$",
        "$0",
        ":0",
        ":n",
        "%",
        SYNTAX,
        NOT_INTEGER,
        "-ERR If you want both the length and indexes, please just use IDX.",
        "-ERR The specified keys must contain string values",
        arity("lcs"),
      ],
    }),
    command("SET", words(key, similarText), { weight: 12, replies: ["+OK"] }),
  ],
};
