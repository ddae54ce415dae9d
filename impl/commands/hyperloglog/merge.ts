import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEY } from "../shared/arguments.ts";
import { DRAFT } from "./draft.ts";
import { HYPERLOGLOG_EVENT } from "./events.ts";
import { HYPERLOGLOG } from "./facts.ts";
import { REGISTERS } from "./hash.ts";
import { CORRUPT, hyperLogLogOf, isDense, mergeInto } from "./value.ts";

/** PFMERGE: a HyperLogLog sees what others have seen. */
export const PFMERGE: Command = {
  ...HYPERLOGLOG,
  name: "pfmerge",
  arity: -2,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["RW", "access", "insert"], 1, 0, 1), keyRange(["RO", "access"], 2, -1, 1)],
  since: "2.8.9",
  complexity: "O(N) in the number of HyperLogLogs, with a large constant",
  summary: "Merges HyperLogLogs into one",
  arguments: [
    { ...KEY, name: "destkey" },
    { ...KEY, name: "sourcekey", keySpecIndex: 1, flags: ["multiple"] },
  ],
  handler: pfmerge,
};

/** The largest value of each register. */
const MAXIMA = new Uint8Array(REGISTERS);

function pfmerge(call: Call): void {
  const { request, reply } = call;
  const { sparseMaxBytes } = call.instance.settings;
  MAXIMA.fill(0);
  let dense = false;
  for (let i = 1; i < request.argc; i++) {
    const ref = hyperLogLogOf(call, call.readOf(STRING_TYPE, i));
    if (ref === WRONG_TYPE) return;
    if (ref === 0) continue;
    dense ||= isDense(call, ref);
    if (!mergeInto(call, ref, MAXIMA)) {
      reply.error(CORRUPT);
      return;
    }
  }
  const destination = call.lookupWrite(1);
  DRAFT.begin(call, destination);
  if (dense) DRAFT.becomeDense();
  for (let index = 0; index < REGISTERS; index++) {
    const value = MAXIMA[index]!;
    if (value > 0) DRAFT.raise(index, value, sparseMaxBytes);
  }
  DRAFT.forgetEstimate();
  DRAFT.store(call, 1, destination);
  // Redis tells of a merge as of an addition.
  call.changed(1, HYPERLOGLOG_EVENT.pfadd);
  reply.ok();
}
