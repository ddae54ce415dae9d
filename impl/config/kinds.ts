/** The kinds of directives with a single value: yes or no, numbers, choices, strings. */
import type { Kind, Parsed, RewriteLine } from "./directive.ts";
import {
  cString,
  formatMemory,
  INT_MAX,
  LLONG_MAX,
  parseInteger,
  parseMemoryBytes,
  parseOctal,
} from "./numbers.ts";
import { quote } from "./quoting.ts";

/**
 * `yes` or `no`.
 *
 * @param refuseYes why `yes` is refused, where the server cannot do it at all
 */
export function bool(fallback: boolean, refuseYes?: string): Kind<boolean, boolean> {
  return {
    type: "yes or no",
    fallback,
    multiArg: false,
    parse: (args) => parseBool(cString(args[0]!), refuseYes),
    format: (value) => (value ? "yes" : "no"),
    publish: (value) => value,
    same: (a, b) => a === b,
    rewrite: (name, value) => oneLine(`${name} ${value ? "yes" : "no"}`, value !== fallback),
  };
}

function parseBool(text: string, refuseYes: string | undefined): Parsed<boolean> {
  const word = text.toLowerCase();
  if (word === "yes") return refuseYes === undefined ? { value: true } : { refusal: refuseYes };
  if (word === "no") return { value: false };
  return { refusal: "argument must be 'yes' or 'no'" };
}

/** A way of writing numbers. */
interface Notation {
  readonly type: string;
  /** Reads a text as a signed 64-bit integer. */
  parse(text: string): bigint | null;
  readonly refusal: string;
  /** As CONFIG GET prints it. */
  format(value: bigint): string;
  /** As CONFIG REWRITE prints it. */
  rewrite(value: bigint): string;
  /** As code reads it. */
  publish(value: bigint): number;
}

const INTEGER: Notation = {
  type: "integer",
  parse: parseInteger,
  refusal: "argument couldn't be parsed into an integer",
  format: String,
  rewrite: String,
  publish: Number,
};

const MEMORY: Notation = {
  type: "memory",
  parse: parseSignedMemory,
  refusal: "argument must be a memory value",
  format: (value) => `${BigInt.asUintN(64, value)}`,
  rewrite: formatMemory,
  publish: (value) => Number(BigInt.asUintN(64, value)),
};

const MEMORY_OR_PERCENT: Notation = {
  type: "memory or percent",
  parse: (text) => parseSignedMemory(text) ?? parsePercent(text),
  refusal: "argument must be a memory or percent value",
  format: (value) => (value < 0n ? `${-value}%` : `${value}`),
  rewrite: (value) => (value < 0n ? `${-value}%` : formatMemory(value)),
  publish: Number,
};

const OCTAL: Notation = {
  type: "octal",
  parse: (text) => parseOctal(cString(text)),
  refusal: "argument couldn't be parsed as an octal number",
  format: (value) => value.toString(8),
  rewrite: (value) => value.toString(8),
  publish: Number,
};

/** Redis keeps amounts of memory in signed 64-bit integers: 2^63 and more wrap. */
function parseSignedMemory(text: string): bigint | null {
  const bytes = parseMemoryBytes(text);
  return bytes === null ? null : BigInt.asIntN(64, bytes);
}

function parsePercent(text: string): bigint | null {
  if (text.length < 2 || !text.endsWith("%")) return null;
  const value = parseInteger(text.slice(0, -1));
  return value === null || value < 0n ? null : -value;
}

/** Facts about a number that most numbers do not need. */
export interface NumberOptions {
  /** Compared with its bounds as unsigned: a negative value is too large. */
  readonly unsigned?: true;
  /** Smaller or larger values are accepted and moved to these. */
  readonly clamp?: readonly [bigint, bigint];
}

function numeric(
  notation: Notation,
  fallback: bigint,
  min: bigint,
  max: bigint,
  options: NumberOptions,
): Kind<bigint, number> {
  return {
    type: `${notation.type}, ${describeRange(notation, min, max)}`,
    fallback,
    multiArg: false,
    parse: (args) => {
      const value = notation.parse(args[0]!);
      if (value === null) return { refusal: notation.refusal };
      const refusal = refuseOutside(notation, value, min, max, options.unsigned === true);
      return refusal === null ? { value: clamp(value, options.clamp) } : { refusal };
    },
    format: notation.format,
    publish: notation.publish,
    same: (a, b) => a === b,
    rewrite: (name, value) => oneLine(`${name} ${notation.rewrite(value)}`, value !== fallback),
  };
}

function describeRange(notation: Notation, min: bigint, max: bigint): string {
  if (notation === MEMORY_OR_PERCENT) return "up to 100%";
  if (max >= LLONG_MAX) return `${notation.rewrite(min)} or more`;
  return `${notation.rewrite(min)} to ${notation.rewrite(max)}`;
}

function refuseOutside(
  notation: Notation,
  value: bigint,
  min: bigint,
  max: bigint,
  unsigned: boolean,
): string | null {
  if (notation === MEMORY_OR_PERCENT && value < 0n) {
    return value < min ? `percentage argument must be less or equal to ${-min}` : null;
  }
  const compared = unsigned ? BigInt.asUintN(64, value) : value;
  if (compared >= min && compared <= max) return null;
  const base = notation === OCTAL ? 8 : 10;
  return `argument must be between ${min.toString(base)} and ${max.toString(base)} inclusive`;
}

function clamp(value: bigint, range: readonly [bigint, bigint] | undefined): bigint {
  if (range === undefined) return value;
  if (value < range[0]) return range[0];
  return value > range[1] ? range[1] : value;
}

/** A decimal integer; code reads it as a number, rounded beyond 2^53. */
export function integer(
  fallback: number,
  min: number | bigint = 0,
  max: number | bigint = INT_MAX,
  options: NumberOptions = {},
): Kind<bigint, number> {
  return numeric(INTEGER, BigInt(fallback), BigInt(min), BigInt(max), options);
}

/** An amount of memory in bytes with an optional unit; code reads it as a number of bytes. */
export function memory(
  fallback: number,
  min: number | bigint = 0,
  max: number | bigint = LLONG_MAX,
  options: NumberOptions = {},
): Kind<bigint, number> {
  return numeric(MEMORY, BigInt(fallback), BigInt(min), BigInt(max), options);
}

/** An amount of memory, or a percentage that code reads as a negative number: -25 is 25 %. */
export function memoryOrPercent(fallback: number): Kind<bigint, number> {
  return numeric(MEMORY_OR_PERCENT, BigInt(fallback), -100n, LLONG_MAX, {});
}

/** File permissions in octal. */
export function octal(fallback: number, max: number): Kind<bigint, number> {
  return numeric(OCTAL, BigInt(fallback), 0n, BigInt(max), { unsigned: true });
}

/**
 * One of several words, of which code reads the canonical one.
 *
 * @param synonyms words that are accepted and mean another
 */
export function choice<const W extends string>(
  words: readonly W[],
  fallback: W,
  synonyms: ReadonlyMap<string, W> = new Map(),
): Kind<W, W> {
  return {
    type: words.map((word) => `\`${word}\``).join(", "),
    fallback,
    multiArg: false,
    parse: (args) => {
      const given = cString(args[0]!).toLowerCase();
      const word = words.find((candidate) => candidate === given);
      if (word === undefined) return { refusal: mustBeOneOf(words) };
      return { value: synonyms.get(word) ?? word };
    },
    format: (value) => value,
    publish: (value) => value,
    same: (a, b) => a === b,
    rewrite: (name, value) => oneLine(`${name} ${value}`, value !== fallback),
  };
}

/**
 * Any number of words together. The first word stands for none of the others; it is the default.
 *
 * @param exclusive two words that exclude each other, and what Redis says of them
 */
export function flags<const W extends string>(
  words: readonly [W, ...W[]],
  exclusive: readonly [W, W, string],
): Kind<readonly W[], readonly W[]> {
  const none = words[0];
  const format = (value: readonly W[]) => (value.length === 0 ? none : value.join(" "));
  return {
    type: `${words.map((word) => `\`${word}\``).join(", ")}; several together`,
    fallback: [],
    multiArg: true,
    parse: (args) => {
      const given = args.map((arg) => cString(arg).toLowerCase());
      const known: readonly string[] = words;
      if (given.length === 0 || !given.every((word) => known.includes(word))) {
        return { refusal: mustBeOneOf(words) };
      }
      if (given.includes(exclusive[0]) && given.includes(exclusive[1])) {
        return { refusal: exclusive[2] };
      }
      return { value: words.filter((word) => word !== none && given.includes(word)) };
    },
    format,
    publish: (value) => value,
    same: (a, b) => format(a) === format(b),
    rewrite: (name, value) => oneLine(`${name} ${format(value)}`, value.length > 0),
  };
}

function mustBeOneOf(words: readonly string[]): string {
  return `argument(s) must be one of the following: ${words.join(", ")}`;
}

/** Tells why a string cannot be a value, or null. */
export type Refuse = (text: string) => string | null;

/** A string that ends at its first zero byte, as C strings do. It may be empty. */
export function text(fallback: string, refuse: Refuse = () => null): Kind<string, string> {
  return string("text", fallback, false, refuse);
}

/** A string whose absence is the empty string: CONFIG REWRITE removes it from the file then. */
export function optionalText(refuse: Refuse = () => null): Kind<string, string> {
  return string("text, or empty for none", "", true, refuse);
}

/** An optional string that may hold any byte. */
export function optionalBytes(): Kind<string, string> {
  const kind = optionalText();
  return { ...kind, parse: (args) => ({ value: args[0]! }) };
}

function string(
  type: string,
  fallback: string,
  emptyIsAbsent: boolean,
  refuse: Refuse,
): Kind<string, string> {
  return {
    type,
    fallback,
    multiArg: false,
    parse: (args) => {
      const value = cString(args[0]!);
      const refusal = refuse(value);
      return refusal === null ? { value } : { refusal };
    },
    format: (value) => value,
    publish: (value) => value,
    same: (a, b) => a === b,
    rewrite: (name, value) => {
      if (emptyIsAbsent && value === "") return [];
      return oneLine(`${name} ${quote(value)}`, value !== fallback);
    },
  };
}

/** A single line of redis.conf. */
export function oneLine(line: string, force: boolean): readonly RewriteLine[] {
  return [{ text: line, force }];
}
