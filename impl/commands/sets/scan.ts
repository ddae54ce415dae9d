import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import type { SetView } from "../../types/set/view.ts";
import { integer, KEY } from "../shared/arguments.ts";
import { MATCH_AND_COUNT, matchesArgument, type Scanning, scanStep } from "../shared/scanning.ts";
import { SET } from "./facts.ts";
import { readSet, replyMember } from "./lookup.ts";

/**
 * SSCAN: some members and the cursor of the next step. Every member that is there from the first
 * step to the last is returned at least once.
 */
export const SSCAN: Command = {
  ...SET,
  name: "sscan",
  arity: -3,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for all members of the set",
  summary: "Lists the members of a set step by step",
  arguments: [KEY, integer("cursor"), ...MATCH_AND_COUNT],
  handler: sscan,
};

const MEMBERS: Scanning<SetView> = {
  read: readSet,
  matches: (call, { bytes, offset, memberLength }, i) =>
    matchesArgument(call, i, bytes, offset, memberLength),
  parts: 1,
  reply: replyMember,
};

function sscan(call: Call): void {
  scanStep(call, MEMBERS);
}
