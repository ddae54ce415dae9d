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

function hscan(call: Call): void {
  const start = cursorArgument(call, 2);
  if (start === null) return;
  const hash = readHash(call, replyEnd);
  if (hash === null) return;
  const options = scanOptions(call, 3, false);
  if (options === null) return;
  const { count, pattern } = options;
  const cursor = hash.scan(start, count, count * BUCKETS_PER_ELEMENT);
  const places = hash.places.filter((place) => {
    if (pattern === 0) return true;
    hash.at(place);
    return matchesArgument(call, pattern, hash.nameBytes, hash.nameOffset, hash.nameLength);
  });
  // A large COUNT must not stay on the heap.
  hash.places.length = 0;
  const { reply } = call;
  reply.array(2);
  reply.bulkText(String(cursor));
  reply.array(places.length * 2);
  for (const place of places) {
    hash.at(place);
    replyName(call, hash);
    replyValue(call, hash);
  }
}

/** What is said of an absent key: that there is nothing more. */
function replyEnd(call: Call): void {
  call.reply.array(2);
  call.reply.bulkText("0");
  call.reply.array(0);
}
