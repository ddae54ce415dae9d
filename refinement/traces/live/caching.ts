/** What clients with caches ask of a live server, as the specification knows it. */
import type { Choices } from "../../../sim/choices.ts";
import type { Command } from "../../../sim/workload.ts";

/** What each connection of such a client says first: invalidations are pushes. */
export const RESP3: Command = ["HELLO", "3"];

const KEYS = ["k1", "k2", "k3"];
const MODES: readonly Command[] = [
  [],
  ["NOLOOP"],
  ["OPTIN"],
  ["OPTOUT"],
  ["BCAST"],
  ["BCAST", "NOLOOP"],
];

/** A command, or a whole transaction. */
export function cachingGroup(choices: Choices): readonly Command[] {
  return choices.weighted<readonly Command[]>([
    [10, [dataCommand(choices)]],
    [2, [["CLIENT", "TRACKING", "ON", ...choices.of(MODES)]]],
    [1, [["CLIENT", "TRACKING", "OFF"]]],
    [2, [["CLIENT", "CACHING", choices.of(["YES", "NO"])]]],
    [
      2,
      [
        ["MULTI"],
        ...Array.from({ length: choices.below(4) }, () => dataCommand(choices)),
        ["EXEC"],
      ],
    ],
  ]);
}

function dataCommand(choices: Choices): Command {
  const key = choices.of(KEYS);
  return choices.weighted<Command>([
    [8, ["GET", key]],
    [6, ["INCR", key]],
    [1, ["FLUSHALL"]],
  ]);
}
