/** The list commands. */

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
import { arity, NOT_INTEGER, NOT_POSITIVE, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import { element, INT64_MIN, integer, key, pick, place, unknownWord } from "../values.ts";
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

const end = pick([10, fc.constantFrom("LEFT", "RIGHT")], [1, unknownWord]);
const count = pick([6, fc.constantFrom("0", "1", "2", "3")], [2, integer]);
const signed = pick([6, place], [1, fc.constant(INT64_MIN)]);

const lposOptions = someOf(
  [
    option("RANK", signed),
    option("RANK", fc.constantFrom("1", "2", "-1", "-2", "0")),
    option("COUNT", count),
    option("MAXLEN", count),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("RANK", "COUNT", "MAXLEN")),
  ],
  3,
);

const lmpopKeys = either(
  words("1", key),
  words("2", key, key),
  words("3", key, key, key),
  words("1", key, key),
  words("4", key, key),
  words(integer, key),
);

const lmpopOptions = someOf(
  [
    option("COUNT", count),
    option("COUNT", fc.constantFrom("1", "2")),
    tagged("(unknown)", unknownWord),
  ],
  2,
);

const someKeys = either(words(key), words(key, key), words(key, key, key));
const waitingReplies = [NOT_A_TIMEOUT, NEGATIVE_TIMEOUT, WRONG_TYPE];

const waiting: Waiting = {
  type: "list",
  waits: (keys) => [
    call("BLPOP", ...keys, "0"),
    call("BRPOP", ...keys, "0"),
    call("BLMPOP", "0", String(keys.length), ...keys, "LEFT", "COUNT", "2"),
    call("BLMPOP", "1000", String(keys.length), ...keys, "RIGHT"),
    call("BLMOVE", keys[0]!, keys.at(-1)!, "LEFT", "RIGHT", "0"),
    call("BLMOVE", keys[0]!, "c", "RIGHT", "LEFT", "0"),
    call("BRPOPLPUSH", keys[0]!, keys[0] === "a" ? "b" : "a", "0"),
  ],
  brings: (name) => [
    call("RPUSH", name, "1"),
    call("LPUSH", name, "1", "2", "3"),
    call("LMOVE", "c", name, "LEFT", "LEFT"),
    call("RPUSH", name, "1", "2"),
  ],
  writes: (from, to) => [call("RPOPLPUSH", from, to)],
};

/** The list commands of Redis 7.0. */
export const lists: Family = {
  onData: true,
  type: "list",
  scenarios: [waitingScenario("BLPOP", waiting)],
  disturbances: (name) => [
    call("RPUSH", name, "x"),
    call("LPUSHX", name, "x"),
    call("LPOP", name),
    call("LPOP", name, "0"),
    call("LREM", name, "0", "nothing"),
    call("LTRIM", name, "0", "-1"),
    call("LTRIM", name, "1", "0"),
    call("LSET", name, "0", "x"),
    call("LMOVE", name, name, "LEFT", "RIGHT"),
    call("RPOPLPUSH", "b", name),
    call("LINSERT", name, "BEFORE", "a", "x"),
  ],
  commands: [
    ...["LPUSH", "RPUSH"].map((name) =>
      command(name, sequence(words(key), many(element, 1, 4)), {
        weight: 25,
        replies: [":1", ":n", WRONG_TYPE, arity(name.toLowerCase())],
      }),
    ),
    ...["LPUSHX", "RPUSHX"].map((name) =>
      command(name, sequence(words(key), many(element, 1, 2)), {
        replies: [":0", ":n", WRONG_TYPE, arity(name.toLowerCase())],
      }),
    ),
    ...["LPOP", "RPOP"].map((name) =>
      command(name, sequence(words(key), either(words(), words(count))), {
        weight: 20,
        replies: [
          "$",
          "nil",
          "*n",
          "*0",
          "*nil",
          NOT_POSITIVE,
          WRONG_TYPE,
          arity(name.toLowerCase()),
        ],
      }),
    ),
    command("LLEN", words(key), { replies: [":0", ":n", WRONG_TYPE, arity("llen")] }),
    command("LRANGE", words(key, place, place), {
      weight: 20,
      replies: ["*0", "*n", NOT_INTEGER, WRONG_TYPE, arity("lrange")],
    }),
    command("LINDEX", words(key, place), {
      weight: 15,
      replies: ["$", "nil", NOT_INTEGER, WRONG_TYPE, arity("lindex")],
    }),
    command("LSET", words(key, place, element), {
      weight: 15,
      replies: [
        "+OK",
        NOT_INTEGER,
        "-ERR no such key",
        "-ERR index out of range",
        WRONG_TYPE,
        arity("lset"),
      ],
    }),
    command(
      "LINSERT",
      words(
        key,
        pick([12, fc.constantFrom("BEFORE", "AFTER")], [1, unknownWord]),
        element,
        element,
      ),
      { weight: 15, replies: [":0", ":-1", ":n", SYNTAX, WRONG_TYPE, arity("linsert")] },
    ),
    command("LREM", words(key, signed, element), {
      weight: 20,
      replies: [":0", ":1", ":n", NOT_INTEGER, WRONG_TYPE, arity("lrem")],
    }),
    command("LTRIM", words(key, place, place), {
      weight: 15,
      replies: ["+OK", NOT_INTEGER, WRONG_TYPE, arity("ltrim")],
    }),
    command("LPOS", sequence(words(key, element), lposOptions), {
      weight: 25,
      options: ["RANK", "COUNT", "MAXLEN"],
      replies: [
        ...[":0", ":1", ":n", "nil", "*0", "*n", SYNTAX, NOT_INTEGER, WRONG_TYPE],
        "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
        "-ERR COUNT can't be negative",
        "-ERR MAXLEN can't be negative",
        arity("lpos"),
      ],
    }),
    command("LMOVE", words(key, key, end, end), {
      weight: 20,
      replies: ["$", "nil", SYNTAX, WRONG_TYPE, arity("lmove")],
    }),
    command("RPOPLPUSH", words(key, key), {
      weight: 15,
      replies: ["$", "nil", WRONG_TYPE, arity("rpoplpush")],
    }),
    command("LMPOP", sequence(lmpopKeys, words(end), lmpopOptions), {
      weight: 20,
      options: ["COUNT"],
      replies: [
        ...["*n", "*nil", SYNTAX, WRONG_TYPE, arity("lmpop")],
        "-ERR numkeys should be greater than 0",
        "-ERR count should be greater than 0",
      ],
    }),
    command("BLPOP", withTimeout(someKeys), {
      more: MORE,
      weight: 10,
      options: [...WAYS, "LPUSH"].map(broughtBy),
      replies: ["*n", "*nil", "(silence)", ...waitingReplies, arity("blpop")],
    }),
    command("BRPOP", withTimeout(someKeys), {
      more: MORE,
      weight: 10,
      replies: ["*n", "*nil", "(silence)", ...waitingReplies, arity("brpop")],
    }),
    command("BLMOVE", withTimeout(words(key, key, end, end)), {
      more: MORE,
      weight: 10,
      replies: ["$", "*nil", "(silence)", SYNTAX, ...waitingReplies, arity("blmove")],
    }),
    command("BRPOPLPUSH", withTimeout(words(key, key)), {
      more: MORE,
      weight: 10,
      replies: ["$", "*nil", "(silence)", ...waitingReplies, arity("brpoplpush")],
    }),
    command("BLMPOP", sequence(words(timeout), lmpopKeys, words(end), lmpopOptions), {
      weight: 15,
      options: ["COUNT"],
      replies: [
        ...["*n", "*nil", "(silence)", SYNTAX, ...waitingReplies, arity("blmpop")],
        "-ERR numkeys should be greater than 0",
        "-ERR count should be greater than 0",
      ],
    }),
  ],
};
