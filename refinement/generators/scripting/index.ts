/** The commands of scripts and functions. */

import { command, type Family, option, someOf, tagged } from "../grammar.ts";
import { syntaxOf } from "../replies.ts";
import { unknownWord } from "../values.ts";

const flushMode = someOf(
  [option("SYNC"), option("ASYNC"), tagged("(unknown)", unknownWord), option("sync")],
  2,
);

/** What there is of scripts and functions. */
export const scripting: Family = {
  commands: [
    command("FUNCTION|FLUSH", flushMode, {
      weight: 3,
      options: ["SYNC", "ASYNC"],
      replies: ["+OK", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option", syntaxOf("FUNCTION")],
    }),
    command("SCRIPT|FLUSH", flushMode, {
      weight: 3,
      options: ["SYNC", "ASYNC"],
      replies: ["+OK", "-ERR SCRIPT FLUSH only support SYNC|ASYNC option"],
    }),
  ],
};
