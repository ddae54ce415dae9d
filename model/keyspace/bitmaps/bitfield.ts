/** BITFIELD and BITFIELD_RO: integers of any width in a string. */
import { Result } from "effect";
import { answer, argument, become, change, changeUnseen } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument, parseInteger } from "../numbers.ts";
import { array, type Bytes, integer, nil, type Reply } from "../reply.ts";
import { raw } from "../strings/value.ts";
import { cString, word } from "../text.ts";
import { bytesAt, fieldOffset } from "./arguments.ts";
import { bitsAt, withBits } from "./bits.ts";

/** What a field is: an integer with a sign or without, of that many bits. */
interface FieldType {
  readonly isSigned: boolean;
  readonly width: number;
}

/** What becomes of a value that does not fit. */
type Overflow = "wrap" | "sat" | "fail";

interface Operation {
  readonly name: "get" | "set" | "incrby";
  readonly type: FieldType;
  readonly offset: bigint;
  readonly by: bigint;
  readonly overflow: Overflow;
}

const typeArgument = (arg: Bytes): Result.Result<FieldType, CommandError> => {
  const isSigned = arg.startsWith("i");
  const width = parseInteger(cString(arg).slice(1)) ?? 0n;
  const known = isSigned || arg.startsWith("u");
  if (!known || width < 1n || width > (isSigned ? 64n : 63n)) return fail("BitfieldType");
  return Result.succeed({ isSigned, width: Number(width) });
};

/** How many arguments follow the name of an operation. */
const OPERANDS: Readonly<Record<string, number>> = { get: 2, set: 3, incrby: 3, overflow: 1 };

const parse = (call: Call): Result.Result<ReadonlyArray<Operation>, CommandError> =>
  Result.gen(function* () {
    const operations: Array<Operation> = [];
    let overflow: Overflow = "wrap";
    for (let at = 2; at < call.args.length; ) {
      const name = word(argument(call, at));
      const count = Object.hasOwn(OPERANDS, name) ? (OPERANDS[name] ?? 0) : 0;
      if (count === 0 || at + count >= call.args.length) return yield* fail("Syntax");
      const operand = argument(call, at + 1);
      if (name === "overflow") {
        const mode = word(operand);
        if (mode !== "wrap" && mode !== "sat" && mode !== "fail")
          return yield* fail("BitfieldOverflow");
        overflow = mode;
      } else {
        const type = yield* typeArgument(operand);
        const offset = yield* fieldOffset(call, argument(call, at + 2), type.width);
        const by = name === "get" ? 0n : yield* integerArgument(argument(call, at + 3));
        operations.push({ name: name as Operation["name"], type, offset, by, overflow });
      }
      at += 1 + count;
    }
    return operations;
  });

const limitsOf = ({ isSigned, width }: FieldType): readonly [min: bigint, max: bigint] => {
  const values = 2n ** BigInt(width);
  return isSigned ? [-values / 2n, values / 2n - 1n] : [0n, values - 1n];
};

const fieldAt = (bytes: Bytes, { type, offset }: Operation): bigint => {
  const value = BigInt(`0b${bitsAt(bytes, offset, type.width)}`);
  return type.isSigned ? BigInt.asIntN(type.width, value) : value;
};

const withField = (bytes: Bytes, { type, offset }: Operation, value: bigint): Bytes => {
  const bits = BigInt.asUintN(type.width, value).toString(2).padStart(type.width, "0");
  return withBits(bytes, offset, bits);
};

/**
 * The value that a field gets, or nothing when it overflows and may not.
 *
 * SET takes its argument as 64 bits, without a sign where the field has none. Where the distance
 * from a value that is far too small to the field's largest exceeds 64 bits, Redis takes it for
 * one that is too large.
 */
const fitted = (operation: Operation, old: bigint): bigint | undefined => {
  const { name, type, overflow } = operation;
  const given = type.isSigned ? operation.by : BigInt.asUintN(64, operation.by);
  const value = name === "set" ? given : old + operation.by;
  const [min, max] = limitsOf(type);
  if (value >= min && value <= max) return value;
  if (overflow === "fail") return undefined;
  if (overflow === "wrap") return wrapped(type, value);
  const isFar = name === "set" && type.width < 64 && max - value >= 2n ** 63n;
  return value > max || isFar ? max : min;
};

const wrapped = ({ isSigned, width }: FieldType, value: bigint): bigint =>
  isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);

/**
 * BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | …]
 *
 * A command that writes lengthens the string to the end of all its fields first. Nobody is told of
 * that when every one of its writes fails.
 */
export const bitfield: Meaning = (call) =>
  Result.gen(function* () {
    const operations = yield* parse(call);
    const writes = operations.filter(({ name }) => name !== "get");
    if (writes.length > 0 && call.command === "bitfield_ro") return yield* fail("BitfieldReadOnly");
    const key = argument(call, 1);
    const before = yield* bytesAt(call, key);
    const end = writes.map(({ offset, type }) => Number((offset + BigInt(type.width) + 7n) / 8n));
    const start = (before ?? "").padEnd(Math.max(0, ...end), "\0");
    const { bytes, replies, changes } = run(operations, start, start !== before);
    if (writes.length === 0) return yield* answer(call, array(replies));
    const state = (changes > 0 ? change : changeUnseen)(call, key, raw(bytes));
    return yield* become(state, array(replies));
  });

const run = (operations: ReadonlyArray<Operation>, start: Bytes, isLonger: boolean) => {
  const replies: Array<Reply> = [];
  let bytes = start;
  let changes = 0;
  for (const operation of operations) {
    const old = fieldAt(bytes, operation);
    const value = operation.name === "get" ? old : fitted(operation, old);
    if (value === undefined) {
      replies.push(nil);
      continue;
    }
    replies.push(integer(operation.name === "incrby" ? value : old));
    if (operation.name === "get") continue;
    bytes = withField(bytes, operation, value);
    if (isLonger || value !== old) changes += 1;
  }
  return { bytes, replies, changes };
};
