/** Which arguments of a command are keys, and how it uses them. */
import type { Bytes } from "../bytes.ts";
import { word } from "../text.ts";
import { type KeyFact, TABLE } from "./table.ts";

/** A key of a command. */
export interface UsedKey {
  readonly position: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

type Args = ReadonlyArray<Bytes>;
type Found = ReadonlyArray<UsedKey>;

const used = (position: number, uses: string): UsedKey => ({
  position,
  reads: uses.includes("r"),
  writes: uses.includes("w"),
});

const range = (first: number, last: number, step = 1): ReadonlyArray<number> =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);

/** The keys that one specification finds; none where its word is missing; undefined where it fails. */
const found = ({ reads, writes, where }: KeyFact, args: Args): Found | undefined => {
  const all = (first: number, last: number, step: number): Found | undefined =>
    last >= args.length || last < first || first >= args.length
      ? undefined
      : range(first, last, step).map((position) => ({ position, reads, writes }));
  if (where._tag === "Unknown") return undefined;
  if (where._tag === "Counted") {
    const { count } = where;
    const given = args[count] ?? "";
    const isNumber = /^(?:0|[1-9][0-9]{0,17})$/.test(given);
    return isNumber ? all(count + 1, count + Number(given), 1) : undefined;
  }
  const { begin, last, step, part } = where;
  const first = typeof begin === "number" ? begin : behindWord(begin, args);
  if (first === undefined) return [];
  if (last >= 0) return all(first, first + last, step);
  const left = args.length - first;
  return all(first, part === 0 ? args.length + last : first + Math.trunc(left / part) + last, step);
};

const behindWord = (
  { word: wanted, from }: { readonly word: Bytes; readonly from: number },
  args: Args,
): number | undefined => {
  const forwards = from > 0;
  const start = forwards ? from : args.length + from;
  for (let i = start; forwards ? i < args.length - 1 : i >= 1; i += forwards ? 1 : -1)
    if (word(args[i] ?? "") === wanted) return i + 1;
  return undefined;
};

/** As C reads an `int` from the beginning of a text: of a long one the lowest bits are left. */
const leadingInteger = (text: Bytes): number => {
  const long = BigInt(/^\s*\+?(-?\d+)/.exec(text)?.[1] ?? 0);
  const held = long >= 2n ** 63n ? 2n ** 63n - 1n : long < -(2n ** 63n) ? -(2n ** 63n) : long;
  return Number(BigInt.asIntN(32, held));
};

/** What Redis finds where a specification fails: it does not know how these are used. */
const counted = (args: Args, count: number, stores: boolean): Found => {
  const number = leadingInteger(args[count] ?? "");
  if (number < 1 || number > args.length - count - 1) return [];
  const keys = range(count + 1, count + number).map((position) => used(position, ""));
  return stores ? [...keys, used(1, "")] : keys;
};

const lastBehind = (args: Args, words: ReadonlyArray<Bytes>, from: number): number | undefined => {
  let last: number | undefined;
  for (let i = from; i + 1 < args.length; i++) {
    if (!words.includes(word(args[i] ?? ""))) continue;
    last = i + 1;
    i++;
  }
  return last;
};

const sortKeys = (args: Args): Found => {
  let destination: number | undefined;
  for (let i = 2; i < args.length; i++) {
    const option = word(args[i] ?? "");
    if (option === "limit") i += 2;
    else if (option === "get" || option === "by") i += 1;
    else if (option === "store" && i + 1 < args.length) destination = i + 1;
  }
  return [used(1, "r"), ...(destination === undefined ? [] : [used(destination, "w")])];
};

const migrateKeys = (args: Args): Found => {
  for (let i = 6; i < args.length; i++) {
    const option = word(args[i] ?? "");
    if (option === "keys") {
      if (args[3] !== "") return [];
      return range(i + 1, args.length - 1).map((position) => used(position, "rw"));
    }
    if (option === "auth") i += 1;
    else if (option === "auth2") i += 2;
  }
  return [used(3, "rw")];
};

const bitfieldKeys = (args: Args): Found => {
  for (let i = 2; i < args.length; i++) {
    const option = word(args[i] ?? "");
    const more = args.length - i - 1;
    if (option === "get" && more >= 2) i += 2;
    else if (option === "overflow" && more >= 1) i += 1;
    else return [used(1, "rw")];
  }
  return [used(1, "r")];
};

/** Commands that say themselves what their keys are. */
const own: Readonly<Record<string, (args: Args) => Found>> = {
  set: (args) => {
    const reads = args.slice(3).some((option) => word(option) === "get");
    return [used(1, reads ? "rw" : "w")];
  },
  bitfield: bitfieldKeys,
  sort: sortKeys,
  sort_ro: () => [used(1, "r")],
  migrate: migrateKeys,
};

/** Where the specifications fail. */
const otherwise = (name: Bytes, args: Args): Found => {
  if (name.startsWith("georadius")) {
    const stored = lastBehind(args, ["store", "storedist"], 5);
    return [used(1, ""), ...(stored === undefined ? [] : [used(stored, "")])];
  }
  const facts = TABLE.get(name)?.keys ?? [];
  const count = facts.find(({ where }) => where._tag === "Counted")?.where;
  return count?._tag === "Counted" ? counted(args, count.count, facts.length > 1) : [];
};

/** The keys of a command, whose arity is right; also those of which Redis' specifications do not tell. */
export const usedKeys = (name: Bytes, args: Args): Found => {
  const stored = ["georadius", "georadiusbymember"].includes(name)
    ? lastBehindAny(args, ["store", "storedist"], 5)
    : undefined;
  const told = toldKeys(name, args);
  return stored === undefined ? told : [...told, used(stored, "w")];
};

const lastBehindAny = (args: Args, words: ReadonlyArray<Bytes>, from: number) => {
  const at = args.findLastIndex(
    (arg, i) => i >= from && i + 1 < args.length && words.includes(word(arg)),
  );
  return at < 0 ? undefined : at + 1;
};

const toldKeys = (name: Bytes, args: Args): Found => {
  const special = own[name];
  if (special !== undefined) return special(args);
  const keys: UsedKey[] = [];
  for (const fact of TABLE.get(name)?.keys ?? []) {
    const some = found(fact, args);
    if (some === undefined) return otherwise(name, args);
    keys.push(...some);
  }
  return keys;
};
