import { latin1 } from "../../resp/request.ts";
import { ByteBuilder } from "../machine/byte-builder.ts";
import type { Address } from "../machine/lua-exports.ts";

/** The kinds of tokens, by the names that errors give them. */
export type Token =
  | "T_OBJ_BEGIN"
  | "T_OBJ_END"
  | "T_ARR_BEGIN"
  | "T_ARR_END"
  | "T_STRING"
  | "T_NUMBER"
  | "T_BOOLEAN"
  | "T_NULL"
  | "T_COLON"
  | "T_COMMA"
  | "T_END"
  | "T_ERROR";

const SINGLE: Readonly<Record<number, Token>> = {
  123: "T_OBJ_BEGIN",
  125: "T_OBJ_END",
  91: "T_ARR_BEGIN",
  93: "T_ARR_END",
  58: "T_COLON",
  44: "T_COMMA",
};
const ESCAPES: Readonly<Record<number, number>> = {
  34: 34,
  92: 92,
  47: 47,
  98: 8,
  116: 9,
  110: 10,
  102: 12,
  114: 13,
};
const QUOTE = 34;
const BACKSLASH = 92;
const LOWER_U = 117;
const MINUS = 45;
const WHITESPACE = new Set([32, 9, 10, 13]);
const NUMBER =
  /^[-+]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?)/i;
/** What a number can be made of. */
const NUMBER_PART = /^[-+.\w()]*/;

/** Reads the tokens of a JSON text that lies in the machine's memory. */
export class CjsonTokens {
  /** The machine's memory now: whoever lets it grow puts the new one in. */
  bytes: Uint8Array;
  readonly #start: Address;
  /** Where the next token is looked for. */
  at: Address;
  readonly #allowsInvalidNumbers: boolean;
  /** Where the last token begins, counted from 0. */
  index = 0;
  /** What is wrong with it, when it is an error. */
  error = "";
  number = 0;
  boolean = false;
  /** Where the last string's bytes are: in `bytes` or, when it has escapes, in `unescaped`. */
  stringAt: Address = 0;
  stringLength = 0;
  hasEscapes = false;
  readonly unescaped = new ByteBuilder();

  /** @param end where a zero ends the text */
  constructor(bytes: Uint8Array, start: Address, allowsInvalidNumbers: boolean) {
    this.bytes = bytes;
    this.#start = start;
    this.at = start;
    this.#allowsInvalidNumbers = allowsInvalidNumbers;
  }

  /** Where the next token is looked for, counted from 0. */
  get position(): number {
    return this.at - this.#start;
  }

  /** The next token. */
  next(): Token {
    while (WHITESPACE.has(this.bytes[this.at]!)) this.at++;
    this.index = this.at - this.#start;
    const byte = this.bytes[this.at]!;
    if (byte === 0) return "T_END";
    const single = SINGLE[byte];
    if (single !== undefined) {
      this.at++;
      return single;
    }
    if (byte === QUOTE) return this.#string();
    if (byte === MINUS || (byte >= 48 && byte <= 57)) {
      const isRefused = !this.#allowsInvalidNumbers && this.#isInvalidNumber();
      return isRefused ? this.#fail("invalid number") : this.#number();
    }
    if (this.#skip("true")) return this.#boolean(true);
    if (this.#skip("false")) return this.#boolean(false);
    if (this.#skip("null")) return "T_NULL";
    const mayBegin = byte === 43 || "fiIntN".includes(String.fromCharCode(byte));
    if (mayBegin && this.#allowsInvalidNumbers && this.#isInvalidNumber()) return this.#number();
    return this.#fail("invalid token");
  }

  #boolean(value: boolean): Token {
    this.boolean = value;
    return "T_BOOLEAN";
  }

  #skip(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    }
    this.at += word.length;
    return true;
  }

  #fail(error: string): Token {
    this.error = error;
    this.index = this.at - this.#start;
    return "T_ERROR";
  }

  /** Numbers that C reads and JSON has not: with a plus, hexadecimal, leading zeros, infinite. */
  #isInvalidNumber(): boolean {
    const text = latin1(this.bytes, this.at, 5);
    return /^(?:\+|-?0[xX\d]|-?inf|-?nan)/i.test(text);
  }

  #number(): Token {
    let length = 64;
    let text = "";
    for (;;) {
      const room = Math.min(length, this.bytes.length - this.at);
      text = NUMBER_PART.exec(latin1(this.bytes, this.at, room))![0];
      if (text.length < room || room < length) break;
      length *= 4;
    }
    const found = NUMBER.exec(text);
    if (found === null) return this.#fail("invalid number");
    this.number = toNumber(found[0]);
    this.at += found[0].length;
    return "T_NUMBER";
  }

  #string(): Token {
    const { bytes } = this;
    let at = this.at + 1;
    this.stringAt = at;
    while (bytes[at] !== QUOTE && bytes[at] !== BACKSLASH && bytes[at] !== 0) at++;
    if (bytes[at] === QUOTE) {
      this.hasEscapes = false;
      this.stringLength = at - this.stringAt;
      this.at = at + 1;
      return "T_STRING";
    }
    this.unescaped.clear();
    this.unescaped.append(bytes, this.stringAt, at - this.stringAt);
    this.at = at;
    return this.#stringWithEscapes();
  }

  #stringWithEscapes(): Token {
    const { bytes, unescaped } = this;
    this.hasEscapes = true;
    for (let byte = bytes[this.at]!; byte !== QUOTE; byte = bytes[this.at]!) {
      if (byte === 0) return this.#fail("unexpected end of string");
      if (byte !== BACKSLASH) {
        unescaped.byte(byte);
        this.at++;
      } else if (bytes[this.at + 1] === LOWER_U) {
        if (!this.#unicode()) return this.#fail("invalid unicode escape code");
      } else {
        const meant = ESCAPES[bytes[this.at + 1]!];
        if (meant === undefined) return this.#fail("invalid escape code");
        unescaped.byte(meant);
        this.at += 2;
      }
    }
    this.at++;
    this.stringLength = unescaped.length;
    return "T_STRING";
  }

  /** Reads `\uXXXX`, or two of them that make a pair. False when it is none. */
  #unicode(): boolean {
    let code = this.#hex(this.at + 2);
    if (code < 0) return false;
    let length = 6;
    if ((code & 0xf800) === 0xd800) {
      if ((code & 0x400) !== 0) return false;
      if (this.bytes[this.at + 6] !== BACKSLASH || this.bytes[this.at + 7] !== LOWER_U)
        return false;
      const low = this.#hex(this.at + 8);
      if (low < 0 || (low & 0xfc00) !== 0xdc00) return false;
      code = (((code & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    this.unescaped.append(Buffer.from(utf8(code)), 0, utf8(code).length);
    this.at += length;
    return true;
  }

  #hex(at: Address): number {
    const text = latin1(this.bytes, at, 4);
    return /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1;
  }
}

/** A code point in UTF-8, half of a pair included. */
function utf8(code: number): readonly number[] {
  if (code <= 0x7f) return [code];
  if (code <= 0x7ff) return [(code >> 6) | 0xc0, (code & 0x3f) | 0x80];
  const last = [((code >> 6) & 0x3f) | 0x80, (code & 0x3f) | 0x80];
  if (code <= 0xffff) return [(code >> 12) | 0xe0, ...last];
  return [(code >> 18) | 0xf0, ((code >> 12) & 0x3f) | 0x80, ...last];
}

/** `strtod` of a text that it reads as a whole. */
function toNumber(text: string): number {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[-+]/, "").toLowerCase();
  const size = magnitude(digits);
  return negative ? -size : size;
}

function magnitude(digits: string): number {
  if (digits.startsWith("inf")) return Number.POSITIVE_INFINITY;
  if (digits.startsWith("nan")) return Number.NaN;
  const hex = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([-+]?\d+))?$/.exec(digits);
  if (hex === null) return Number(digits);
  const [, whole = "", part = "", power = "0"] = hex;
  return Number(BigInt(`0x${whole}${part}`)) * 2 ** (Number(power) - 4 * part.length);
}
