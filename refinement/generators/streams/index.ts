/** The stream commands. */

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
import { arity, NOT_INTEGER, SYNTAX, syntaxOf, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import { INT64_MAX, integer, key, notInteger, pick } from "../values.ts";
import { broughtBy, WAYS, type Waiting, waitingScenario } from "../waiting.ts";
import { scenarios } from "./scenarios.ts";

const BAD_ID = "-ERR Invalid stream ID specified as stream command argument";
const BAD_START = "-ERR invalid start ID for the interval";
const BAD_END = "-ERR invalid end ID for the interval";
const NO_KEY = "-ERR no such key";
const NO_STREAM =
  "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";
const NO_GROUP_OF_KEY = "-NOGROUP No such consumer group … for key name …";
const NO_KEY_OR_GROUP = "-NOGROUP No such key … or consumer group …";

const TWO_TRIMMINGS =
  "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible";

const UINT64_MAX = "18446744073709551615";

/** Ids that most entries have: few enough to be met again. */
const plainId = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 12 }))
  .map(([ms, number]) => `${ms}-${number}`);
const bareId = fc.nat({ max: 4 }).map(String);

/** Ids at the borders, and in forms that only C's number reading takes. */
const oddId = fc.constantFrom(
  ...["0-0", "0", "0-1", `${UINT64_MAX}-${UINT64_MAX}`, `${UINT64_MAX}-0`, `1-${UINT64_MAX}`],
  ...[INT64_MAX, "9223372036854775808-1", "00-01", " 1-2", "1- 3", "+1-+4", "1--05", "1\x00-9"],
);
const notId = fc.constantFrom(
  ...["", "-", "+", "abc", "1-", "-1", "1-2-3", "1-x", "x-1", "1 -1", "18446744073709551616-0"],
  ...["1--5", "*-1", "1-*x", "(1", "1".repeat(130), "$", ">"],
);

const id: fc.Arbitrary<string> = pick([20, plainId], [4, bareId], [2, oddId], [1, notId]);
const goodId: fc.Arbitrary<string> = pick([20, plainId], [3, bareId], [1, oddId]);

const autoId = tagged("*", fc.constant("*"));
const addedId: PartArbitrary = either(
  autoId,
  words(plainId),
  words(plainId),
  words(plainId),
  tagged("ms-*", fc.constantFrom("1-*", "2-*", "3-*", "0-*", "4-*", `${UINT64_MAX}-*`)),
  tagged("ms-*", fc.constantFrom("1-*", "2-*", "3-*", "0-*", "4-*", `${UINT64_MAX}-*`)),
  words(oddId),
  words(id),
);

/**
 * Fields and values. All of an entry's fit into the least size of a node that is ever configured: when
 * the first entry of a new node outgrows the room that Redis 7.0.15 makes for it, and the allocator
 * gives it the block that the node before had, Redis keeps the address of a block that is free.
 */
const element = pick(
  [10, fc.constantFrom("a", "b", "c", "1", "2", "")],
  [2, fc.constantFrom("-1", "127", "128", "4096", "32768", "-8388609", "2147483648", INT64_MAX)],
  [1, fc.constantFrom("01", "+1", "\x00\xff\r\n", "1.5")],
);
const field = pick([10, fc.constantFrom("f", "g")], [1, element]);
const fieldValue = pick(
  [10, element],
  [1, fc.integer({ min: 50, max: 200 }).map((n) => "w".repeat(n))],
);
const fields = either(
  words("f", fieldValue),
  words("f", fieldValue),
  words(field, fieldValue, field, fieldValue),
  many(element, 1, 5),
);

const length = pick(
  [14, fc.nat({ max: 6 }).map(String)],
  [1, fc.constantFrom("-1", INT64_MAX)],
  [1, notInteger],
);
const mark = fc.constantFrom("=", "~", "~");
const threshold: PartArbitrary = either(
  option("MAXLEN", length),
  tagged("MAXLEN ~", fc.constant("MAXLEN"), fc.constant("~"), length),
  tagged("MAXLEN =", fc.constant("MAXLEN"), fc.constant("="), length),
  option("MINID", id),
  tagged("MINID ~", fc.constant("MINID"), fc.constant("~"), id),
  tagged("MINID =", fc.constant("MINID"), fc.constant("="), id),
);
const limit = option(
  "LIMIT",
  pick(
    [10, fc.nat({ max: 4 }).map(String)],
    [1, fc.constantFrom("-1", INT64_MAX)],
    [1, notInteger],
  ),
);
const approximate = either(
  tagged(
    "MAXLEN ~ LIMIT",
    fc.constant("MAXLEN"),
    fc.constant("~"),
    length,
    fc.constant("LIMIT"),
    fc.nat({ max: 4 }).map(String),
  ),
  tagged(
    "MINID ~ LIMIT",
    fc.constant("MINID"),
    fc.constant("~"),
    id,
    fc.constant("LIMIT"),
    fc.nat({ max: 4 }).map(String),
  ),
);
const trimming = either(
  threshold,
  threshold,
  approximate,
  sequence(threshold, limit),
  sequence(threshold, threshold),
);

const addOptions = either(
  words(),
  words(),
  words(),
  option("NOMKSTREAM"),
  trimming,
  trimming,
  sequence(trimming, option("NOMKSTREAM")),
  limit,
  words(mark),
);

const bound = pick(
  [6, fc.constantFrom("-", "+")],
  [12, id],
  [4, goodId.map((one) => `(${one}`)],
  [1, fc.constantFrom("(", "(-", "(+", `(${UINT64_MAX}-${UINT64_MAX}`, "(0-0", "(0")],
);
const low = pick([6, fc.constant("-")], [10, bound]);
const high = pick([6, fc.constant("+")], [10, bound]);
const countNumber = pick([10, fc.nat({ max: 4 }).map(String)], [3, integer]);
const count = option("COUNT", countNumber);
const rangeOptions = either(
  words(),
  words(),
  count,
  sequence(count, count),
  tagged("(unknown)", fc.constantFrom("FOO", "COUNT")),
);

const group = pick([12, fc.constantFrom("g", "h")], [1, fc.constantFrom("", "no\r\nne", "x\x00y")]);
const consumer = fc.constantFrom("c", "d", "alice");

const readId = pick(
  [10, goodId],
  [4, fc.constant("0")],
  [2, fc.constant("$")],
  [1, notId],
  [1, fc.constant(">")],
);
const groupId = pick(
  [14, fc.constant(">")],
  [6, goodId],
  [3, fc.constant("0")],
  [1, notId],
  [1, fc.constant("$")],
);
/** No wait begins: nothing that is drawn is one unless it is refused. */
const badBlock = option("BLOCK", fc.constantFrom("-1", "x", "1.5", "9223372036854775808"));

const streamsOf = (one: fc.Arbitrary<string>): PartArbitrary =>
  either(
    words("STREAMS", key, one),
    words("STREAMS", key, one),
    words("STREAMS", key, key, one, one),
    words("STREAMS", key, key, one),
  );
/** Milliseconds to wait: soon over, never over, or far away. */
const block = option(
  "BLOCK",
  pick([4, fc.constantFrom("1", "2", "3")], [3, fc.constantFrom("0", "1000000")]),
);
const optionally = (part: PartArbitrary): PartArbitrary => either(words(), words(), part);
/** Behind what is there, mostly. */
const waitedId = pick([6, fc.constant("$")], [3, fc.constantFrom("5-0", "9", "3-12")], [2, goodId]);

const waiting: Waiting = {
  type: "stream",
  prepares: (name) => [
    call("XGROUP|CREATE", name, "g", "$", "MKSTREAM"),
    call("XGROUP|CREATE", name, "h", "0"),
  ],
  waits: (keys) => {
    const read = (...how: ReadonlyArray<string>) => [...how, "STREAMS", ...keys];
    const grouped = (...how: ReadonlyArray<string>) =>
      call("XREADGROUP", "GROUP", ...read(...how), ...keys.map(() => ">"));
    return [
      call("XREAD", ...read("BLOCK", "0"), ...keys.map(() => "$")),
      call("XREAD", ...read("COUNT", "1", "BLOCK", "1000000"), ...keys.map(() => "$")),
      call("XREAD", ...read("BLOCK", "0"), ...keys.map(() => "5-5")),
      grouped("g", "c", "BLOCK", "0"),
      grouped("g", "d", "COUNT", "1", "BLOCK", "0"),
      grouped("g", "c", "NOACK", "BLOCK", "0"),
      grouped("h", "c", "BLOCK", "1000000"),
    ];
  },
  brings: (name) => [
    call("XADD", name, "*", "f", "v"),
    call("XADD", name, "5-*", "f", "v"),
    call("XADD", name, "5-7", "f", "v", "g", "w"),
    call("XADD", name, "MAXLEN", "0", "*", "f", "v"),
  ],
  writes: (from, to) => [call("COPY", from, to, "REPLACE")],
  disturbs: (name) => [
    call("XGROUP|DESTROY", name, "g"),
    call("XGROUP|DESTROY", name, "h"),
    call("XGROUP|SETID", name, "g", "0"),
    call("XDEL", name, "5-7"),
    call("XTRIM", name, "MAXLEN", "0"),
    ...[call("DEL", name), call("UNLINK", name), call("SET", name, "x"), call("FLUSHDB")],
    ...[call("RENAME", name, "c"), call("LPUSH", name, "x"), call("MOVE", name, "1")],
  ],
};

const readOptions = someOf([count, count, count, badBlock], 2);
const groupOptions = someOf([count, count, option("NOACK"), option("NOACK"), badBlock], 2);
const badRead = tagged("(unknown)", fc.constantFrom("FOO", "GROUP", "COUNT", "STREAMS"));

const idle = pick(
  [10, fc.constantFrom("0", "0", "1", "1000")],
  [1, fc.constantFrom("-1", INT64_MAX)],
  [1, notInteger],
);
const claimOptions = someOf(
  [
    option("IDLE", pick([8, fc.constantFrom("0", "1000")], [2, integer])),
    option("TIME", pick([8, fc.constantFrom("0", "1000", "1700000000000")], [2, integer])),
    option("RETRYCOUNT", pick([8, fc.nat({ max: 5 }).map(String)], [2, integer])),
    option("FORCE"),
    option("FORCE"),
    option("FORCE"),
    option("JUSTID"),
    option("JUSTID"),
    option("LASTID", id),
    tagged("(unknown)", fc.constantFrom("FOO", "IDLE", "*")),
  ],
  3,
);

const pendingRange = either(
  words(),
  words(low, high, countNumber),
  words(low, high, countNumber),
  words(low, high, countNumber, consumer),
  option("IDLE", idle, low, high, countNumber),
  option("IDLE", idle, low, high, countNumber, consumer),
  option("IDLE", idle, low),
  words(low),
);

const entriesRead = option(
  "ENTRIESREAD",
  pick([8, fc.integer({ min: -1, max: 9 }).map(String)], [1, integer]),
);
const groupStart = pick([6, goodId], [6, fc.constantFrom("$", "0")], [2, id]);

/** The stream commands of Redis 7.0, without waiting. */
export const streams: Family = {
  onData: true,
  type: "stream",
  scenarios: [...scenarios, waitingScenario("XREAD", waiting)],
  disturbances: (name) => [
    call("XADD", name, "5-1", "f", "v"),
    call("XADD", name, "NOMKSTREAM", "*", "f", "v"),
    call("XDEL", name, "1-1"),
    call("XTRIM", name, "MAXLEN", "1"),
    call("XSETID", name, "9-9"),
    call("XGROUP|CREATE", name, "g", "0"),
    call("XACK", name, "g", "1-1"),
  ],
  commands: [
    command("XADD", sequence(words(key), addOptions, addedId, fields), {
      weight: 90,
      timed: true,
      options: [
        ...["*", "ms-*", "NOMKSTREAM", "MAXLEN", "MAXLEN ~", "MAXLEN =", "MINID", "MINID ~"],
        ...["MINID =", "MAXLEN ~ LIMIT", "MINID ~ LIMIT"],
      ],
      replies: [
        ...["$", "nil", TWO_TRIMMINGS, NOT_INTEGER, WRONG_TYPE, BAD_ID, arity("xadd")],
        "-ERR The MAXLEN argument must be >= 0.",
        "-ERR The LIMIT argument must be >= 0.",
        "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
        "-ERR syntax error, LIMIT cannot be used without the special ~ option",
        "-ERR The ID specified in XADD must be greater than 0-0",
        "-ERR The ID specified in XADD is equal or smaller than the target stream top item",
        "-ERR The stream has exhausted the last possible ID, unable to add more items",
      ],
    }),
    command("XLEN", words(key), { replies: [":0", ":1", ":n", WRONG_TYPE, arity("xlen")] }),
    ...(["XRANGE", "XREVRANGE"] as const).map((name) =>
      command(
        name,
        sequence(words(...(name === "XRANGE" ? [key, low, high] : [key, high, low])), rangeOptions),
        {
          weight: 25,
          options: ["COUNT"],
          replies: [
            ...["*n", "*0", "*nil", SYNTAX, NOT_INTEGER, WRONG_TYPE, BAD_ID, BAD_START, BAD_END],
            arity(name.toLowerCase()),
          ],
        },
      ),
    ),
    command("XDEL", sequence(words(key), many(id, 1, 3)), {
      weight: 25,
      replies: [":0", ":1", ":n", WRONG_TYPE, BAD_ID, arity("xdel")],
    }),
    command("XTRIM", sequence(words(key), either(trimming, trimming, limit, words(mark))), {
      weight: 25,
      options: [
        "MAXLEN",
        "MAXLEN ~",
        "MAXLEN =",
        "MINID",
        "MINID ~",
        "MINID =",
        "MAXLEN ~ LIMIT",
        "MINID ~ LIMIT",
      ],
      replies: [
        ...[
          ":0",
          ":1",
          ":n",
          SYNTAX,
          NOT_INTEGER,
          WRONG_TYPE,
          BAD_ID,
          arity("xtrim"),
          TWO_TRIMMINGS,
        ],
        "-ERR syntax error, XTRIM must be called with a trimming strategy",
      ],
    }),
    command(
      "XSETID",
      sequence(
        words(key, id),
        someOf([option("ENTRIESADDED", integer), option("MAXDELETEDID", id), words("FOO")], 2),
      ),
      {
        weight: 12,
        options: ["ENTRIESADDED", "MAXDELETEDID"],
        replies: [
          ...["+OK", NO_KEY, SYNTAX, NOT_INTEGER, WRONG_TYPE, BAD_ID, arity("xsetid")],
          "-ERR entries_added must be positive",
          "-ERR The entries_added specified in XSETID is smaller than the target stream length",
          "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
          "-ERR The ID specified in XSETID is smaller than the target stream top item",
        ],
      },
    ),
    command("XREAD", sequence(either(readOptions, readOptions, badRead), streamsOf(readId)), {
      weight: 25,
      options: ["COUNT"],
      replies: [
        ...["*n", "%", "*nil", SYNTAX, NOT_INTEGER, WRONG_TYPE, BAD_ID, arity("xread")],
        "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
        "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
        "-ERR timeout is not an integer or out of range",
        "-ERR timeout is negative",
      ],
    }),
    command("XREAD", sequence(optionally(count), block, streamsOf(waitedId)), {
      weight: 10,
      options: ["BLOCK", ...[...WAYS, "XADD"].map(broughtBy)],
      replies: ["*n", "*nil", "(silence)"],
    }),
    command(
      "XREADGROUP",
      sequence(
        words("GROUP", fc.constantFrom("g", "h"), consumer),
        someOf([count, option("NOACK")], 1),
        block,
        streamsOf(fc.constant(">")),
      ),
      {
        weight: 15,
        timed: "throughout",
        options: ["BLOCK"],
        replies: [
          ...["*n", "*nil", "(silence)"],
          "-UNBLOCKED the stream key no longer exists",
          "-NOGROUP the consumer group this client was blocked on no longer exists",
        ],
      },
    ),
    command(
      "XREADGROUP",
      sequence(
        either(words("GROUP", group, consumer), words("GROUP", group, consumer), words()),
        groupOptions,
        streamsOf(groupId),
      ),
      {
        weight: 60,
        timed: "throughout",
        options: ["COUNT", "NOACK"],
        replies: [
          ...["*n", "%", "*nil", NOT_INTEGER, WRONG_TYPE, BAD_ID, arity("xreadgroup")],
          "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
          "-NOGROUP No such key … or consumer group … in XREADGROUP with GROUP option",
          "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
        ],
      },
    ),
    command(
      "XGROUP|CREATE",
      sequence(
        words(key, group, groupStart),
        someOf([option("MKSTREAM"), option("MKSTREAM"), entriesRead], 3),
      ),
      {
        weight: 40,
        options: ["MKSTREAM", "ENTRIESREAD"],
        replies: [
          ...[
            "+OK",
            NOT_INTEGER,
            WRONG_TYPE,
            BAD_ID,
            NO_STREAM,
            syntaxOf("XGROUP"),
            arity("xgroup|create"),
          ],
          "-BUSYGROUP Consumer Group name already exists",
          "-ERR value for ENTRIESREAD must be positive or -1",
        ],
      },
    ),
    command(
      "XGROUP|SETID",
      sequence(
        words(key, group, pick([9, groupStart], [1, fc.constantFrom("-", "+")])),
        someOf([entriesRead], 1),
      ),
      {
        weight: 15,
        options: ["ENTRIESREAD"],
        replies: [
          "+OK",
          NOT_INTEGER,
          WRONG_TYPE,
          BAD_ID,
          NO_STREAM,
          NO_GROUP_OF_KEY,
          arity("xgroup|setid"),
        ],
      },
    ),
    command("XGROUP|DESTROY", words(key, group), {
      weight: 5,
      replies: [":0", ":1", WRONG_TYPE, NO_STREAM, arity("xgroup|destroy")],
    }),
    command("XGROUP|CREATECONSUMER", words(key, group, consumer), {
      weight: 8,
      timed: true,
      replies: [":0", ":1", WRONG_TYPE, NO_STREAM, NO_GROUP_OF_KEY, arity("xgroup|createconsumer")],
    }),
    command("XGROUP|DELCONSUMER", words(key, group, consumer), {
      weight: 8,
      replies: [":0", ":1", WRONG_TYPE, NO_STREAM, NO_GROUP_OF_KEY, arity("xgroup|delconsumer")],
    }),
    command("XACK", sequence(words(key, group), many(id, 1, 3)), {
      weight: 20,
      replies: [":0", ":1", WRONG_TYPE, BAD_ID, arity("xack")],
    }),
    command("XPENDING", sequence(words(key, group), pendingRange), {
      weight: 25,
      timed: true,
      options: ["IDLE"],
      replies: [
        ...["*n", "*0", SYNTAX, NOT_INTEGER, WRONG_TYPE, BAD_ID, BAD_START, BAD_END],
        ...[NO_KEY_OR_GROUP, arity("xpending")],
      ],
    }),
    command(
      "XCLAIM",
      sequence(words(key, group, consumer, idle), many(goodId, 0, 3), claimOptions),
      {
        weight: 40,
        timed: "throughout",
        options: ["IDLE", "TIME", "RETRYCOUNT", "FORCE", "JUSTID", "LASTID"],
        replies: [
          ...["*n", "*0", WRONG_TYPE, BAD_ID, NO_KEY_OR_GROUP, arity("xclaim")],
          "-ERR Invalid min-idle-time argument for XCLAIM",
          "-ERR Invalid IDLE option argument for XCLAIM",
          "-ERR Invalid TIME option argument for XCLAIM",
          "-ERR Invalid RETRYCOUNT option argument for XCLAIM",
          "-ERR Unrecognized XCLAIM option …",
        ],
      },
    ),
    command(
      "XAUTOCLAIM",
      sequence(
        words(key, group, consumer, idle, low),
        someOf(
          [
            option("COUNT", pick([10, fc.integer({ min: 1, max: 3 }).map(String)], [2, integer])),
            option("JUSTID"),
            words("FOO"),
          ],
          2,
        ),
      ),
      {
        weight: 25,
        timed: "throughout",
        options: ["COUNT", "JUSTID"],
        replies: [
          ...["*n", SYNTAX, WRONG_TYPE, BAD_ID, BAD_START, NO_KEY_OR_GROUP, arity("xautoclaim")],
          "-ERR Invalid min-idle-time argument for XAUTOCLAIM",
          "-ERR COUNT must be > 0",
        ],
      },
    ),
    command(
      "XINFO|STREAM",
      sequence(
        words(key),
        either(
          words(),
          option("FULL"),
          option("FULL", "COUNT", countNumber),
          words("FOO"),
          words("FULL", "COUNT"),
        ),
      ),
      {
        weight: 25,
        options: ["FULL"],
        replies: [
          "*n",
          "%",
          NO_KEY,
          NOT_INTEGER,
          WRONG_TYPE,
          syntaxOf("XINFO"),
          arity("xinfo|stream"),
        ],
      },
    ),
    command("XINFO|GROUPS", words(key), {
      weight: 12,
      replies: ["*n", "*0", NO_KEY, WRONG_TYPE, arity("xinfo|groups")],
    }),
    command("XINFO|CONSUMERS", words(key, group), {
      weight: 12,
      timed: true,
      replies: ["*n", "*0", NO_KEY, WRONG_TYPE, NO_GROUP_OF_KEY, arity("xinfo|consumers")],
    }),
  ],
};
