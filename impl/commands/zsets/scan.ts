import { formatDouble } from "../../engine/doubles.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { SortedSetView } from "../../types/zset/view.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { MATCH_AND_COUNT, matchesArgument, type Scanning, scanStep } from "../shared/scanning.ts";
import { ZSET } from "./facts.ts";
import { readSortedSet } from "./lookup.ts";

/**
 * ZSCAN: some members with their scores, and the cursor of the next step. Every member that is there
 * from the first step to the last is returned at least once.
 */
export const ZSCAN: Command = {
  ...ZSET,
  name: "zscan",
  arity: -3,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for all members of the sorted set",
  summary: "Lists the members of a sorted set step by step",
  arguments: [KEY, integer("cursor"), ...MATCH_AND_COUNT],
  handler: zscan,
};

const MEMBERS: Scanning<SortedSetView> = {
  read: readSortedSet,
  matches: (call, { nameBytes, nameOffset, nameLength }, i) =>
    matchesArgument(call, i, nameBytes, nameOffset, nameLength),
  parts: 2,
  reply: ({ reply }, { nameBytes, nameOffset, nameLength, score, keepsInteger }) => {
    reply.bulk(nameBytes, nameOffset, nameLength);
    // Here Redis shows an integer that a listpack keeps with all its digits.
    reply.bulkText(keepsInteger ? String(BigInt(score)) : formatDouble(score));
  },
};

function zscan(call: Call): void {
  scanStep(call, MEMBERS);
}
