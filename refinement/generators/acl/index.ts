/** Users and their rules. */

import fc from "fast-check";
import { command, either, type Family, sequence, tagged, words } from "../grammar.ts";
import { channel, channelPattern } from "../pubsub/names.ts";
import { arity, NOT_INTEGER } from "../replies.ts";
import type { Arg } from "../step.ts";
import { borderInteger, key, notInteger, PASSWORD, pick, unknownWord, value } from "../values.ts";
import { loginRule, rules, usefulRules } from "./rules.ts";
import { scenarios } from "./scenarios.ts";
import { LOGINS } from "./users.ts";

const args = (list: fc.Arbitrary<ReadonlyArray<Arg>>) =>
  list.map((all) => ({ words: all, options: [] }));

/** Who never logs in may be given whatever rules; default keeps all that it may. */
const changes = either(
  args(fc.tuple(fc.constantFrom("carol", "dave"), rules).map(([name, list]) => [name, ...list])),
  args(fc.tuple(fc.constantFrom("carol", "dave"), rules).map(([name, list]) => [name, ...list])),
  args(fc.tuple(fc.constantFrom(...LOGINS), usefulRules).map(([name, list]) => [name, ...list])),
  args(
    fc
      .tuple(pick([1, fc.constant("default")]), fc.array(loginRule, { maxLength: 2 }))
      .map(([name, list]) => [name, ...list]),
  ),
  args(fc.constantFrom(["a b"], ["x\x00"], [""])),
);

const name = fc.constantFrom(...LOGINS, "carol", "dave", "default", "nobody");

/** Commands whose keys and channels are used in every way. */
const tried = either(
  words("GET", key),
  words("SET", key, value),
  words("SET", key, value, "GET"),
  words("EXISTS", key, key),
  words("GETDEL", key),
  words("MSET", key, value, key, value),
  words("COPY", key, key),
  words("RENAME", key, key),
  words("SORT", key, "BY", "w_*", "STORE", key),
  words("SORT", key, "STORE", key, "STORE", key),
  words("BITFIELD", key, "GET", "u8", "0"),
  words("BITFIELD", key, "SET", "u8", "0", "1"),
  words("EVAL", "return 1", pick([3, fc.constantFrom("1", "2")], [1, notInteger]), key, key),
  words("ZUNIONSTORE", key, fc.constantFrom("1", "2", "3", "2x"), key, key),
  words("LMPOP", "1", key, "LEFT"),
  words("XREAD", "COUNT", "1", "STREAMS", key, key, "0", "0"),
  words("GEORADIUS", key, "0", "0", "1", "m", fc.constantFrom("STORE", "STOREDIST"), key),
  words("OBJECT", "ENCODING", key),
  words("SUBSCRIBE", channel, channel),
  words("PSUBSCRIBE", channelPattern),
  words("PUBLISH", channel, value),
  words("SPUBLISH", channel, value),
  words("SELECT", fc.constantFrom("0", "1")),
  words("CONFIG", "GET", "x"),
  words("CONFIG", "FOO"),
  words("CLIENT", fc.constantFrom("ID", "LIST")),
  words("AUTH", PASSWORD),
  words("GET"),
  words(unknownWord),
);

const UNKNOWN = "-ERR Error in ACL SETUSER modifier …: Unknown command or category name in ACL";

/** The commands of users. */
export const acl: Family = {
  scenarios,
  commands: [
    command("ACL|SETUSER", changes, {
      weight: 25,
      replies: [
        "+OK",
        UNKNOWN,
        "-ERR Error in ACL SETUSER modifier …: Syntax error",
        "-ERR Error in ACL SETUSER modifier …: Allowing first-arg of a subcommand is not supported",
        "-ERR Usernames can't contain spaces or null characters",
        arity("acl|setuser"),
      ],
    }),
    command("ACL|GETUSER", words(name), { replies: ["*n", "%", "nil", arity("acl|getuser")] }),
    command("ACL|LIST", words(), { replies: ["*n", arity("acl|list")] }),
    command("ACL|USERS", words(), { weight: 3, replies: ["*n", arity("acl|users")] }),
    command("ACL|WHOAMI", words(), { replies: ["$", arity("acl|whoami")] }),
    command("ACL|DELUSER", either(words(name), words(name, name)), {
      weight: 3,
      replies: [":0", ":1", "-ERR The 'default' user cannot be removed", arity("acl|deluser")],
    }),
    command("ACL|DRYRUN", sequence(words(name), tried), {
      weight: 25,
      takesNames: true,
      more: ["x", "1"],
      replies: ["+OK", "$", "-ERR User … not found", "-ERR Command … not found"],
    }),
    command(
      "ACL|CAT",
      either(words(), words(fc.constantFrom("read", "SCRIPTING", "connection", "nosuch", ""))),
      { weight: 3, replies: ["*n", "-ERR Unknown category …"] },
    ),
    command(
      "ACL|GENPASS",
      either(
        words(),
        words(
          pick([3, fc.constantFrom("1", "4", "5", "4096")], [1, borderInteger], [1, notInteger]),
        ),
      ),
      {
        weight: 2,
        replies: [
          "$",
          NOT_INTEGER,
          "-ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
        ],
      },
    ),
    command(
      "ACL|LOG",
      either(
        words(),
        words(fc.constantFrom("1", "0", "-1", "5")),
        tagged("RESET", fc.constantFrom("RESET", "reset")),
        words(notInteger),
      ),
      { weight: 8, options: ["RESET"], timed: true, replies: ["*n", "*0", "+OK", NOT_INTEGER] },
    ),
    ...["LOAD", "SAVE"].map((sub) =>
      command(`ACL|${sub}`, words(), {
        weight: 1,
        replies: [
          "-ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.",
          arity(`acl|${sub.toLowerCase()}`),
        ],
      }),
    ),
    command("ACL", tagged("(unknown)", unknownWord), {
      weight: 1,
      arity: false,
      replies: ["-ERR unknown subcommand …. Try ACL HELP."],
    }),
    command("AUTH", words(fc.constantFrom(...LOGINS), fc.constant(PASSWORD)), {
      weight: 12,
      arity: false,
      replies: ["+OK"],
    }),
  ],
};
