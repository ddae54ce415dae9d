/** MULTI and its kin. */

import { command, type Family, many, words } from "../grammar.ts";
import { arity } from "../replies.ts";
import { key } from "../values.ts";
import { scenarios } from "./scenarios.ts";

/** The transaction commands of Redis 7.0. */
export const transactions: Family = {
  onData: true,
  scenarios,
  commands: [
    command("MULTI", words(), {
      weight: 40,
      replies: ["+OK", "-ERR MULTI calls can not be nested", arity("multi")],
    }),
    command("EXEC", words(), {
      weight: 45,
      timed: true,
      replies: [
        "*0",
        "*n",
        "*nil",
        "-ERR EXEC without MULTI",
        "-EXECABORT Transaction discarded because of previous errors.",
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
      ],
    }),
    command("DISCARD", words(), {
      weight: 8,
      replies: ["+OK", "-ERR DISCARD without MULTI", arity("discard")],
    }),
    command("WATCH", many(key, 1, 3), {
      weight: 25,
      replies: ["+OK", "-ERR WATCH inside MULTI is not allowed", arity("watch")],
    }),
    command("UNWATCH", words(), { weight: 6, replies: ["+OK", arity("unwatch")] }),
  ],
};
