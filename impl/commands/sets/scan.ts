import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { integer, KEY } from "../shared/arguments.ts";
import {
  BUCKETS_PER_ELEMENT,
  cursorArgument,
  MATCH_AND_COUNT,
  matchesArgument,
  scanOptions,
} from "../shared/scanning.ts";
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

function sscan(call: Call): void {
  const start = cursorArgument(call, 2);
  if (start === null) return;
  const set = readSet(call, replyEnd);
  if (set === null) return;
  const options = scanOptions(call, 3, false);
  if (options === null) return;
  const { count, pattern } = options;
  const cursor = set.scan(start, count, count * BUCKETS_PER_ELEMENT);
  const places = set.places.filter((place) => {
    if (pattern === 0) return true;
    set.at(place);
    return matchesArgument(call, pattern, set.bytes, set.offset, set.memberLength);
  });
  const { reply } = call;
  reply.array(2);
  reply.bulkText(String(cursor));
  reply.array(places.length);
  for (const place of places) {
    set.at(place);
    replyMember(call, set);
  }
}

/** What is said of an absent key: that there is nothing more. */
function replyEnd(call: Call): void {
  call.reply.array(2);
  call.reply.bulkText("0");
  call.reply.array(0);
}
