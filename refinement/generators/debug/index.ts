/** The commands for tests. */

import fc from "fast-check";
import { command, either, type Family, option, tagged } from "../grammar.ts";
import { syntaxOf } from "../replies.ts";
import { key, unknownWord, value } from "../values.ts";

const protocolKind = fc.constantFrom(
  ...["string", "integer", "double", "null", "array", "set", "map", "true", "FALSE", "verbatim"],
  "nothing",
);

/** DEBUG, as far as tests rely on it. */
export const debug: Family = {
  commands: [
    command(
      "DEBUG",
      either(
        option("SLEEP", fc.constantFrom("0", "0.001")),
        option("SET-ACTIVE-EXPIRE", fc.constant("1")),
        option("OBJECT", key),
        option("PROTOCOL", protocolKind),
        option("PROTOCOL", protocolKind),
        option("ERROR", fc.constantFrom("ERR text", "CODE two\r\nlines", "")),
        option("LOG", value),
        option("CHANGE-REPL-ID"),
        tagged("(unknown)", unknownWord),
      ),
      {
        weight: 12,
        arity: false,
        options: ["SLEEP", "SET-ACTIVE-EXPIRE", "OBJECT", "PROTOCOL", "LOG", "CHANGE-REPL-ID"],
        replies: [
          ...[
            "+OK",
            "+Value at:…",
            ":n",
            "nil",
            "$",
            "*n",
            ":0",
            ":1",
            "-ERR no such key",
            "-ERR text",
          ],
          ...["%", "~", ",", "#", "="],
          "-ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
          syntaxOf("DEBUG"),
        ],
      },
    ),
  ],
};
