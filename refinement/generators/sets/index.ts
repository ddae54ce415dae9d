/** The commands on sets. */

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
import { arity, NOT_IN_RANGE, NOT_INTEGER, NOT_POSITIVE, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import {
  borderInteger,
  element,
  INT64_MIN,
  integer,
  key,
  notInteger,
  pattern,
  pick,
  smallInteger,
  unknownWord,
} from "../values.ts";
import { scenarios } from "./scenarios.ts";

const member = pick([6, element], [5, smallInteger], [1, borderInteger]);

const popped = pick(
  [14, fc.constantFrom("0", "1", "1", "2", "3", "5")],
  [1, fc.constantFrom("30", "9223372036854775807", "-1")],
  [1, notInteger],
);

/** No negative count is so large that the reply would never end. */
const drawn = pick(
  [14, fc.integer({ min: -7, max: 7 }).map(String)],
  [1, fc.constantFrom("9223372036854775807", "30", "-30")],
  [1, fc.constant(INT64_MIN)],
  [1, notInteger],
);

const cursor = pick(
  [12, fc.constant("0")],
  [2, fc.constantFrom("-1", "abc", "", " 0", "1.5", "18446744073709551616", "+1", "3")],
);

const scanOptions = someOf(
  [
    option("MATCH", pattern),
    option("COUNT", pick([5, fc.constantFrom("100", "1000", "1")], [2, integer])),
    tagged("(unknown)", fc.constant("TYPE"), fc.constant("string")),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("MATCH", "COUNT")),
  ],
  2,
);

const limit = either(
  words(),
  words(),
  option("LIMIT", pick([6, fc.constantFrom("0", "1", "2", "100")], [2, integer])),
  tagged("(unknown)", unknownWord),
  tagged("(incomplete)", fc.constant("LIMIT")),
);

/** Keys behind their number, now and then a wrong one. */
const counted = pick([12, fc.constantFrom(1, 2, 3)], [1, fc.constant(0)]).chain((count) =>
  either(
    sequence(words(fc.constant(String(count))), many(key, count, count)),
    sequence(words(fc.constant(String(count))), many(key, count, count)),
    sequence(words(fc.constant(String(count))), many(key, count, count)),
    tagged("(number)", pick([1, integer], [1, fc.constantFrom("0", "-1", "9")]), key, key),
  ),
);

/** The commands on sets of Redis 7.0. */
export const sets: Family = {
  onData: true,
  type: "set",
  scenarios,
  disturbances: (name) => [
    call("SADD", name, "a"),
    call("SREM", name, "a"),
    call("SREM", name, "nothing"),
    call("SMOVE", name, name, "a"),
    call("SUNIONSTORE", name, name),
    call("SINTERSTORE", name, "nothing"),
  ],
  commands: [
    command("SADD", sequence(words(key), many(member, 1, 6)), {
      weight: 45,
      replies: [":0", ":1", ":n", WRONG_TYPE, arity("sadd")],
    }),
    command("SREM", sequence(words(key), many(member, 1, 4)), {
      weight: 20,
      replies: [":0", ":1", ":n", WRONG_TYPE, arity("srem")],
    }),
    command("SISMEMBER", words(key, member), {
      replies: [":0", ":1", WRONG_TYPE, arity("sismember")],
    }),
    command("SMISMEMBER", sequence(words(key), many(member, 1, 4)), {
      replies: ["*n", WRONG_TYPE, arity("smismember")],
    }),
    command("SCARD", words(key), { replies: [":0", ":n", WRONG_TYPE, arity("scard")] }),
    command("SMEMBERS", words(key), {
      weight: 12,
      replies: ["*0", "*n", "~0", "~", WRONG_TYPE, arity("smembers")],
    }),
    command("SMOVE", words(key, key, member), {
      weight: 20,
      replies: [":0", ":1", WRONG_TYPE, arity("smove")],
    }),
    command(
      "SPOP",
      sequence(
        words(key),
        either(words(), words(popped), words(popped), tagged("(more)", popped, popped)),
      ),
      {
        weight: 25,
        replies: [
          ...["$", "nil", "*0", "*n", "~0", "~"],
          ...[NOT_POSITIVE, SYNTAX, WRONG_TYPE, arity("spop")],
        ],
      },
    ),
    command(
      "SRANDMEMBER",
      sequence(
        words(key),
        either(words(), words(drawn), words(drawn), tagged("(more)", drawn, drawn)),
      ),
      {
        weight: 15,
        replies: [
          ...["$", "nil", "*0", "*n"],
          ...[NOT_INTEGER, NOT_IN_RANGE, SYNTAX, WRONG_TYPE, arity("srandmember")],
        ],
      },
    ),
    ...["SINTER", "SUNION", "SDIFF"].map((name) =>
      command(name, many(key, 1, 4), {
        weight: 12,
        replies: ["*0", "*n", "~0", "~", WRONG_TYPE, arity(name.toLowerCase())],
      }),
    ),
    ...["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"].map((name) =>
      command(name, sequence(words(key), many(key, 1, 4)), {
        weight: 12,
        replies: [":0", ":1", ":n", WRONG_TYPE, arity(name.toLowerCase())],
      }),
    ),
    command("SINTERCARD", sequence(counted, limit), {
      weight: 20,
      options: ["LIMIT"],
      replies: [
        ...[":0", ":1", ":n", SYNTAX, WRONG_TYPE, arity("sintercard")],
        "-ERR numkeys should be greater than 0",
        "-ERR Number of keys can't be greater than number of args",
        "-ERR LIMIT can't be negative",
      ],
    }),
    command("SSCAN", sequence(words(key, cursor), scanOptions), {
      weight: 15,
      options: ["MATCH", "COUNT"],
      replies: ["*n", SYNTAX, NOT_INTEGER, "-ERR invalid cursor", WRONG_TYPE, arity("sscan")],
    }),
  ],
};
