/** The bitmap commands. */

import fc from "fast-check";
import {
  command,
  either,
  type Family,
  many,
  option,
  type PartArbitrary,
  sequence,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_INTEGER, SYNTAX } from "../replies.ts";
import { call } from "../step.ts";
import { borderInteger, INT64_MIN, key, notInteger, offset, pick } from "../values.ts";
import { scenarios } from "./scenarios.ts";

const BAD_OFFSET = "-ERR bit offset is not an integer or out of range";
const BAD_TYPE =
  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";

/** Bits that a string may get: no valid one is so far away that the string would fill the memory. */
const writtenBit: fc.Arbitrary<string> = pick(
  [14, fc.nat({ max: 200 }).map(String)],
  [1, fc.constantFrom("-1", INT64_MIN, "4294967296", "9223372036854775807")],
  [1, notInteger],
);

/** Bits to look at, with the last that a string can have. */
const readBit = pick([12, writtenBit], [1, fc.constantFrom("4294967295", "4294967288")]);

const bit = pick(
  [12, fc.constantFrom("0", "1")],
  [1, fc.constantFrom("2", "-1", "9223372036854775807")],
  [1, notInteger],
);

const unit: PartArbitrary = either(
  words(),
  option("BIT"),
  option("BIT"),
  option("BYTE"),
  tagged("(unknown)", fc.constantFrom("BITS", "", "0")),
);

/** An index of a bit or of a byte, from either end. */
const index = pick([8, fc.integer({ min: -40, max: 40 }).map(String)], [4, offset]);

const countRange = either(
  words(),
  sequence(words(index, index), unit),
  sequence(words(index, index), unit),
  sequence(words(index, index), unit),
  tagged("(one index)", index),
  sequence(words(index, index), unit, words("more")),
);

const positionRange = either(
  words(),
  words(index),
  sequence(words(index, index), unit),
  sequence(words(index, index), unit),
  sequence(words(index, index), unit),
  sequence(words(index, index), unit, words("more")),
);

const type: fc.Arbitrary<string> = pick(
  [
    10,
    fc
      .tuple(fc.constantFrom("i", "u"), fc.integer({ min: 1, max: 63 }))
      .map(([sign, width]) => `${sign}${width}`),
  ],
  [10, fc.constantFrom("u1", "i1", "u8", "i8", "u16", "i64", "i63", "u63", "u2", "i5", "u8\x00x")],
  [1, fc.constantFrom("u64", "i65", "u0", "i0", "8", "", "x8", "U8", "i", "u-1", "i 8", "u08")],
);

/** Offsets whose product with a width leaves 64 bits. */
const hugeField = fc.constantFrom("#9223372036854775807", "#2305843009213693952", "#-1", "#");
const field = fc.nat({ max: 12 }).map((count) => `#${count}`);
const writtenField = pick([10, writtenBit], [8, field], [1, fc.constantFrom("#-1", "#", "#x")]);
const readField = pick([10, readBit], [8, field], [1, hugeField]);

/** Values around the ends of every width. */
const operand: fc.Arbitrary<string> = pick(
  [6, fc.integer({ min: -300, max: 300 }).map(String)],
  [
    6,
    fc
      .tuple(fc.integer({ min: 0, max: 62 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
      .map(([power, more, minus]) => {
        const value = 2n ** BigInt(power) + BigInt(more);
        return String(minus ? -value : value);
      }),
  ],
  [3, borderInteger],
  [1, notInteger],
);

const get = option("GET", type, readField);
const overflow = either(
  tagged("OVERFLOW WRAP", "OVERFLOW", "WRAP"),
  tagged("OVERFLOW SAT", "OVERFLOW", "SAT"),
  tagged("OVERFLOW FAIL", "OVERFLOW", "FAIL"),
  tagged("OVERFLOW FAIL", "OVERFLOW", "FAIL"),
);
const badOverflow = tagged("(bad overflow)", "OVERFLOW", fc.constantFrom("", "FOO", "0"));
const write = either(
  option("SET", type, writtenField, operand),
  option("INCRBY", type, writtenField, operand),
  option("INCRBY", type, writtenField, operand),
  sequence(overflow, option("SET", type, writtenField, operand)),
  sequence(overflow, option("INCRBY", type, writtenField, operand)),
);
const badOperation = either(
  badOverflow,
  tagged("(incomplete)", fc.constantFrom("GET", "SET", "INCRBY", "OVERFLOW")),
  tagged("(incomplete)", "SET", type, "0"),
  tagged("(unknown)", "FOO", type, "0"),
);

function upTo(part: PartArbitrary, maxLength: number): PartArbitrary {
  return fc.array(part, { maxLength }).map((parts) => ({
    words: parts.flatMap((one) => one.words),
    options: parts.flatMap((one) => one.options),
  }));
}

const operations = either(
  upTo(either(get, write, write), 4),
  upTo(either(get, write, write), 4),
  upTo(write, 3),
  sequence(upTo(either(get, write), 2), badOperation),
);

const sources = either(words(key), words(key, key), many(key, 1, 4));

/** The bitmap commands of Redis 7.0. */
export const bitmaps: Family = {
  onData: true,
  type: "string",
  scenarios,
  disturbances: (name) => [
    call("SETBIT", name, "0", "0"),
    call("SETBIT", name, "7", "1"),
    call("BITFIELD", name, "INCRBY", "u8", "0", "0"),
    call("BITFIELD", name, "OVERFLOW", "FAIL", "SET", "u4", "0", "99"),
    call("BITOP", "NOT", name, "b"),
  ],
  commands: [
    command("SETBIT", words(key, writtenBit, bit), {
      weight: 25,
      replies: [
        ":0",
        ":1",
        BAD_OFFSET,
        "-ERR bit is not an integer or out of range",
        arity("setbit"),
      ],
    }),
    command("GETBIT", words(key, readBit), {
      replies: [":0", ":1", BAD_OFFSET, arity("getbit")],
    }),
    command("BITCOUNT", sequence(words(key), countRange), {
      weight: 20,
      options: ["BIT", "BYTE"],
      replies: [":0", ":n", SYNTAX, NOT_INTEGER, arity("bitcount")],
    }),
    command("BITPOS", sequence(words(key, bit), positionRange), {
      weight: 25,
      options: ["BIT", "BYTE"],
      replies: [
        ":0",
        ":-1",
        ":n",
        SYNTAX,
        NOT_INTEGER,
        "-ERR The bit argument must be 1 or 0.",
        arity("bitpos"),
      ],
    }),
    command(
      "BITOP",
      either(
        ...["AND", "OR", "XOR"].map((name) => sequence(option(name), words(key), sources)),
        sequence(option("NOT"), words(key, key)),
        sequence(option("NOT"), words(key, key)),
        sequence(option("NOT"), words(key), sources),
        sequence(tagged("(unknown)", fc.constantFrom("NAND", "")), words(key, key)),
      ),
      {
        weight: 25,
        options: ["AND", "OR", "XOR", "NOT"],
        replies: [
          ":0",
          ":n",
          SYNTAX,
          "-ERR BITOP NOT must be called with a single source key.",
          arity("bitop"),
        ],
      },
    ),
    command("BITFIELD", sequence(words(key), operations), {
      weight: 40,
      options: ["GET", "SET", "INCRBY", "OVERFLOW WRAP", "OVERFLOW SAT", "OVERFLOW FAIL"],
      replies: [
        "*n",
        "*0",
        SYNTAX,
        NOT_INTEGER,
        BAD_OFFSET,
        BAD_TYPE,
        "-ERR Invalid OVERFLOW type specified",
        arity("bitfield"),
      ],
    }),
    command(
      "BITFIELD_RO",
      sequence(words(key), either(upTo(get, 3), upTo(get, 3), operations, badOperation)),
      {
        options: ["GET"],
        replies: [
          "*n",
          "*0",
          SYNTAX,
          BAD_OFFSET,
          BAD_TYPE,
          "-ERR BITFIELD_RO only supports the GET subcommand",
          arity("bitfield_ro"),
        ],
      },
    ),
  ],
};
