/** The commands on tallies. */

import { command, type Family, words } from "../grammar.ts";
import { arity } from "../replies.ts";
import { call } from "../step.ts";
import { key } from "../values.ts";

/** The commands on tallies. */
export const marks: Family = {
  onData: true,
  type: "tally",
  disturbances: (name) => [call("MARK", name)],
  commands: [
    command("MARK", words(key), { weight: 30, replies: [":n", arity("mark")] }),
    command("MARKS", words(key), { replies: [":0", ":n", arity("marks")] }),
  ],
};
