/** The commands about the server itself. */

import fc from "fast-check";
import { command, either, type Family, many, option, sequence, tagged, words } from "../grammar.ts";
import { arity, NO_MEMORY, NOT_INTEGER, SYNTAX } from "../replies.ts";
import { integer, key, PASSWORD, unknownWord, value } from "../values.ts";
import { scenarios } from "./scenarios.ts";

/** Values stay within what a test may do to a server: no more memory for strings than Redis' own. */
const directive = either(
  option("requirepass", fc.constantFrom("", "", PASSWORD)),
  option("maxmemory", fc.constantFrom("0", "0", "0", "00b", "1", "-1", "x", "1kk")),
  option("maxmemory-policy", fc.constantFrom("noeviction", "allkeys-lfu", "VOLATILE-LRU", "none")),
  option("proto-max-bulk-len", fc.constantFrom("1mb", "1048576", "512mb", "1", "-1", "x", "1kk")),
  option("stream-node-max-bytes", fc.constantFrom("0", "1kb", "4096", "-1", "x")),
  option("stream-node-max-entries", fc.constantFrom("0", "1", "3", "100", "-1", "x")),
  tagged("(immutable)", fc.constant("databases"), fc.constantFrom("16", "x")),
  tagged("(unknown)", unknownWord, value),
);

const directiveName = fc.constantFrom(
  "requirepass",
  "RequirePass",
  "maxmemory",
  "maxmemory-policy",
  "proto-max-bulk-len",
  "databases",
  "maxmemory-p*",
  "*pass",
  "nothing",
);

/** Sizes are small: what Redis draws with a few large tiles takes hundreds of megabytes. */
const size = fc.constantFrom("40", "5", "1", "0", "-1", "x");
const picture = words("VERSION", fc.constantFrom("5", "6"), size, size);

/** CONFIG, and what the server says about itself. */
export const server: Family = {
  scenarios,
  commands: [
    command("CONFIG|SET", either(directive, directive, sequence(directive, directive)), {
      weight: 16,
      options: ["requirepass", "maxmemory", "maxmemory-policy", "proto-max-bulk-len"],
      replies: [
        "+OK",
        "-ERR Unknown option or number of arguments for CONFIG SET - …",
        "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config",
        "-ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument must be a memory value",
        SYNTAX,
        arity("config|set"),
      ],
    }),
    command("CONFIG|GET", many(directiveName, 1, 2), {
      weight: 5,
      replies: ["*n", "%", "*0", "%0", arity("config|get")],
    }),
    command("CONFIG|RESETSTAT", words(), {
      weight: 2,
      replies: ["+OK", arity("config|resetstat")],
    }),
    command("CONFIG|REWRITE", words(), {
      weight: 2,
      replies: ["-ERR The server is running without a config file", arity("config|rewrite")],
    }),
    // Whatever needs memory is refused where there is none.
    command("SET", words(key, value), { weight: 2, replies: [NO_MEMORY] }),
    command("EXEC", words(), {
      weight: 1,
      replies: [`-EXECABORT Transaction discarded because of: ${NO_MEMORY.slice(1)}`],
    }),
    command("LASTSAVE", words(), { weight: 4, replies: [":n", arity("lastsave")] }),
    command("TIME", words(), { weight: 4, replies: ["*n", arity("time")] }),
    command("INFO", either(words(), words(fc.constantFrom("server", "ALL", "nothing", ""))), {
      weight: 2,
      arity: false,
      replies: ["$", "=", "$0"],
    }),
    command("LOLWUT", either(words(), words("VERSION", integer), picture), {
      weight: 2,
      arity: false,
      replies: ["$", "=", NOT_INTEGER],
    }),
  ],
};
