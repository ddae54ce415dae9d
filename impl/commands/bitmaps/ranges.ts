import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { integer, KEY, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { type BitRange, bitArgument, INVALID, setRange, unitArgument } from "./arguments.ts";
import { countOnes, findBit } from "./bits.ts";
import { BITMAP, END_AND_UNIT, READ_KEY } from "./facts.ts";

/** The range of the command that runs. */
const RANGE: BitRange = { from: 0, to: 0 };

/** BITCOUNT: how many bits of a string, or of a part of it, are one. */
export const BITCOUNT: Command = {
  ...BITMAP,
  name: "bitcount",
  arity: -2,
  flags: ["readonly"],
  keySpecs: READ_KEY,
  since: "2.6.0",
  complexity: "O(N) in the bytes that are counted",
  summary: "Counts the ones among the bits of a string",
  history: [["7.0.0", "`BYTE` and `BIT` are new."]],
  arguments: [
    KEY,
    optional({ name: "index", type: "block", arguments: [integer("start"), ...END_AND_UNIT] }),
  ],
  handler: bitcount,
};

/** Redis looks for the key first: its other arguments are not judged when it is absent. */
function bitcount(call: Call): void {
  const { keyspace, request, reply } = call;
  const ref = call.readOf(STRING_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.integer(0);
    return;
  }
  const length = keyspace.valueLength(ref);
  if (request.argc === 2) setRange(RANGE, 0, -1, 8, length);
  else if (!readRange(call, length)) return;
  reply.integer(countOnes(keyspace.bytes(ref), keyspace.valueOffset(ref), RANGE.from, RANGE.to));
}

/** The range that BITCOUNT's arguments give; false, with the error replied, when they are none. */
function readRange(call: Call, lengthBytes: number): boolean {
  const { request, reply } = call;
  if (request.argc !== 4 && request.argc !== 5) {
    reply.error(ERR.syntax);
    return false;
  }
  const start = integerArgument(call, 2);
  if (start === null) return false;
  const end = integerArgument(call, 3);
  if (end === null) return false;
  if (start < 0 && end < 0 && start > end) {
    RANGE.from = RANGE.to;
    return true;
  }
  const unit = unitArgument(call, 4);
  if (unit === INVALID) return false;
  setRange(RANGE, start, end, unit, lengthBytes);
  return true;
}

/** BITPOS: where the first one or the first zero is. */
export const BITPOS: Command = {
  ...BITMAP,
  name: "bitpos",
  arity: -3,
  flags: ["readonly"],
  keySpecs: READ_KEY,
  since: "2.8.7",
  complexity: "O(N) in the bytes that are searched",
  summary: "Finds the first bit of a string that is one, or zero",
  history: [["7.0.0", "`BYTE` and `BIT` are new."]],
  arguments: [
    KEY,
    integer("bit"),
    optional({
      name: "index",
      type: "block",
      arguments: [
        integer("start"),
        optional({ name: "end_index", type: "block", arguments: END_AND_UNIT }),
      ],
    }),
  ],
  handler: bitpos,
};

function bitpos(call: Call): void {
  const { keyspace, request, reply } = call;
  const bit = bitArgument(call, 2, ERR.notInteger, "ERR The bit argument must be 1 or 0.");
  if (bit === INVALID) return;
  const ref = call.readOf(STRING_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    reply.integer(bit === 1 ? -1 : 0);
    return;
  }
  if (request.argc > 6) {
    reply.error(ERR.syntax);
    return;
  }
  const start = request.argc > 3 ? integerArgument(call, 3) : 0;
  if (start === null) return;
  const unit = unitArgument(call, 5);
  if (unit === INVALID) return;
  const end = request.argc > 4 ? integerArgument(call, 4) : -1;
  if (end === null) return;
  setRange(RANGE, start, end, unit, keyspace.valueLength(ref));
  const { from, to } = RANGE;
  const found = findBit(keyspace.bytes(ref), keyspace.valueOffset(ref), from, to, bit);
  // Without an end there is a zero behind a string of ones.
  const isBehind = found < 0 && bit === 0 && request.argc < 5 && from < to;
  reply.integer(isBehind ? to : found);
}
