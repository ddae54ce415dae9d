import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEYS } from "../shared/arguments.ts";
import { estimate } from "./estimate.ts";
import { HYPERLOGLOG_EVENT } from "./events.ts";
import { HYPERLOGLOG } from "./facts.ts";
import { REGISTERS } from "./hash.ts";
import {
  CORRUPT,
  countValues,
  hyperLogLogOf,
  keepEstimate,
  keptEstimate,
  mergeInto,
  open,
} from "./value.ts";

/** PFCOUNT: how many different elements a HyperLogLog, or several together, have seen. */
export const PFCOUNT: Command = {
  ...HYPERLOGLOG,
  name: "pfcount",
  arity: -2,
  flags: ["readonly", "may_replicate"],
  keySpecs: [
    {
      ...keyRange(["RW", "access"], 1, -1, 1),
      notes:
        "RW because it may change the internal representation of the key, and propagate to replicas",
    },
  ],
  since: "2.8.9",
  complexity: "O(1) for a single key, O(N) in the number of several keys, with a large constant",
  summary: "Estimates how many different elements HyperLogLogs have seen",
  arguments: [KEYS],
  handler: pfcount,
};

/** How many registers have each value. */
const COUNTS = new Float64Array(64);
/** The largest value of each register. */
const MAXIMA = new Uint8Array(REGISTERS);

function pfcount(call: Call): void {
  if (call.request.argc > 2) countTogether(call);
  else countOne(call);
}

/** The estimate is kept: a change, of which those who watch the key learn. */
function countOne(call: Call): void {
  const { keyspace, reply } = call;
  const ref = hyperLogLogOf(call, call.readOf(STRING_TYPE, 1));
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.integer(0);
    return;
  }
  open(call, ref);
  const bytes = keyspace.bytes(ref);
  const base = keyspace.valueOffset(ref);
  const kept = keptEstimate(bytes, base);
  if (kept !== null) {
    reply.integer(kept);
    return;
  }
  if (!countValues(call, ref, COUNTS)) {
    reply.error(CORRUPT);
    return;
  }
  const made = estimate(COUNTS);
  keepEstimate(bytes, base, made);
  call.changed(1, HYPERLOGLOG_EVENT.estimated);
  reply.integer(made);
}

function countTogether(call: Call): void {
  MAXIMA.fill(0);
  for (let i = 1; i < call.request.argc; i++) {
    const ref = hyperLogLogOf(call, call.readOf(STRING_TYPE, i));
    if (ref === WRONG_TYPE) return;
    if (ref !== 0 && !mergeInto(call, ref, MAXIMA)) {
      call.reply.error(CORRUPT);
      return;
    }
  }
  COUNTS.fill(0);
  for (let i = 0; i < REGISTERS; i++) COUNTS[MAXIMA[i]!] = COUNTS[MAXIMA[i]!]! + 1;
  call.reply.integer(estimate(COUNTS));
}
