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

/** The list commands of Redis 7.0 that do not wait. */
export const lists: Family = {
  onData: true,
  type: "list",
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
  ],
};
