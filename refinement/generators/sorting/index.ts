/** The commands that sort. */

import fc from "fast-check";
import { command, type Family, option, sequence, someOf, tagged, words } from "../grammar.ts";
import { arity, NOT_INTEGER, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import { element, integer, key, pick, unknownWord } from "../values.ts";
import { BY_PATTERNS, GET_PATTERNS, scenarios } from "./scenarios.ts";

const NOT_SORTABLE = "-ERR One or more scores can't be converted into double";

const by = pick([8, fc.constantFrom(...BY_PATTERNS)], [1, element]);
const get = pick([8, fc.constantFrom(...GET_PATTERNS)], [1, element]);
const limit = pick([8, fc.integer({ min: -1, max: 5 }).map(String)], [1, integer]);

const options = someOf(
  [
    option("ALPHA"),
    option("ALPHA"),
    option("ASC"),
    option("DESC"),
    option("BY", by),
    option("BY", by),
    option("GET", get),
    option("GET", get),
    option("LIMIT", limit, limit),
    option("LIMIT", limit, limit),
    tagged("(unknown)", unknownWord),
    tagged("(incomplete)", fc.constantFrom("BY", "GET", "LIMIT", "STORE")),
  ],
  5,
);

const storing = someOf([option("STORE", key)], 1);

const SHOWN = ["*0", "*n", SYNTAX, NOT_INTEGER, WRONG_TYPE, NOT_SORTABLE];

/** The commands that sort of Redis 7.0. */
export const sorting: Family = {
  onData: true,
  scenarios,
  makes: key.chain((name) =>
    fc.constantFrom(
      call("RPUSH", name, "2", "1", "3"),
      call("SADD", name, "a", "b", "c"),
      call("SADD", name, "3", "2", "1"),
      call("ZADD", name, "1", "b", "2", "a"),
      call("SET", name, "2"),
      call("HSET", name, "a", "1"),
    ),
  ),
  disturbances: (name) => [
    call("SORT", name, "ALPHA", "STORE", name),
    call("SORT", "b", "ALPHA", "STORE", name),
    call("SORT", "nothing", "STORE", name),
    call("SORT", name, "ALPHA"),
  ],
  commands: [
    command("SORT", sequence(words(key), options, storing), {
      weight: 30,
      options: ["BY", "LIMIT", "GET", "ASC", "DESC", "ALPHA", "STORE"],
      replies: [...SHOWN, ":0", ":n", arity("sort")],
    }),
    command("SORT_RO", sequence(words(key), options), {
      weight: 12,
      options: ["BY", "LIMIT", "GET", "ASC", "DESC", "ALPHA"],
      replies: [...SHOWN, arity("sort_ro")],
    }),
  ],
};
