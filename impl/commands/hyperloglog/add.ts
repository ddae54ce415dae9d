import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEY } from "../shared/arguments.ts";
import { DRAFT } from "./draft.ts";
import { HYPERLOGLOG_EVENT } from "./events.ts";
import { HYPERLOGLOG } from "./facts.ts";
import { findPlace, type Place } from "./hash.ts";
import { CORRUPT, hyperLogLogOf, open } from "./value.ts";

/** PFADD: a HyperLogLog sees elements. */
export const PFADD: Command = {
  ...HYPERLOGLOG,
  name: "pfadd",
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "insert"),
  since: "2.8.9",
  complexity: "O(1) for each element",
  summary: "Adds elements to a HyperLogLog, which it makes if there is none",
  arguments: [KEY, { name: "element", type: "string", flags: ["optional", "multiple"] }],
  handler: pfadd,
};

const PLACE: Place = { index: 0, rank: 0 };

function pfadd(call: Call): void {
  const { request, reply } = call;
  const { bytes, offsets, lengths } = request;
  const { sparseMaxBytes } = call.instance.settings;
  const ref = hyperLogLogOf(call, call.writeOf(STRING_TYPE, 1));
  if (ref === WRONG_TYPE) return;
  DRAFT.begin(call, ref);
  let changes = ref === 0 ? 1 : 0;
  for (let i = 2; i < request.argc; i++) {
    findPlace(PLACE, bytes, offsets[i]!, lengths[i]!);
    const raised = DRAFT.raise(PLACE.index, PLACE.rank, sparseMaxBytes);
    if (raised === "raised") changes++;
    if (raised === "corrupt") {
      leave(call, ref, changes);
      return;
    }
  }
  if (changes > 0) {
    DRAFT.forgetEstimate();
    DRAFT.store(call, 1, ref);
    call.changed(1, HYPERLOGLOG_EVENT.pfadd, changes);
  }
  if (ref !== 0 && changes === 0) open(call, ref);
  reply.integer(changes > 0 ? 1 : 0);
}

/**
 * The HyperLogLog has turned out to be corrupt. What it has seen until then stays, as in Redis,
 * which tells nobody: the effect is the value, since a replay must not meet the error.
 */
function leave(call: Call, ref: EntryRef, changes: number): void {
  const { keyspace, request, reply } = call;
  if (changes === 0) {
    open(call, ref);
  } else {
    const stored = DRAFT.store(call, 1, ref);
    call.changedUnseen();
    if (call.effects.enabled) {
      const effects = call.rewrite(4);
      effects.word("SET");
      effects.argument(request, 1);
      effects.bytes(
        keyspace.bytes(stored),
        keyspace.valueOffset(stored),
        keyspace.valueLength(stored),
      );
      effects.word("KEEPTTL");
    }
  }
  reply.error(CORRUPT);
}
