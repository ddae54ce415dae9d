/** The HyperLogLog commands. */

import fc from "fast-check";
import { command, either, type Family, many, option, sequence, tagged, words } from "../grammar.ts";
import { arity } from "../replies.ts";
import { call } from "../step.ts";
import { key, pick, value } from "../values.ts";
import { scenarios } from "./scenarios.ts";

const NOT_ONE = "-WRONGTYPE Key is not a valid HyperLogLog string value.";
const CORRUPT = "-INVALIDOBJ Corrupted HLL object detected";

/** Elements of every length that the hash tells apart, few enough to meet again. */
const element: fc.Arbitrary<string> = pick(
  [10, fc.nat({ max: 60 }).map(String)],
  [3, value],
  [2, fc.uint8Array({ maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes))],
);

const SPARSE = "HYLL\x01\0\0\0";
const EMPTY = `${SPARSE}${"\0".repeat(8)}\x7f\xff`;

/** Strings that are HyperLogLogs, or nearly. */
const crafted: fc.Arbitrary<string> = fc.constantFrom(
  EMPTY,
  // Meaningless bytes, and an estimate that nobody has made.
  `HYLL\x01abc${"\x01".repeat(7)}\x00\x7f\xff`,
  `${SPARSE}${"\xff".repeat(7)}\x7f\x7f\xff`,
  // Runs in forms that no command chooses.
  `${SPARSE}${"\0".repeat(7)}\x80\x40\x05\x80\x00\x80\x81\x7f\xf4\x40\x00`,
  // No estimate that holds, and registers that are too few, too many, or cut off.
  `${SPARSE}${"\0".repeat(7)}\x80\x7f\xf0`,
  `${SPARSE}${"\0".repeat(7)}\x80\x7f\xff\x00`,
  `${SPARSE}${"\0".repeat(7)}\x80\x60\x00`,
  `${SPARSE}${"\0".repeat(7)}\x80\x7f\xfb\xff\x80`,
  // No HyperLogLogs.
  EMPTY.slice(0, 15),
  `HYLK${EMPTY.slice(4)}`,
  `HYLL\x02${EMPTY.slice(5)}`,
  `HYLL\0${EMPTY.slice(5)}`,
  // Dense ones whose registers no element has raised so.
  `HYLL\0\0\0\0${"\0".repeat(7)}\x80${"\xff".repeat(12_288)}`,
  `HYLL\0\0\0\0${"\0".repeat(7)}\x80${"\x33\xcf\x3c".repeat(4096)}`,
  `HYLL\0\0\0\0${"\0".repeat(7)}\x80${"\x21\x84\x10".repeat(4096)}`,
  `HYLL\0\0\0\0${"\0".repeat(7)}\x80${"\0\0\0\x04".repeat(3072)}`,
);

const elements = either(words(), many(element, 1, 4), many(element, 1, 4), many(element, 5, 30));

/** The HyperLogLog commands of Redis 7.0. */
export const hyperloglog: Family = {
  onData: true,
  type: "string",
  makes: pick(
    [
      5,
      fc
        .tuple(key, fc.array(element, { maxLength: 9 }))
        .map(([k, all]) => call("PFADD", k, ...all)),
    ],
    [3, fc.tuple(key, crafted).map(([k, bytes]) => call("SET", k, bytes))],
  ),
  scenarios,
  disturbances: (name) => [
    call("PFADD", name),
    call("PFADD", name, "1"),
    call("PFCOUNT", name),
    call("PFCOUNT", name, "b"),
    call("PFMERGE", name),
    call("PFDEBUG", "TODENSE", name),
  ],
  commands: [
    command("PFADD", sequence(words(key), elements), {
      weight: 40,
      replies: [":0", ":1", NOT_ONE, CORRUPT, arity("pfadd")],
    }),
    command("PFCOUNT", either(words(key), words(key), many(key, 2, 4)), {
      weight: 25,
      replies: [":0", ":1", ":n", NOT_ONE, CORRUPT, arity("pfcount")],
    }),
    command("PFMERGE", sequence(words(key), either(words(), many(key, 1, 3))), {
      weight: 15,
      replies: ["+OK", NOT_ONE, CORRUPT, arity("pfmerge")],
    }),
    command(
      "PFDEBUG",
      sequence(
        either(
          option("GETREG"),
          option("DECODE"),
          option("DECODE"),
          option("ENCODING"),
          option("TODENSE"),
          tagged("(unknown)", fc.constantFrom("FOO", "")),
        ),
        words(key),
      ),
      {
        weight: 15,
        options: ["GETREG", "DECODE", "ENCODING", "TODENSE"],
        replies: [
          "*n",
          "$",
          ":0",
          ":1",
          "+sparse",
          "+dense",
          NOT_ONE,
          CORRUPT,
          "-ERR The specified key does not exist",
          "-ERR HLL encoding is not sparse",
          arity("pfdebug"),
        ],
      },
    ),
    command("SET", words(key, crafted), { weight: 25, replies: ["+OK"] }),
  ],
};
