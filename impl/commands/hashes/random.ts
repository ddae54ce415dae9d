import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { HashView } from "../../types/hash/hash-view.ts";
import { flag, integer, KEY, optional } from "../shared/arguments.ts";
import { type Drawing, draw } from "../shared/drawing.ts";
import { HASH } from "./facts.ts";
import { readHash, replyName, replyValue } from "./lookup.ts";

/** HRANDFIELD: fields drawn by chance. */
export const HRANDFIELD: Command = {
  ...HASH,
  name: "hrandfield",
  arity: -2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "6.2.0",
  complexity: "O(N) in the number of fields drawn",
  summary: "Draws fields of a hash",
  arguments: [
    KEY,
    optional({
      name: "options",
      type: "block",
      arguments: [integer("count"), optional(flag("withvalues"))],
    }),
  ],
  handler: hrandfield,
};

const FIELDS: Drawing<HashView> = {
  read: readHash,
  pairsWord: "withvalues",
  reply: (call, hash, withValues) => {
    if (withValues && call.reply.protocol === 3) call.reply.array(2);
    replyName(call, hash);
    if (withValues) replyValue(call, hash);
  },
};

function hrandfield(call: Call): void {
  draw(call, FIELDS);
}
