/** The commands on places. */

import fc from "fast-check";
import {
  command,
  either,
  type Family,
  many,
  option,
  type PartArbitrary,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_INTEGER, SYNTAX, WRONG_TYPE } from "../replies.ts";
import { call } from "../step.ts";
import { element, integer, key, pick, unknownWord } from "../values.ts";
import { knownPlace, place, reach, unit } from "./places.ts";
import { scenarios } from "./scenarios.ts";

const NOT_A_FLOAT = "-ERR value is not a valid float";
const NO_PLACE = "-ERR invalid longitude,latitude pair …";
const NO_UNIT = "-ERR unsupported unit provided. please use M, KM, FT, MI";
const NO_RADIUS = "-ERR need numeric radius";
const NEGATIVE_RADIUS = "-ERR radius cannot be negative";
const NO_MEMBER = "-ERR could not decode requested zset member";
const NO_COUNT = "-ERR COUNT must be > 0";
const ANY_ALONE = "-ERR the ANY argument requires COUNT argument";

/** A longitude and a latitude. */
const placed: PartArbitrary = place.map((both) => ({ words: both, options: [] }));
const located = sequence(placed, words(element));

/** Members at places. */
const added = either(
  located,
  sequence(located, located),
  sequence(located, located, located),
  sequence(located, located, located, located),
  sequence(located, words(element)),
);

const radius = words(reach, unit);
const fromMember = option("FROMMEMBER", element);
const fromPlace = either(
  sequence(option("FROMLONLAT"), placed),
  sequence(option("FROMLONLAT"), placed),
  tagged("(incomplete)", fc.constant("FROMLONLAT"), fc.constant("1")),
);
const byRadius = sequence(option("BYRADIUS"), radius);
const byBox = sequence(option("BYBOX"), words(reach, reach, unit));

const count = option(
  "COUNT",
  pick([6, fc.constantFrom("1", "2", "3")], [1, fc.constantFrom("0", "-1")], [1, integer]),
);
const countAny = sequence(
  option("COUNT", fc.constantFrom("1", "2", "3")),
  either(option("ANY"), option("ANY"), sequence(option("ANY"), option("ASC"))),
);
const limits = [
  ...[count, count, countAny, countAny],
  ...["ASC", "ASC", "DESC", "DESC", "ANY"].map((name) => option(name)),
  tagged("(unknown)", unknownWord),
  tagged("(incomplete)", fc.constant("COUNT")),
];
const withMore = ["WITHCOORD", "WITHDIST", "WITHHASH"].map((name) => option(name));

/** Where and how far, most often both, and the rest. */
const area = (rest: PartArbitrary): PartArbitrary => {
  const from = either(fromMember, fromPlace, fromPlace);
  const by = either(byRadius, byRadius, byBox);
  return either(
    sequence(from, by, rest),
    sequence(from, by, rest),
    sequence(from, by, rest),
    sequence(from, by, rest),
    sequence(rest, by, from),
    sequence(from, from, by),
    sequence(from, by, by),
    sequence(from, rest, count, countAny),
    sequence(by, rest, count, countAny),
  );
};

/** What a search may say of its arguments. */
const REFUSED = [
  ...[SYNTAX, WRONG_TYPE, NOT_INTEGER, NO_UNIT, NO_RADIUS, NEGATIVE_RADIUS],
  ...[NO_COUNT, ANY_ALONE],
];
const BOX_REFUSED = [
  "-ERR need numeric width",
  "-ERR need numeric height",
  "-ERR height or width cannot be negative",
];
const noCentre = (name: string): string =>
  `-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`;
const noShape = (name: string): string =>
  `-ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`;
const notStored = (what: string): string =>
  `-ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`;

const LIMITS = ["COUNT", "ANY", "ASC", "DESC"];
const WITH = ["WITHCOORD", "WITHDIST", "WITHHASH"];

/** The commands on places of Redis 7.0. */
export const geo: Family = {
  onData: true,
  type: "zset",
  makes: fc
    .tuple(key, fc.array(fc.tuple(knownPlace, element), { minLength: 1, maxLength: 8 }))
    .map(([name, all]) => call("GEOADD", name, ...all.flatMap(([both, one]) => [...both, one]))),
  scenarios,
  disturbances: (name) => [
    call("GEOADD", name, "1", "1", "a"),
    call("GEOADD", name, "XX", "1", "1", "b"),
    call("GEORADIUS", name, "1", "1", "1", "km", "STORE", name),
    call("GEOSEARCHSTORE", name, "b", "FROMLONLAT", "1", "1", "BYRADIUS", "1", "km"),
  ],
  commands: [
    command(
      "GEOADD",
      sequence(words(key), someOf([option("NX"), option("XX"), option("CH")], 2), added),
      {
        weight: 60,
        options: ["NX", "XX", "CH"],
        replies: [
          ...[":0", ":1", ":n", SYNTAX, WRONG_TYPE, NOT_A_FLOAT, NO_PLACE],
          arity("geoadd"),
        ],
      },
    ),
    command("GEOPOS", sequence(words(key), many(element, 0, 3)), {
      replies: ["*0", "*n", WRONG_TYPE, arity("geopos")],
    }),
    command("GEOHASH", sequence(words(key), many(element, 0, 3)), {
      replies: ["*0", "*n", WRONG_TYPE, arity("geohash")],
    }),
    command(
      "GEODIST",
      sequence(words(key, element, element), either(words(), words(unit), words(unit))),
      {
        weight: 15,
        replies: ["$", "nil", NO_UNIT, SYNTAX, WRONG_TYPE, arity("geodist")],
      },
    ),
    command(
      "GEOSEARCH",
      sequence(words(key), area(someOf([...limits, ...withMore, ...withMore], 3))),
      {
        weight: 70,
        options: ["FROMMEMBER", "FROMLONLAT", "BYRADIUS", "BYBOX", ...LIMITS, ...WITH],
        replies: [
          ...["*0", "*n", ...REFUSED, ...BOX_REFUSED, NOT_A_FLOAT, NO_PLACE, NO_MEMBER],
          ...[noCentre("GEOSEARCH"), noShape("GEOSEARCH"), arity("geosearch")],
        ],
      },
    ),
    command(
      "GEOSEARCHSTORE",
      sequence(
        words(key, key),
        area(someOf([...limits, option("STOREDIST"), option("STOREDIST"), ...withMore], 2)),
      ),
      {
        weight: 50,
        options: ["FROMMEMBER", "FROMLONLAT", "BYRADIUS", "BYBOX", ...LIMITS, "STOREDIST"],
        replies: [
          ...[":0", ":1", ":n", ...REFUSED, ...BOX_REFUSED, NOT_A_FLOAT, NO_PLACE, NO_MEMBER],
          ...[noCentre("GEOSEARCHSTORE"), noShape("GEOSEARCHSTORE")],
          ...[notStored("GEOSEARCHSTORE"), arity("geosearchstore")],
        ],
      },
    ),
    ...[
      { name: "GEORADIUS", centre: placed, wrong: [NOT_A_FLOAT, NO_PLACE] },
      { name: "GEORADIUSBYMEMBER", centre: words(element), wrong: [NO_MEMBER] },
    ].flatMap(({ name, centre, wrong }) => {
      const searched = sequence(words(key), centre, radius);
      const refused = [...REFUSED, ...wrong];
      const stores = ["STORE", "STOREDIST"].map((word) => option(word, key));
      return [
        command(
          name,
          sequence(searched, someOf([...limits, ...withMore, ...stores, ...stores, ...stores], 3)),
          {
            weight: 50,
            options: [...LIMITS, ...WITH, "STORE", "STOREDIST"],
            replies: [
              ...["*0", "*n", ":0", ":1", ":n", ...refused],
              ...[notStored("STORE option in GEORADIUS"), arity(name.toLowerCase())],
            ],
          },
        ),
        command(
          `${name}_RO`,
          sequence(
            searched,
            someOf([...limits, ...withMore, tagged("(unknown)", fc.constant("STORE"), key)], 2),
          ),
          {
            weight: 20,
            options: [...LIMITS, ...WITH],
            replies: ["*0", "*n", ...refused, arity(`${name.toLowerCase()}_ro`)],
          },
        ),
      ];
    }),
  ],
};
