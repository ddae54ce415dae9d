import type { Request } from "../../resp/request.ts";
import {
  type Argument,
  type KeyReference,
  keyRange,
  unknownKeys,
} from "../../session/command-declaration.ts";
import { behind, flag, integer, KEY, oneOf, optional } from "../shared/arguments.ts";

/** What SORT and SORT_RO have in common. */
export const SORTING = {
  arity: -2,
  acl: ["list", "set", "sortedset", "dangerous"],
  group: "generic",
  complexity:
    "O(N+M*log(M)) in the elements and those that are replied; O(N) when nothing is sorted",
} as const;

const SORTED_KEY = keyRange(["RO", "access"], 1, 0, 1);
const PATTERN_KEYS = unknownKeys(
  ["RO", "access"],
  "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
);
const DESTINATION_KEY = unknownKeys(
  ["OW", "update"],
  "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
);

/** The key specs of SORT_RO. */
export const READ_KEYS = [SORTED_KEY, PATTERN_KEYS];
/** The key specs of SORT. */
export const STORE_KEYS = [SORTED_KEY, PATTERN_KEYS, DESTINATION_KEY];

const PATTERN: Argument = { name: "pattern", type: "pattern", keySpecIndex: 1 };

/** The syntax of SORT_RO. */
export const READ_ARGUMENTS: readonly Argument[] = [
  KEY,
  optional(behind("BY", PATTERN)),
  optional({
    name: "offset_count",
    type: "block",
    token: "LIMIT",
    arguments: [integer("offset"), integer("count")],
  }),
  { ...behind("GET", PATTERN), flags: ["optional", "multiple", "multiple_token"] },
  optional(oneOf("order", flag("asc"), flag("desc"))),
  optional(flag("sorting", "ALPHA")),
];

/** The syntax of SORT. */
export const STORE_ARGUMENTS: readonly Argument[] = [
  ...READ_ARGUMENTS,
  optional(behind("STORE", { name: "destination", type: "key", keySpecIndex: 2 })),
];

/** The key that is sorted. */
const SORTED: KeyReference = { position: 1, flags: SORTED_KEY.flags };

/** The keys of SORT_RO. */
export function readKeys(): readonly KeyReference[] {
  return [SORTED];
}

/** The keys of SORT: what is sorted, and where the last STORE is to. */
export function storeKeys(request: Request): readonly KeyReference[] {
  let destination = 0;
  for (let i = 2; i < request.argc; i++) {
    if (request.is(i, "limit")) i += 2;
    else if (request.is(i, "get") || request.is(i, "by")) i += 1;
    // What is behind STORE is looked at as an option too.
    else if (request.is(i, "store") && i + 1 < request.argc) destination = i + 1;
  }
  if (destination === 0) return [SORTED];
  return [SORTED, { position: destination, flags: DESTINATION_KEY.flags }];
}
