/** The sorted set commands. */

import fc from "fast-check";
import {
  command,
  either,
  type Family,
  many,
  option,
  type PartArbitrary,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_IN_RANGE, NOT_INTEGER, NOT_POSITIVE, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import {
  element,
  INT64_MIN,
  integer,
  key,
  notInteger,
  pattern,
  pick,
  place,
  score,
  unknownWord,
} from "../values.ts";
import {
  broughtBy,
  MORE,
  NEGATIVE_TIMEOUT,
  NOT_A_TIMEOUT,
  timeout,
  WAYS,
  type Waiting,
  waitingScenario,
  withTimeout,
} from "../waiting.ts";
import { scenarios } from "./scenarios.ts";

const NOT_A_RANGE = "-ERR min or max is not a float";
const NOT_A_LEX_RANGE = "-ERR min or max not valid string range item";
const NOT_A_FLOAT = "-ERR value is not a valid float";
const IS_NAN = "-ERR resulting score is not a number (NaN)";

const pairs = either(
  words(score, element),
  words(score, element, score, element),
  words(score, element, score, element, score, element),
  words(score, element, score, element, score, element, score, element),
  tagged("(odd)", score, element, score),
);

const addOptions = someOf(
  ["NX", "XX", "GT", "LT", "CH", "INCR"].map((name) => option(name)),
  3,
);

/** A border of scores; `(` leaves the score itself out. */
const border = pick(
  [
    10,
    fc
      .tuple(fc.constantFrom("", "", "("), fc.integer({ min: -4, max: 6 }))
      .map(([mark, n]) => mark + String(n)),
  ],
  [6, fc.constantFrom("-inf", "+inf", "inf", "(-inf", "(inf", "-infinity")],
  [2, fc.tuple(fc.constantFrom("", "("), score).map(([mark, text]) => mark + text)],
  [1, fc.constantFrom("", "(", " 1", "( 1", "((1", "1e400", "1\x00x", "0x10", "nan", "1 ", "[1")],
);

/** Where scores may differ only everything and nothing are certain. */
const lexBorder = pick(
  [10, fc.constantFrom("-", "+")],
  [1, fc.constantFrom("", "a", "-x", "+x", "-\x00x", "+\x00x", "1", " [a")],
);

const limit = pick(
  [10, fc.integer({ min: -2, max: 4 }).map(String)],
  [1, fc.constantFrom("9223372036854775807", INT64_MIN)],
  [1, notInteger],
);

const limits = option("LIMIT", limit, limit);
const incomplete = tagged("(incomplete)", fc.constantFrom("LIMIT"), limit);
const wrongWord = tagged("(unknown)", unknownWord);
const withScores = option("WITHSCORES");

/** The range and the options of ZRANGE and ZRANGESTORE. */
function ranged(...more: ReadonlyArray<PartArbitrary>): PartArbitrary {
  const rest = someOf([option("REV"), option("REV"), limits, incomplete, wrongWord, ...more], 3);
  const rank = sequence(words(place, place), rest);
  const byScore = sequence(words(border, border), option("BYSCORE"), rest);
  return either(
    rank,
    rank,
    byScore,
    byScore,
    sequence(words(lexBorder, lexBorder), option("BYLEX"), rest),
    sequence(words(border, border), rest, option("BYSCORE")),
    sequence(words(border, border), option("BYSCORE"), option("BYLEX")),
  );
}

const LISTED = ["*0", "*n", SYNTAX, WRONG_TYPE];

const numkeys = (keys: PartArbitrary): PartArbitrary =>
  either(
    sequence(words("1", key), keys),
    sequence(words("2", key, key), keys),
    sequence(words("2", key, key), keys),
    sequence(words("3", key, key, key), keys),
    sequence(words("4", key, key), keys),
    sequence(words(fc.constantFrom("0", "-1", "x", "1.5", ""), key), keys),
  );

const weight = pick(
  [8, fc.integer({ min: -2, max: 3 }).map(String)],
  [3, score],
  [1, fc.constantFrom("inf", "-inf", "0")],
);
const weights = either(
  option("WEIGHTS", weight),
  option("WEIGHTS", weight, weight),
  option("WEIGHTS", weight, weight),
  option("WEIGHTS", weight, weight, weight),
);
const aggregates = option(
  "AGGREGATE",
  pick([12, fc.constantFrom("SUM", "MIN", "MAX")], [1, unknownWord]),
);
const WEIGHT_ERROR = "-ERR weight value is not a float";

const noKeys = (name: string): string =>
  `-ERR at least 1 input key is needed for '${name}' command`;

const combining = (name: string): ReadonlyArray<string> => [
  ...[NOT_INTEGER, SYNTAX, WRONG_TYPE],
  noKeys(name),
  arity(name),
];

/** No negative count is so large that the reply would never end. */
const drawn = pick(
  [12, fc.integer({ min: -7, max: 7 }).map(String)],
  [2, fc.constantFrom("9223372036854775807", "4611686018427387903", "4611686018427387904")],
  [1, fc.constant(INT64_MIN)],
  [1, notInteger],
);

const popKeys = either(
  words("1", key),
  words("2", key, key),
  words("3", key, key, key),
  words("4", key, key),
  words(integer, key),
);
const someKeys = either(words(key), words(key, key), words(key, key, key));
const waitingReplies = [NOT_A_TIMEOUT, NEGATIVE_TIMEOUT, WRONG_TYPE];

const waiting: Waiting = {
  type: "zset",
  waits: (keys) => [
    call("BZPOPMIN", ...keys, "0"),
    call("BZPOPMIN", ...keys, "1000"),
    call("BZPOPMAX", ...keys, "0"),
    call("BZMPOP", "0", String(keys.length), ...keys, "MIN", "COUNT", "2"),
  ],
  brings: (name) => [
    call("ZADD", name, "1", "x"),
    call("ZADD", name, "1", "x", "2", "y"),
    call("ZADD", name, "1", "x", "2", "y", "3", "z"),
    call("ZINCRBY", name, "2", "x"),
    call("ZADD", name, "INCR", "2", "x"),
  ],
  writes: (from, to) => [
    call("ZUNIONSTORE", to, "1", from),
    call("ZRANGESTORE", to, from, "0", "-1"),
    call("ZINTERSTORE", to, "2", from, from),
  ],
};

const count = pick([6, fc.constantFrom("0", "1", "2", "3")], [2, integer]);
const end = pick([10, fc.constantFrom("MIN", "MAX")], [1, unknownWord]);

const cursor = pick(
  [12, fc.constant("0")],
  [2, fc.constantFrom("-1", "abc", "", " 0", "1.5", "18446744073709551616", "+1")],
);

const scanOptions = someOf(
  [
    option("MATCH", pattern),
    option("COUNT", pick([5, fc.constantFrom("100", "1000")], [2, integer])),
    tagged("(unknown)", fc.constant("TYPE"), fc.constant("zset")),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("MATCH", "COUNT")),
  ],
  2,
);

/** The sorted set commands of Redis 7.0 that do not wait. */
export const zsets: Family = {
  onData: true,
  type: "zset",
  disturbances: (name) => [
    call("ZADD", name, "1", "a"),
    call("ZADD", name, "XX", "7", "a"),
    call("ZADD", name, "NX", "7", "b"),
    call("ZINCRBY", name, "0", "a"),
    call("ZREM", name, "a"),
    call("ZREM", name, "nothing"),
    call("ZPOPMIN", name),
    call("ZREMRANGEBYSCORE", name, "(1", "1"),
    call("ZREMRANGEBYRANK", name, "0", "-1"),
    call("ZRANGESTORE", name, "b", "0", "-1"),
    call("ZUNIONSTORE", name, "1", name),
  ],
  scenarios: [...scenarios, waitingScenario("BZPOPMIN", waiting)],
  commands: [
    command("ZADD", sequence(words(key), addOptions, pairs), {
      weight: 90,
      options: ["NX", "XX", "GT", "LT", "CH", "INCR"],
      replies: [
        ...[":0", ":1", ":n", "$", "nil", SYNTAX, WRONG_TYPE, NOT_A_FLOAT, IS_NAN, arity("zadd")],
        "-ERR XX and NX options at the same time are not compatible",
        "-ERR GT, LT, and/or NX options at the same time are not compatible",
        "-ERR INCR option supports a single increment-element pair",
      ],
    }),
    command("ZINCRBY", words(key, pick([12, score], [1, fc.constant("NX")]), element), {
      weight: 30,
      replies: ["$", SYNTAX, WRONG_TYPE, NOT_A_FLOAT, IS_NAN, arity("zincrby")],
    }),
    command("ZREM", sequence(words(key), many(element, 1, 3)), {
      weight: 15,
      replies: [":0", ":1", ":n", WRONG_TYPE, arity("zrem")],
    }),
    command("ZSCORE", words(key, element), {
      weight: 15,
      replies: ["$", "nil", WRONG_TYPE, arity("zscore")],
    }),
    command("ZMSCORE", sequence(words(key), many(element, 1, 3)), {
      replies: ["*n", WRONG_TYPE, arity("zmscore")],
    }),
    command("ZCARD", words(key), { replies: [":0", ":n", WRONG_TYPE, arity("zcard")] }),
    command("ZCOUNT", words(key, border, border), {
      weight: 15,
      replies: [":0", ":1", ":n", NOT_A_RANGE, WRONG_TYPE, arity("zcount")],
    }),
    command("ZLEXCOUNT", words(key, lexBorder, lexBorder), {
      replies: [":0", ":n", NOT_A_LEX_RANGE, WRONG_TYPE, arity("zlexcount")],
    }),
    ...["ZRANK", "ZREVRANK"].map((name) =>
      command(name, words(key, element), {
        weight: 15,
        replies: [":0", ":n", "nil", WRONG_TYPE, arity(name.toLowerCase())],
      }),
    ),
    command("ZRANGE", sequence(words(key), ranged(withScores, withScores)), {
      weight: 70,
      options: ["BYSCORE", "BYLEX", "REV", "LIMIT", "WITHSCORES"],
      replies: [
        ...[...LISTED, NOT_INTEGER, NOT_A_RANGE, NOT_A_LEX_RANGE, arity("zrange")],
        "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
        "-ERR syntax error, WITHSCORES not supported in combination with BYLEX",
      ],
    }),
    command("ZRANGESTORE", sequence(words(key, key), ranged()), {
      weight: 40,
      options: ["BYSCORE", "BYLEX", "REV", "LIMIT"],
      replies: [
        ...[":0", ":1", ":n", SYNTAX, WRONG_TYPE],
        ...[NOT_INTEGER, NOT_A_RANGE, NOT_A_LEX_RANGE, arity("zrangestore")],
        "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
      ],
    }),
    command("ZREVRANGE", sequence(words(key, place, place), someOf([withScores, wrongWord], 1)), {
      weight: 15,
      options: ["WITHSCORES"],
      replies: [...LISTED, NOT_INTEGER, arity("zrevrange")],
    }),
    ...["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"].map((name) =>
      command(
        name,
        sequence(
          words(key, border, border),
          someOf([withScores, limits, incomplete, wrongWord], 2),
        ),
        {
          weight: 25,
          options: ["WITHSCORES", "LIMIT"],
          replies: [...LISTED, NOT_A_RANGE, NOT_INTEGER, arity(name.toLowerCase())],
        },
      ),
    ),
    ...["ZRANGEBYLEX", "ZREVRANGEBYLEX"].map((name) =>
      command(
        name,
        sequence(
          words(key, lexBorder, lexBorder),
          someOf([limits, limits, incomplete, wrongWord, tagged("(unknown)", "WITHSCORES")], 2),
        ),
        {
          weight: 15,
          options: ["LIMIT"],
          replies: [...LISTED, NOT_A_LEX_RANGE, NOT_INTEGER, arity(name.toLowerCase())],
        },
      ),
    ),
    command("ZREMRANGEBYRANK", words(key, place, place), {
      weight: 15,
      replies: [":0", ":1", ":n", NOT_INTEGER, WRONG_TYPE, arity("zremrangebyrank")],
    }),
    command("ZREMRANGEBYSCORE", words(key, border, border), {
      weight: 15,
      replies: [":0", ":1", ":n", NOT_A_RANGE, WRONG_TYPE, arity("zremrangebyscore")],
    }),
    command("ZREMRANGEBYLEX", words(key, lexBorder, lexBorder), {
      replies: [":0", ":n", NOT_A_LEX_RANGE, WRONG_TYPE, arity("zremrangebylex")],
    }),
    ...["ZPOPMIN", "ZPOPMAX"].map((name) =>
      command(name, sequence(words(key), either(words(), words(count))), {
        weight: 15,
        replies: ["*0", "*n", NOT_POSITIVE, SYNTAX, WRONG_TYPE, arity(name.toLowerCase())],
      }),
    ),
    command(
      "ZMPOP",
      sequence(
        popKeys,
        words(end),
        someOf([option("COUNT", count), option("COUNT", fc.constantFrom("1", "2")), wrongWord], 2),
      ),
      {
        weight: 20,
        options: ["COUNT"],
        replies: [
          ...["*n", "*nil", SYNTAX, WRONG_TYPE, arity("zmpop")],
          "-ERR numkeys should be greater than 0",
          "-ERR count should be greater than 0",
        ],
      },
    ),
    ...["BZPOPMIN", "BZPOPMAX"].map((name) =>
      command(name, withTimeout(someKeys), {
        more: MORE,
        weight: 10,
        options: name === "BZPOPMIN" ? [...WAYS, "ZADD", "ZUNIONSTORE"].map(broughtBy) : [],
        replies: ["*n", "*nil", "(silence)", ...waitingReplies, arity(name.toLowerCase())],
      }),
    ),
    command(
      "BZMPOP",
      sequence(
        words(timeout),
        popKeys,
        words(end),
        someOf([option("COUNT", count), option("COUNT", fc.constantFrom("1", "2")), wrongWord], 2),
      ),
      {
        weight: 15,
        options: ["COUNT"],
        replies: [
          ...["*n", "*nil", "(silence)", SYNTAX, ...waitingReplies, arity("bzmpop")],
          "-ERR numkeys should be greater than 0",
          "-ERR count should be greater than 0",
        ],
      },
    ),
    command(
      "ZRANDMEMBER",
      sequence(
        words(key),
        either(
          words(),
          words(drawn),
          tagged("WITHSCORES", drawn, fc.constant("WITHSCORES")),
          tagged("(unknown)", drawn, unknownWord),
        ),
      ),
      {
        weight: 20,
        options: ["WITHSCORES"],
        replies: [
          ...["$", "nil", "*0", "*n", NOT_INTEGER, NOT_IN_RANGE, SYNTAX, WRONG_TYPE],
          "-ERR value is out of range",
          arity("zrandmember"),
        ],
      },
    ),
    ...["ZUNION", "ZINTER"].map((name) =>
      command(
        name,
        numkeys(someOf([weights, weights, aggregates, aggregates, withScores, wrongWord], 3)),
        {
          weight: 30,
          options: ["WEIGHTS", "AGGREGATE", "WITHSCORES"],
          replies: ["*0", "*n", WEIGHT_ERROR, ...combining(name.toLowerCase())],
        },
      ),
    ),
    ...["ZUNIONSTORE", "ZINTERSTORE"].map((name) =>
      command(
        name,
        sequence(
          words(key),
          numkeys(someOf([weights, weights, aggregates, aggregates, wrongWord], 2)),
        ),
        {
          weight: 30,
          options: ["WEIGHTS", "AGGREGATE"],
          replies: [":0", ":n", WEIGHT_ERROR, ...combining(name.toLowerCase())],
        },
      ),
    ),
    command("ZDIFF", numkeys(someOf([withScores, withScores, wrongWord], 1)), {
      weight: 15,
      options: ["WITHSCORES"],
      replies: ["*0", "*n", ...combining("zdiff")],
    }),
    command("ZDIFFSTORE", sequence(words(key), numkeys(someOf([wrongWord], 1))), {
      weight: 15,
      replies: [":0", ":n", ...combining("zdiffstore")],
    }),
    command(
      "ZINTERCARD",
      numkeys(
        someOf([option("LIMIT", count), option("LIMIT", fc.constantFrom("1", "2")), wrongWord], 2),
      ),
      {
        weight: 20,
        options: ["LIMIT"],
        replies: [":0", ":1", ":n", "-ERR LIMIT can't be negative", ...combining("zintercard")],
      },
    ),
    command("ZSCAN", sequence(words(key, cursor), scanOptions), {
      weight: 15,
      options: ["MATCH", "COUNT"],
      replies: ["*n", SYNTAX, NOT_INTEGER, "-ERR invalid cursor", WRONG_TYPE, arity("zscan")],
    }),
  ],
};
