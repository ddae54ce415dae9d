/** The commands of Redis by name: their categories and keys. */
import type { Bytes } from "../bytes.ts";
import { FACTS } from "./facts.ts";

/** How a command uses the keys that one specification finds. */
export interface KeyFact {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly where:
    | { readonly _tag: "Unknown" }
    /** Their number is argument `count`. */
    | { readonly _tag: "Counted"; readonly count: number }
    | {
        readonly _tag: "Range";
        /** An argument, or the word in front, with where to look for it from; negative: from the end. */
        readonly begin: number | { readonly word: Bytes; readonly from: number };
        /** Relative to the first one; negative: from the end. */
        readonly last: number;
        readonly step: number;
        /** The keys are so great a part of what is left; 0 for all of it. */
        readonly part: number;
      };
}

/** What is known of a command. */
export interface CommandFact {
  readonly name: Bytes;
  readonly categories: ReadonlySet<Bytes>;
  readonly keys: ReadonlyArray<KeyFact>;
}

const keyFact = (text: string): KeyFact => {
  const [uses = "", where = ""] = text.split(" ");
  const common = { reads: uses.includes("r"), writes: uses.includes("w") };
  if (where === "?") return { ...common, where: { _tag: "Unknown" } };
  if (where.startsWith("#"))
    return { ...common, where: { _tag: "Counted", count: Number(where.slice(1)) } };
  const [, begin = "", last, step = "1", part = "0"] =
    /^(.*)\.\.(-?\d+)(?:\/(\d+))?(?:%(\d+))?$/.exec(where) ?? [];
  const [first = "", from] = begin.split("@");
  return {
    ...common,
    where: {
      _tag: "Range",
      begin: from === undefined ? Number(first) : { word: first.toLowerCase(), from: Number(from) },
      last: Number(last),
      step: Number(step),
      part: Number(part),
    },
  };
};

const commandFact = (line: string): CommandFact => {
  const [name = "", categories = "", ...keys] = line.split("; ");
  return { name, categories: new Set(categories.split(" ")), keys: keys.map(keyFact) };
};

/** Every command and subcommand of Redis, by its name with the subcommand after a bar. */
export const TABLE: ReadonlyMap<Bytes, CommandFact> = new Map(
  FACTS.trim()
    .split("\n")
    .map((line) => [line.split(";")[0] as string, commandFact(line)]),
);

const SUBCOMMANDS: ReadonlyMap<Bytes, ReadonlyArray<Bytes>> = Map.groupBy(
  [...TABLE.keys()].filter((name) => name.includes("|")),
  (name) => name.slice(0, name.indexOf("|")),
);

/** A command's subcommands, by full name. */
export const subcommandsOf = (name: Bytes): ReadonlyArray<Bytes> => SUBCOMMANDS.get(name) ?? [];

/** The command with its subcommands. */
export const wholeOf = (name: Bytes): ReadonlyArray<Bytes> => [name, ...subcommandsOf(name)];

/** The categories in Redis' order. */
export const CATEGORIES: ReadonlyArray<Bytes> = (
  "keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin " +
  "fast slow blocking dangerous connection transaction scripting"
).split(" ");

const MEMBERS: ReadonlyMap<Bytes, ReadonlyArray<Bytes>> = new Map(
  CATEGORIES.map((category) => [
    category,
    [...TABLE.values()].filter((fact) => fact.categories.has(category)).map(({ name }) => name),
  ]),
);

/** The commands of a category; of none that there is not. */
export const membersOf = (category: Bytes): ReadonlyArray<Bytes> => MEMBERS.get(category) ?? [];
