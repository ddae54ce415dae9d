/** The hash commands. */

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
import { arity, NOT_IN_RANGE, NOT_INTEGER, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import {
  borderInteger,
  element,
  floatText,
  INT64_MIN,
  integer,
  key,
  notFloat,
  notInteger,
  pattern,
  pick,
  unknownWord,
} from "../values.ts";

const number = pick([4, integer], [2, floatText], [3, borderInteger], [2, element]);
const pairs = either(
  words(element, element),
  words(element, number),
  words(element, element, element, element),
  words(element, element, element, number, element, element),
  tagged("(odd)", element, element, element),
);

/** No negative count is so large that the reply would never end. */
const count = pick(
  [12, fc.integer({ min: -7, max: 7 }).map(String)],
  [2, fc.constantFrom("9223372036854775807", "4611686018427387903", "4611686018427387904")],
  [1, fc.constant(INT64_MIN)],
  [1, notInteger],
);

const cursor = pick(
  [12, fc.constant("0")],
  [2, fc.constantFrom("-1", "abc", "", " 0", "1.5", "18446744073709551616", "+1")],
);

const scanOptions = someOf(
  [
    option("MATCH", pattern),
    option("COUNT", pick([5, fc.constantFrom("100", "1000")], [2, integer])),
    tagged("(unknown)", fc.constant("TYPE"), fc.constant("string")),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("MATCH", "COUNT")),
  ],
  2,
);

/** The hash commands of Redis 7.0. */
export const hashes: Family = {
  onData: true,
  type: "hash",
  disturbances: (name) => [
    call("HSET", name, "a", "1"),
    call("HSETNX", name, "a", "1"),
    call("HDEL", name, "a"),
    call("HDEL", name, "nothing"),
    call("HINCRBY", name, "a", "0"),
    call("HINCRBYFLOAT", name, "a", "0"),
  ],
  commands: [
    command("HSET", sequence(words(key), pairs), {
      weight: 30,
      replies: [":0", ":1", ":n", WRONG_TYPE, arity("hset")],
    }),
    command("HMSET", sequence(words(key), pairs), {
      replies: ["+OK", WRONG_TYPE, arity("hmset")],
    }),
    command("HSETNX", words(key, element, element), {
      weight: 12,
      replies: [":0", ":1", WRONG_TYPE, arity("hsetnx")],
    }),
    command("HGET", words(key, element), {
      weight: 15,
      replies: ["$", "$0", "nil", WRONG_TYPE, arity("hget")],
    }),
    command("HMGET", sequence(words(key), many(element, 1, 3)), {
      replies: ["*n", WRONG_TYPE, arity("hmget")],
    }),
    command("HLEN", words(key), { replies: [":0", ":n", WRONG_TYPE, arity("hlen")] }),
    command("HSTRLEN", words(key, element), {
      replies: [":0", ":n", WRONG_TYPE, arity("hstrlen")],
    }),
    command("HEXISTS", words(key, element), {
      replies: [":0", ":1", WRONG_TYPE, arity("hexists")],
    }),
    ...["HKEYS", "HVALS"].map((name) =>
      command(name, words(key), { replies: ["*0", "*n", WRONG_TYPE, arity(name.toLowerCase())] }),
    ),
    command("HGETALL", words(key), {
      weight: 15,
      replies: ["*0", "*n", "%0", "%", WRONG_TYPE, arity("hgetall")],
    }),
    command("HDEL", sequence(words(key), many(element, 1, 3)), {
      weight: 20,
      replies: [":0", ":1", ":n", WRONG_TYPE, arity("hdel")],
    }),
    command("HINCRBY", words(key, element, integer), {
      weight: 25,
      replies: [
        ...[":n", ":-n", NOT_INTEGER, WRONG_TYPE, arity("hincrby")],
        "-ERR hash value is not an integer",
        "-ERR increment or decrement would overflow",
      ],
    }),
    command(
      "HINCRBYFLOAT",
      words(key, element, pick([5, floatText], [3, integer], [2, notFloat])),
      {
        weight: 25,
        replies: [
          ...["$", WRONG_TYPE, arity("hincrbyfloat")],
          "-ERR value is not a valid float",
          "-ERR hash value is not a float",
          "-ERR value is NaN or Infinity",
        ],
      },
    ),
    command(
      "HRANDFIELD",
      sequence(
        words(key),
        either(
          words(),
          words(count),
          tagged("WITHVALUES", count, fc.constant("WITHVALUES")),
          tagged("(unknown)", count, unknownWord),
        ),
      ),
      {
        weight: 20,
        options: ["WITHVALUES"],
        replies: [
          ...["$", "nil", "*0", "*n", NOT_INTEGER, NOT_IN_RANGE, SYNTAX, WRONG_TYPE],
          "-ERR value is out of range",
          arity("hrandfield"),
        ],
      },
    ),
    command("HSCAN", sequence(words(key, cursor), scanOptions), {
      weight: 15,
      options: ["MATCH", "COUNT"],
      replies: ["*n", SYNTAX, NOT_INTEGER, "-ERR invalid cursor", WRONG_TYPE, arity("hscan")],
    }),
  ],
};
