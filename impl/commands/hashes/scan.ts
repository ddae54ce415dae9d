import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { HashView } from "../../types/hash/hash-view.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { MATCH_AND_COUNT, matchesArgument, type Scanning, scanStep } from "../shared/scanning.ts";
import { HASH } from "./facts.ts";
import { readHash, replyName, replyValue } from "./lookup.ts";

/**
 * HSCAN: some fields with their values, and the cursor of the next step. Every field that is there
 * from the first step to the last is returned at least once.
 */
export const HSCAN: Command = {
  ...HASH,
  name: "hscan",
  arity: -3,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for all fields of the hash",
  summary: "Lists the fields of a hash step by step",
  arguments: [KEY, integer("cursor"), ...MATCH_AND_COUNT],
  handler: hscan,
};

const FIELDS: Scanning<HashView> = {
  read: readHash,
  matches: (call, { nameBytes, nameOffset, nameLength }, i) =>
    matchesArgument(call, i, nameBytes, nameOffset, nameLength),
  parts: 2,
  reply: (call, hash) => {
    replyName(call, hash);
    replyValue(call, hash);
  },
};

function hscan(call: Call): void {
  scanStep(call, FIELDS);
}
