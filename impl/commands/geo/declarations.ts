import type { Request } from "../../resp/request.ts";
import type { Command } from "../../session/command.ts";
import {
  type Argument,
  type KeyReference,
  type KeySpec,
  keyRange,
  oneKey,
} from "../../session/command-declaration.ts";
import { behind, flag, integer, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { double, GEO, member, UNIT } from "./facts.ts";
import { search } from "./search.ts";

const COMPLEXITY = "O(N+log(M)) in the members around what is searched and those of the sorted set";

const FROM: Argument = oneOf("from", behind("FROMMEMBER", member("member")), {
  name: "longitude_latitude",
  type: "block",
  token: "FROMLONLAT",
  arguments: [double("longitude"), double("latitude")],
});

const BY: Argument = oneOf(
  "by",
  { name: "circle", type: "block", arguments: [behind("BYRADIUS", double("radius")), UNIT] },
  {
    name: "box",
    type: "block",
    arguments: [behind("BYBOX", double("width")), double("height"), UNIT],
  },
);

const ORDER = optional(oneOf("order", flag("asc"), flag("desc")));
const WITH: readonly Argument[] = ["withcoord", "withdist", "withhash"].map((name) =>
  optional(flag(name)),
);

/** How many; with the version that brought ANY where it came later. */
function limit(any: Argument = optional(flag("any"))): Argument {
  return optional({
    name: "count",
    type: "block",
    arguments: [behind("COUNT", integer("count")), any],
  });
}

const ANY_LATER = since("6.2.0", optional(flag("any")));
const ANY_IS_NEW = ["6.2.0", "`ANY` behind `COUNT` is new."] as const;
const CASES_ARE_NEW = ["7.0.0", "Units may be in upper case."] as const;

/** GEOSEARCH: what lies in a circle or a box. */
export const GEOSEARCH: Command = {
  ...GEO,
  name: "geosearch",
  arity: -7,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  since: "6.2.0",
  complexity: COMPLEXITY,
  summary: "Lists the members in a circle or a box",
  history: [CASES_ARE_NEW],
  arguments: [KEY, FROM, BY, ORDER, limit(), ...WITH],
  handler: (call) => search(call, { source: 1, by: "options", stores: "never" }),
};

/** GEOSEARCHSTORE: what GEOSEARCH lists, as another sorted set. */
export const GEOSEARCHSTORE: Command = {
  ...GEO,
  name: "geosearchstore",
  arity: -8,
  flags: ["write", "denyoom"],
  keySpecs: [keyRange(["OW", "update"], 1, 0, 1), keyRange(["RO", "access"], 2, 0, 1)],
  since: "6.2.0",
  complexity: COMPLEXITY,
  summary: "Stores the members in a circle or a box under another key",
  history: [CASES_ARE_NEW],
  arguments: [
    { name: "destination", type: "key", keySpecIndex: 0 },
    { name: "source", type: "key", keySpecIndex: 1 },
    FROM,
    BY,
    ORDER,
    limit(),
    optional(flag("storedist")),
  ],
  handler: (call) => search(call, { source: 2, by: "options", stores: "always" }),
};

const STORED_FLAGS = ["OW", "update"] as const;

/** The keys that the options STORE and STOREDIST name, from argument `from` on. */
function storedKeys(from: number): readonly KeySpec[] {
  return ["STORE", "STOREDIST"].map((keyword) => ({
    flags: STORED_FLAGS,
    begin: { type: "keyword", keyword, startFrom: from },
    find: { type: "range", lastKey: 0, keyStep: 1, limit: 0 },
  }));
}

/** Of several options that store the last one counts; the key specs tell of the first. */
function lastStored(request: Request): readonly KeyReference[] {
  for (let i = request.argc - 2; i >= FIRST_OPTION; i--) {
    if (request.is(i, "store") || request.is(i, "storedist")) {
      return [{ position: i + 1, flags: STORED_FLAGS }];
    }
  }
  return [];
}

/** No option of GEORADIUS or GEORADIUSBYMEMBER stands in front of this argument. */
const FIRST_OPTION = 5;

const STORES: readonly Argument[] = ["STORE", "STOREDIST"].map((token, i) =>
  optional({ name: "key", type: "key", token, keySpecIndex: i + 1 }),
);

const PLACE = [double("longitude"), double("latitude")];

/** What GEORADIUS and its kin have in common. */
const OLDER = {
  ...GEO,
  complexity: COMPLEXITY,
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
} as const;

/** What those have in common that only read. */
const READING = {
  ...OLDER,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  since: "3.2.10",
} as const;

/** What those have in common that may store what they find. */
const STORING = { ...OLDER, flags: ["write", "denyoom", "movablekeys"], since: "3.2.0" } as const;

/** GEORADIUS: what lies in a circle around a place. */
export const GEORADIUS: Command = {
  ...STORING,
  name: "georadius",
  arity: -6,
  keySpecs: [...oneKey("RO", "access"), ...storedKeys(6)],
  untoldKeys: lastStored,
  summary: "Lists or stores the members in a circle around a place",
  replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
  history: [ANY_IS_NEW, CASES_ARE_NEW],
  arguments: [KEY, ...PLACE, double("radius"), UNIT, ...WITH, limit(ANY_LATER), ORDER, ...STORES],
  handler: (call) => search(call, { source: 1, by: "place", stores: "by option" }),
};

/** GEORADIUS_RO: the same, and nothing is stored. */
export const GEORADIUS_RO: Command = {
  ...READING,
  name: "georadius_ro",
  arity: -6,
  summary: "Lists the members in a circle around a place",
  replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
  history: [ANY_IS_NEW],
  arguments: [KEY, ...PLACE, double("radius"), UNIT, ...WITH, limit(ANY_LATER), ORDER],
  handler: (call) => search(call, { source: 1, by: "place", stores: "never" }),
};

/** GEORADIUSBYMEMBER: what lies in a circle around a member. */
export const GEORADIUSBYMEMBER: Command = {
  ...STORING,
  name: "georadiusbymember",
  arity: -5,
  keySpecs: [...oneKey("RO", "access"), ...storedKeys(5)],
  untoldKeys: lastStored,
  summary: "Lists or stores the members in a circle around one of them",
  replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
  history: [CASES_ARE_NEW],
  arguments: [KEY, member("member"), double("radius"), UNIT, ...WITH, limit(), ORDER, ...STORES],
  handler: (call) => search(call, { source: 1, by: "member", stores: "by option" }),
};

/** GEORADIUSBYMEMBER_RO: the same, and nothing is stored. */
export const GEORADIUSBYMEMBER_RO: Command = {
  ...READING,
  name: "georadiusbymember_ro",
  arity: -5,
  summary: "Lists the members in a circle around one of them",
  replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
  arguments: [KEY, member("member"), double("radius"), UNIT, ...WITH, limit(), ORDER],
  handler: (call) => search(call, { source: 1, by: "member", stores: "never" }),
};
