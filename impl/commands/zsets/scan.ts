import { formatDouble } from "../../engine/doubles.ts";
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

function zscan(call: Call): void {
  const start = cursorArgument(call, 2);
  if (start === null) return;
  const zset = readSortedSet(call, replyEnd);
  if (zset === null) return;
  const options = scanOptions(call, 3, false);
  if (options === null) return;
  const { count, pattern } = options;
  const cursor = zset.scan(start, count, count * BUCKETS_PER_ELEMENT);
  const places = zset.places.filter((place) => {
    if (pattern === 0) return true;
    zset.at(place);
    return matchesArgument(call, pattern, zset.nameBytes, zset.nameOffset, zset.nameLength);
  });
  const { reply } = call;
  reply.array(2);
  reply.bulkText(String(cursor));
  reply.array(places.length * 2);
  for (const place of places) {
    zset.at(place);
    reply.bulk(zset.nameBytes, zset.nameOffset, zset.nameLength);
    // Here Redis shows an integer that a listpack keeps with all its digits.
    const isInteger = zset.keepsInteger;
    reply.bulkText(isInteger ? String(BigInt(zset.score)) : formatDouble(zset.score));
  }
}

/** What is said of an absent key: that there is nothing more. */
function replyEnd(call: Call): void {
  call.reply.array(2);
  call.reply.bulkText("0");
  call.reply.array(0);
}
