import { assert, CHECKED } from "../../assert.ts";
import { parseInteger64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Request } from "../../resp/request.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, type KeyFlag, keyRange } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { STRING_TYPE } from "../../types/string/index.ts";
import { behind, flag, integer, KEY, oneOf, optional, VALUE } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { bytesFor, fieldOffset, INVALID } from "./arguments.ts";
import { BITMAP_EVENT } from "./events.ts";
import { BITMAP, READ_KEY } from "./facts.ts";
import { type FieldType, fitted, type Overflow, readField, writeField } from "./fields.ts";
import { stringOf } from "./single.ts";

const FIELD: readonly Argument[] = [{ ...VALUE, name: "encoding" }, integer("offset")];

function block(name: string, ...parts: readonly Argument[]): Argument {
  return { name, type: "block", arguments: parts };
}

const GET_FIELD = behind("GET", block("encoding_offset", ...FIELD));

/** What both commands have in common. */
const BITFIELDS = {
  ...BITMAP,
  arity: -2,
  complexity: "O(1) for each operation",
} as const;

/** BITFIELD: reads, sets and increments integers of any width. */
export const BITFIELD: Command = {
  ...BITFIELDS,
  name: "bitfield",
  flags: ["write", "denyoom"],
  keySpecs: [
    {
      ...keyRange(["RW", "access", "update", "variable_flags"], 1, 0, 1),
      notes: "This command allows both access and modification of the key",
    },
  ],
  keyFlags: bitfieldKeyFlags,
  since: "3.2.0",
  summary: "Works on integers of any width in a string",
  arguments: [
    KEY,
    {
      ...oneOf(
        "operation",
        GET_FIELD,
        block(
          "write",
          optional(
            behind("OVERFLOW", oneOf("wrap_sat_fail", flag("wrap"), flag("sat"), flag("fail"))),
          ),
          oneOf(
            "write_operation",
            behind("SET", block("encoding_offset_value", ...FIELD, integer("value"))),
            behind("INCRBY", block("encoding_offset_increment", ...FIELD, integer("increment"))),
          ),
        ),
      ),
      flags: ["optional", "multiple"],
    },
  ],
  handler: (call) => run(call, false),
};

/** BITFIELD_RO: BITFIELD that only reads. */
export const BITFIELD_RO: Command = {
  ...BITFIELDS,
  name: "bitfield_ro",
  flags: ["readonly", "fast"],
  keySpecs: READ_KEY,
  since: "6.0.0",
  summary: "Reads integers of any width in a string",
  arguments: [KEY, { ...GET_FIELD, flags: ["optional", "multiple", "multiple_token"] }],
  handler: (call) => run(call, true),
};

/** The operations by their names, with the number of arguments that follow. */
const OPERANDS = { get: 2, set: 3, incrby: 3, overflow: 1 } as const;

type Name = keyof typeof OPERANDS;

const NAMES = Object.keys(OPERANDS) as readonly Name[];

/** The operation that argument `i` names; null when it is none or its arguments are not all there. */
function nameAt(request: Request, i: number): Name | null {
  const name = NAMES.find((one) => request.is(i, one));
  return name !== undefined && i + OPERANDS[name] < request.argc ? name : null;
}

/** What cannot be parsed might write. */
function bitfieldKeyFlags(request: Request): readonly KeyFlag[] {
  for (let i = 2; i < request.argc; ) {
    const name = nameAt(request, i);
    if (name === null || name === "set" || name === "incrby") return ["RW", "access", "update"];
    i += 1 + OPERANDS[name];
  }
  return ["RO", "access"];
}

/** One operation, ready to be carried out. */
interface Operation {
  readonly name: Exclude<Name, "overflow">;
  readonly type: FieldType;
  readonly offset: number;
  /** The value to set or to add; 0 for GET. */
  readonly operand: bigint;
  readonly overflow: Overflow;
}

function run(call: Call, isReadOnly: boolean): void {
  const operations = parse(call);
  if (operations === null) return;
  let neededBytes = 0;
  for (const { name, offset, type } of operations) {
    if (name !== "get") neededBytes = Math.max(neededBytes, bytesFor(offset, type.width));
  }
  if (neededBytes === 0) {
    const ref = call.readOf(STRING_TYPE, 1);
    if (ref !== WRONG_TYPE) carryOut(call, ref, operations, false);
    return;
  }
  if (isReadOnly) {
    call.reply.error("ERR BITFIELD_RO only supports the GET subcommand");
    return;
  }
  const before = call.writeOf(STRING_TYPE, 1);
  if (before === WRONG_TYPE) return;
  const grows = before === 0 || call.keyspace.valueLength(before) < neededBytes;
  const ref = stringOf(call, before, neededBytes);
  const changes = carryOut(call, ref, operations, grows);
  if (changes > 0) {
    call.changed(1, BITMAP_EVENT.setbit, changes);
  } else if (grows) {
    if (before === 0) call.appearedUnseen(1);
    else call.changedUnseen();
    call.repeatAsEffect();
  }
}

/**
 * Carries the operations out and replies.
 *
 * @returns how many have changed something: all that write, if the string has grown
 */
function carryOut(
  { keyspace, reply }: Call,
  ref: EntryRef,
  operations: readonly Operation[],
  grows: boolean,
): number {
  const bytes = ref === 0 ? NOTHING : keyspace.bytes(ref);
  const base = ref === 0 ? 0 : keyspace.valueOffset(ref);
  const length = ref === 0 ? 0 : keyspace.valueLength(ref);
  let changes = 0;
  reply.array(operations.length);
  for (const { name, type, offset, operand, overflow } of operations) {
    const old = readField(bytes, base, length, offset, type);
    if (name === "get") {
      reply.integer(old);
      continue;
    }
    const added = name === "incrby";
    const value = added
      ? fitted(type, old, operand, overflow)
      : fitted(type, type.isSigned ? operand : BigInt.asUintN(64, operand), 0n, overflow);
    if (value === null) {
      reply.nil();
      continue;
    }
    reply.integer(added ? value : old);
    writeField(bytes, base, offset, type, value);
    if (CHECKED) assert(readField(bytes, base, length, offset, type) === value, "a field is there");
    if (grows || value !== old) changes++;
  }
  return changes;
}

const NOTHING = new Uint8Array(0);

/** All operations; null, with the error replied, when one of them is invalid. */
function parse(call: Call): readonly Operation[] | null {
  const { request, reply } = call;
  const operations: Operation[] = [];
  let overflow: Overflow = "wrap";
  for (let i = 2; i < request.argc; ) {
    const name = nameAt(request, i);
    if (name === null) {
      reply.error(ERR.syntax);
      return null;
    }
    if (name === "overflow") {
      const chosen = OVERFLOWS.find((one) => request.is(i + 1, one));
      if (chosen === undefined) {
        reply.error("ERR Invalid OVERFLOW type specified");
        return null;
      }
      overflow = chosen;
    } else {
      const operation = parseOperation(call, i, name, overflow);
      if (operation === null) return null;
      operations.push(operation);
    }
    i += 1 + OPERANDS[name];
  }
  return operations;
}

const OVERFLOWS: readonly Overflow[] = ["wrap", "sat", "fail"];

function parseOperation(
  call: Call,
  i: number,
  name: Operation["name"],
  overflow: Overflow,
): Operation | null {
  const type = typeArgument(call, i + 1);
  if (type === null) return null;
  const isRead = name === "get";
  const offset = fieldOffset(call, i + 2, type.width, isRead ? "read" : "write");
  if (offset === INVALID) return null;
  const operand = isRead ? 0 : integerArgument(call, i + 3);
  if (operand === null) return null;
  return { name, type, offset, operand: BigInt(operand), overflow };
}

const SIGNED = "i".charCodeAt(0);
const UNSIGNED = "u".charCodeAt(0);
const BAD_TYPE =
  "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";

/** Argument `i` as a type; null, with the error replied, when it is none. */
function typeArgument({ request, reply }: Call, i: number): FieldType | null {
  const { bytes, offsets, lengths } = request;
  const start = offsets[i]!;
  const sign = lengths[i]! > 0 ? bytes[start]! : 0;
  const isSigned = sign === SIGNED;
  // The text ends at a zero byte, if there is one, as in C.
  const zero = bytes.subarray(start, start + lengths[i]!).indexOf(0);
  const length = zero < 0 ? lengths[i]! : zero;
  const width = length > 0 ? parseInteger64(bytes, start + 1, length - 1) : null;
  if ((isSigned || sign === UNSIGNED) && width !== null && width >= 1) {
    if (width <= (isSigned ? 64 : 63)) return { isSigned, width: Number(width) };
  }
  reply.error(BAD_TYPE);
  return null;
}
