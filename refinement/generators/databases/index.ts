/** The commands about databases as wholes. */

import { command, type Family, option, someOf, tagged, words } from "../grammar.ts";
import { arity, NOT_A_32_BIT, NOT_A_DATABASE, NOT_INTEGER, SYNTAX } from "../replies.ts";
import { call } from "../step.ts";
import { database, unknownWord } from "../values.ts";

const flushOption = someOf([option("SYNC"), option("ASYNC"), tagged("(unknown)", unknownWord)], 1);

/** The commands about databases as wholes. */
export const databases: Family = {
  onData: true,
  disturbances: () => [
    call("FLUSHDB"),
    call("FLUSHALL"),
    ...["01", "02", "10", "12", "20", "21"].map(([one, other]) => call("SWAPDB", one!, other!)),
  ],
  commands: [
    command("SWAPDB", words(database, database), {
      weight: 12,
      replies: [
        "+OK",
        "-ERR invalid first DB index",
        "-ERR invalid second DB index",
        NOT_A_DATABASE,
        arity("swapdb"),
      ],
    }),
    command("SELECT", words(database), {
      weight: 30,
      replies: ["+OK", NOT_INTEGER, NOT_A_32_BIT, NOT_A_DATABASE, arity("select")],
    }),
    command("DBSIZE", words(), { replies: [":0", ":n", arity("dbsize")] }),
    command("FLUSHDB", flushOption, {
      weight: 4,
      options: ["SYNC", "ASYNC"],
      replies: ["+OK", SYNTAX],
    }),
    command("FLUSHALL", flushOption, {
      weight: 4,
      options: ["SYNC", "ASYNC"],
      replies: ["+OK", SYNTAX],
    }),
  ],
};
