import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { keyRange } from "../../session/command-declaration.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { KEY, VALUE } from "../shared/arguments.ts";
import { readRegister } from "./dense.ts";
import { DRAFT } from "./draft.ts";
import { HYPERLOGLOG } from "./facts.ts";
import { REGISTERS } from "./hash.ts";
import { type RunVisitor, visitRuns } from "./sparse.ts";
import { CORRUPT, HEADER_BYTES, hyperLogLogOf, isDense, open } from "./value.ts";

/** PFDEBUG: looks into a HyperLogLog. */
export const PFDEBUG: Command = {
  ...HYPERLOGLOG,
  name: "pfdebug",
  arity: 3,
  flags: ["write", "denyoom", "admin"],
  keySpecs: [keyRange(["RW", "access"], 2, 0, 1)],
  since: "2.8.9",
  complexity: "O(N) in the registers",
  summary: "Looks into a HyperLogLog: its registers, its runs, its form",
  docFlags: ["syscmd"],
  arguments: [{ ...VALUE, name: "subcommand" }, KEY],
  handler: pfdebug,
};

function pfdebug(call: Call): void {
  const { request, reply } = call;
  const ref = hyperLogLogOf(call, call.writeOf(STRING_TYPE, 2));
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.error("ERR The specified key does not exist");
    return;
  }
  open(call, ref);
  if (request.is(1, "getreg")) replyRegisters(call, ref);
  else if (request.is(1, "decode")) replyRuns(call, ref);
  else if (request.is(1, "encoding")) reply.simple(isDense(call, ref) ? "dense" : "sparse");
  else if (request.is(1, "todense")) replyConversion(call, ref);
  else reply.error(`ERR Unknown PFDEBUG subcommand '${request.cText(1)}'`);
}

/** Takes the dense form: counted as a change, of which nobody is told. 0, with the error replied, when corrupt. */
function convert(call: Call, ref: EntryRef): EntryRef {
  if (isDense(call, ref)) return ref;
  DRAFT.begin(call, ref);
  if (!DRAFT.becomeDense()) {
    call.reply.error(CORRUPT);
    return 0;
  }
  const dense = DRAFT.store(call, 2, ref);
  call.changedUnseen(1);
  return dense;
}

function replyConversion(call: Call, ref: EntryRef): void {
  const before = isDense(call, ref);
  if (convert(call, ref) !== 0) call.reply.integer(before ? 0 : 1);
}

function replyRegisters(call: Call, ref: EntryRef): void {
  const dense = convert(call, ref);
  if (dense === 0) return;
  const { keyspace, reply } = call;
  const bytes = keyspace.bytes(dense);
  const base = keyspace.valueOffset(dense) + HEADER_BYTES;
  reply.array(REGISTERS);
  for (let i = 0; i < REGISTERS; i++) reply.integer(readRegister(bytes, base, i));
}

function replyRuns(call: Call, ref: EntryRef): void {
  const { keyspace, reply } = call;
  if (isDense(call, ref)) {
    reply.error("ERR HLL encoding is not sparse");
    return;
  }
  const base = keyspace.valueOffset(ref);
  const runs: string[] = [];
  const end = base + keyspace.valueLength(ref);
  const show: RunVisitor = (value, length, _, isLong) => {
    if (value > 0) runs.push(`v:${value},${length}`);
    else runs.push(`${isLong ? "Z" : "z"}:${length}`);
  };
  // Whatever there is, however many registers it would be.
  visitRuns(keyspace.bytes(ref), base + HEADER_BYTES, end, show, Number.POSITIVE_INFINITY);
  reply.bulkText(runs.join(" "));
}
