import fc from "fast-check";
import { requestText } from "../../testing/wire/request.ts";

/**
 * Inputs for the protocol: mostly well-formed requests, with every part of them bent in some run.
 * All are strings with one character per byte.
 */

/** Numbers at and around every limit, and what is nearly a number. */
const NUMBERS = [
  "",
  "-",
  "0",
  "-0",
  "00",
  "01",
  "+1",
  "1 ",
  " 1",
  "1x",
  "0x1",
  "-1",
  "-10",
  "1",
  "2",
  "9",
  "10",
  "11",
  "16384",
  "16385",
  "1048576",
  "1048577",
  "99999999",
  "100000000",
  "536870912",
  "536870913",
  "2147483647",
  "2147483648",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551616",
  "-9223372036854775808",
  "-9223372036854775809",
  "99999999999999999999",
  "000000000000000000001",
  "999999999999999999999999",
  "\0",
  "1\0",
];

/** The right length with a zero in front. */
const PADDED = Symbol("padded");

/** Terminators, the right one among them. */
const TERMINATORS = ["\r\n", "\r\n", "\r\n", "\n", "\r", "\rX", "\r\r\n", "", "\0\r\n", " \r\n"];

/** Around the longest line: 64 KB, less the few bytes that stand before. */
const LONG = [65530, 65531, 65532, 65533, 65534, 65535, 65536, 65537, 70_000];

const WORDS = ["PING", "ECHO", "SET", "GET", "nosuch", "a", "key"];

/** Any bytes, the protocol's own characters often. */
export const bytes: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(..."*$\r\n\0 \t\v\"'\\x-0123456789aZ") },
      { weight: 1, arbitrary: fc.nat(255).map((code) => String.fromCharCode(code)) },
    ),
    { maxLength: 24 },
  )
  .map((characters) => characters.join(""));

const argument: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 4, arbitrary: bytes },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 9, 10, 99, 100, 999, 1000, 16383, 16384, 16385).map(repeated),
  },
);

function repeated(length: number): string {
  return "v".repeat(length);
}

const request: fc.Arbitrary<string> = fc
  .array(argument, { minLength: 1, maxLength: 12 })
  .map((words) => requestText(...words));

const number: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.integer({ min: -3, max: 40 }).map(String),
);

const terminator: fc.Arbitrary<string> = fc.constantFrom(...TERMINATORS);

/** A request whose headers say what they like. */
const bentRequest: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: number }),
    terminator,
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.constant("$") },
          { weight: 1, arbitrary: fc.constantFrom("", "*", "x", "\r", "\n", "\0", "\xff") },
        ),
        fc.oneof(
          { weight: 9, arbitrary: fc.constant(undefined) },
          { weight: 3, arbitrary: number },
          { weight: 1, arbitrary: fc.constant(PADDED) },
        ),
        terminator,
        argument,
        terminator,
      ),
      { maxLength: 4 },
    ),
  )
  .map(([count, end, parts]) => {
    const body = parts.map(
      ([type, length, headerEnd, arg, argEnd]) =>
        `${type}${length === PADDED ? `0${arg.length}` : (length ?? arg.length)}${headerEnd}${arg}${argEnd}`,
    );
    return `*${count ?? parts.length}${end}${body.join("")}`;
  });

/** An inline request: words and quoted strings, closed or not, with escapes of every kind. */
const inline: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom(...WORDS, " ", "  ", "\t", "\v", "\f", '"', "'", "\\", '""', "''"),
        fc.constantFrom('"a b"', "'a b'", '"\\x41\\xfg\\n\\"" ', "'\\'' ", '"\\', "\\x4"),
        bytes,
      ),
      { maxLength: 8 },
    ),
    terminator,
  )
  .map(([parts, end]) => `${parts.join("")}${end}`);

/** Lines around the limit of 64 KB, ended or not, as each kind of line. */
const longLine: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "*", "*1\r\n", "*1\r\n$", "\0", "*1\0"),
    fc.constantFrom(...LONG),
    fc.constantFrom("a", "1", "0", "a b ", "\0"),
    terminator,
  )
  .map(([start, length, filling, end]) => {
    const text = filling.repeat(Math.ceil(length / filling.length)).slice(0, length);
    return `${start}${text}${end}`;
  });

/** A whole connection's input. Long lines are rare, since each is much to parse byte by byte. */
export const connectionInput: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 60, arbitrary: request },
      { weight: 40, arbitrary: bentRequest },
      { weight: 30, arbitrary: inline },
      { weight: 10, arbitrary: bytes },
      { weight: 10, arbitrary: request.map((text) => text.slice(0, text.length >> 1)) },
      { weight: 1, arbitrary: longLine },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""));

/** Sizes of the pieces that an input is cut into, used in turn. */
export const pieceSizes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(4095, 4096, 4097, 16_384, 65_536)),
  { minLength: 1, maxLength: 8 },
);
