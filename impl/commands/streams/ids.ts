/** Ids as clients write them. */
import { parseInteger64 } from "../../engine/integers.ts";
import type { Request } from "../../resp/request.ts";
import type { Call } from "../../session/call.ts";
import type { StreamId } from "../../structures/stream-id.ts";
import { STREAM_ERR } from "./errors.ts";

/** Redis reads an id from a buffer of one byte more. */
const MAX_TEXT_BYTES = 127;
const UINT64_MAX = 2n ** 64n - 1n;
const TWO_32 = 2 ** 32;
/** Numbers of so many digits are exact. */
const EXACT_DIGITS = 15;
const DASH = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
const STAR = 0x2a;
const PARENTHESIS = 0x28;

/** What an id may be beside two numbers. */
interface Form {
  /** The sequence of one that names milliseconds only. */
  readonly missing: "least" | "greatest";
  /** `-` and `+` are ids, too. */
  readonly ends: boolean;
  /** `5-*` is one, whose sequence the server chooses. */
  readonly open: boolean;
}

const ID_FORM: Form = { missing: "least", ends: false, open: false };
const END_FORM: Form = { missing: "least", ends: true, open: false };
const OPEN_FORM: Form = { missing: "least", ends: false, open: true };
const START_FORM: Form = { missing: "least", ends: true, open: false };
const STOP_FORM: Form = { missing: "greatest", ends: true, open: false };
const EXCLUSIVE_START_FORM: Form = { missing: "least", ends: false, open: false };
const EXCLUSIVE_STOP_FORM: Form = { missing: "greatest", ends: false, open: false };

/** What `parse` has made of a text. */
type Parsed = "none" | "whole" | "open";

/** The number that was read; see `readNumber`. */
let high = 0;
let low = 0;

/** Reads a text of bytes as an id of some form into `into`. */
function parse(
  bytes: Uint8Array,
  offset: number,
  length: number,
  form: Form,
  into: StreamId,
): Parsed {
  if (length > MAX_TEXT_BYTES) return "none";
  let end = offset;
  // What follows a zero byte is not seen.
  for (const last = offset + length; end < last && bytes[end] !== 0; ) end++;
  if (end === offset + 1 && (bytes[offset] === DASH || bytes[offset] === PLUS)) {
    if (!form.ends) return "none";
    if (bytes[offset] === DASH) into.setLeast();
    else into.setGreatest();
    return "whole";
  }
  let dash = offset;
  while (dash < end && bytes[dash] !== DASH) dash++;
  if (!readNumber(bytes, offset, dash)) return "none";
  const msHigh = high;
  const msLow = low;
  if (dash === end) {
    const missing = form.missing === "least" ? 0 : -1;
    into.set(msHigh, msLow, missing, missing);
    return "whole";
  }
  if (form.open && end === dash + 2 && bytes[dash + 1] === STAR) {
    into.set(msHigh, msLow, 0, 0);
    return "open";
  }
  if (!readNumber(bytes, dash + 1, end)) return "none";
  into.set(msHigh, msLow, high, low);
  return "whole";
}

/** Reads an unsigned number of 64 bits into `high` and `low`. */
function readNumber(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from > EXACT_DIGITS || end === from) return readAnyNumber(bytes, from, end);
  let value = 0;
  for (let at = from; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return readAnyNumber(bytes, from, end);
    value = value * 10 + digit;
  }
  high = (value / TWO_32) | 0;
  low = value | 0;
  return true;
}

/** A number in its own form, or else as C's `strtoull` reads it: white space is skipped, a sign taken, and a negative one is of modulo 2^64. */
function readAnyNumber(bytes: Uint8Array, from: number, end: number): boolean {
  const plain = parseInteger64(bytes, from, end - from);
  if (plain !== null) {
    if (plain < 0) return false;
    return setNumber(BigInt(plain));
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("latin1");
  const [, sign, digits] = /^[ \t\n\v\f\r]*([-+]?)([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) return false;
  const magnitude = BigInt(digits);
  if (magnitude > UINT64_MAX) return false;
  return setNumber(sign === "-" ? BigInt.asUintN(64, -magnitude) : magnitude);
}

function setNumber(value: bigint): true {
  high = Number(BigInt.asIntN(32, value >> 32n));
  low = Number(BigInt.asIntN(32, value));
  return true;
}

function parseArgument(request: Request, i: number, form: Form, into: StreamId): Parsed {
  return parse(request.bytes, request.offsets[i]!, request.lengths[i]!, form, into);
}

/** True when argument `i` names an entry. */
export function isId({ request }: Call, i: number, into: StreamId): boolean {
  return parseArgument(request, i, ID_FORM, into) === "whole";
}

/** Argument `i` as an id; false, with the error replied, when it is none. */
export function idArgument(call: Call, i: number, into: StreamId): boolean {
  return isId(call, i, into) || refuse(call);
}

/** Argument `i` as an id, or `-` or `+`; as `idArgument`. */
export function idOrEndArgument(call: Call, i: number, into: StreamId): boolean {
  return parseArgument(call.request, i, END_FORM, into) === "whole" || refuse(call);
}

/** Argument `i` as the id of an entry to come; null, with the error replied, when it is none. */
export function openIdArgument(call: Call, i: number, into: StreamId): "whole" | "open" | null {
  const parsed = parseArgument(call.request, i, OPEN_FORM, into);
  if (parsed !== "none") return parsed;
  refuse(call);
  return null;
}

/** Argument `i` as where a range begins: behind the id when a parenthesis stands before it. */
export function startArgument(call: Call, i: number, into: StreamId): boolean {
  if (!isExclusive(call, i)) {
    return parseArgument(call.request, i, START_FORM, into) === "whole" || refuse(call);
  }
  if (!parseBehind(call, i, EXCLUSIVE_START_FORM, into)) return refuse(call);
  if (into.isGreatest) return refuse(call, STREAM_ERR.intervalStart);
  into.increment();
  return true;
}

/** Argument `i` as where a range ends; as `startArgument`. */
export function endArgument(call: Call, i: number, into: StreamId): boolean {
  if (!isExclusive(call, i)) {
    return parseArgument(call.request, i, STOP_FORM, into) === "whole" || refuse(call);
  }
  if (!parseBehind(call, i, EXCLUSIVE_STOP_FORM, into)) return refuse(call);
  if (into.isLeast) return refuse(call, STREAM_ERR.intervalEnd);
  into.decrement();
  return true;
}

function isExclusive({ request }: Call, i: number): boolean {
  return request.lengths[i]! > 1 && request.bytes[request.offsets[i]!] === PARENTHESIS;
}

/** Reads what stands behind the parenthesis. */
function parseBehind({ request }: Call, i: number, form: Form, into: StreamId): boolean {
  const { bytes, offsets, lengths } = request;
  return parse(bytes, offsets[i]! + 1, lengths[i]! - 1, form, into) === "whole";
}

function refuse(call: Call, error: string = STREAM_ERR.id): false {
  call.reply.error(error);
  return false;
}
