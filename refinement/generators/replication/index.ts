/** The commands about replicas. */

import fc from "fast-check";
import { command, type Family, words } from "../grammar.ts";
import { arity, NOT_INTEGER } from "../replies.ts";
import { integer, pick } from "../values.ts";

/** WAIT and ROLE, without replicas. */
export const replication: Family = {
  commands: [
    command("ROLE", words(), { weight: 4, replies: ["*n", arity("role")] }),
    command(
      "WAIT",
      words(
        pick([3, fc.constantFrom("0", "1", "-1")], [2, integer]),
        fc.constantFrom("1", "1", "2", "-1", "abc", "1.5"),
      ),
      {
        weight: 3,
        replies: [
          ":0",
          NOT_INTEGER,
          "-ERR timeout is not an integer or out of range",
          "-ERR timeout is negative",
          arity("wait"),
        ],
      },
    ),
  ],
};
