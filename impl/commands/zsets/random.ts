import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { SortedSetView } from "../../types/zset/view.ts";
import { flag, integer, KEY, optional } from "../shared/arguments.ts";
import { type Drawing, draw } from "../shared/drawing.ts";
import { ZSET } from "./facts.ts";
import { readSortedSet, replyMember } from "./lookup.ts";

/** ZRANDMEMBER: members drawn by chance. */
export const ZRANDMEMBER: Command = {
  ...ZSET,
  name: "zrandmember",
  arity: -2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "6.2.0",
  complexity: "O(N) in the number of members drawn",
  summary: "Draws members of a sorted set",
  arguments: [
    KEY,
    optional({
      name: "options",
      type: "block",
      arguments: [integer("count"), optional(flag("withscores"))],
    }),
  ],
  handler: zrandmember,
};

const MEMBERS: Drawing<SortedSetView> = {
  read: readSortedSet,
  pairsWord: "withscores",
  reply: replyMember,
};

function zrandmember(call: Call): void {
  draw(call, MEMBERS);
}
