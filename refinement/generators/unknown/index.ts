/** Names that are no command. */

import fc from "fast-check";
import { type Family, many } from "../grammar.ts";
import { value } from "../values.ts";

const unknownName = fc.constantFrom(
  "FOO",
  "",
  "get ",
  "GETT",
  "\x00\xff",
  "N\r\nO",
  "u".repeat(200),
);

/** Names that Redis does not know, which it quotes back with some of the arguments. */
export const unknown: Family = {
  commands: [
    {
      name: "(unknown)",
      weight: 8,
      arbitrary: fc
        .tuple(unknownName, many(value, 0, 4))
        .map(([name, part]) => ({ name: "(unknown)", options: [], args: [name, ...part.words] })),
      wrong: undefined,
      options: [],
      replies: ["-ERR unknown command …"],
      timed: false,
    },
  ],
};
