import type { Argument, KeyFlag, KeySpec } from "../../session/command-declaration.ts";

/** The key of the first key spec. */
export const KEY: Argument = { name: "key", type: "key", keySpecIndex: 0 };

/** One key or more. */
export const KEYS: Argument = { ...KEY, flags: ["multiple"] };

/** A plain string. */
export const VALUE: Argument = { name: "value", type: "string" };

/** An integer. */
export function integer(name: string): Argument {
  return { name, type: "integer" };
}

/** A word that is there or not. */
export function flag(name: string, token = name.toUpperCase()): Argument {
  return { name, type: "pure-token", token };
}

/** `argument` that may be left out. */
export function optional(argument: Argument): Argument {
  return { ...argument, flags: ["optional", ...(argument.flags ?? [])] };
}

/** `argument` with the version that brought it. */
export function since(version: string, argument: Argument): Argument {
  return { ...argument, since: version };
}

/** `argument` behind a word. */
export function behind(token: string, argument: Argument): Argument {
  return { ...argument, token };
}

/** One of several. */
export function oneOf(name: string, ...choices: readonly Argument[]): Argument {
  return { name, type: "oneof", arguments: choices };
}

/** `EX seconds`, `PX milliseconds`, `EXAT unix-time-seconds` and `PXAT unix-time-milliseconds`. */
export const EXPIRATIONS: readonly Argument[] = [
  behind("EX", integer("seconds")),
  behind("PX", integer("milliseconds")),
  { name: "unix-time-seconds", type: "unix-time", token: "EXAT" },
  { name: "unix-time-milliseconds", type: "unix-time", token: "PXAT" },
];

/** Keys behind their number, which is argument `index`. */
export function countedKeys(index: number, ...flags: readonly KeyFlag[]): readonly KeySpec[] {
  return [
    {
      flags,
      begin: { type: "index", index },
      find: { type: "keynum", keyNumIndex: 0, firstKey: 1, keyStep: 1 },
    },
  ];
}
