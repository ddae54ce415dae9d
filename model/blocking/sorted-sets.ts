/**
 * Sorted sets that are waited for, beyond the menus of `specs/blocking/Blocking.tla`: as lists they are
 * there while they hold something. A key holds words `score member`, from the lowest to the highest.
 */
import { came, isThere, NIL, nothing, type Performed } from "./performed.ts";
import type { Command, Data } from "./state.ts";

type End = "MIN" | "MAX";

function scoreOf(word: string): number {
  return Number(word.split(" ")[0]);
}

function memberOf(word: string): string {
  return word.split(" ")[1]!;
}

function compare(a: string, b: string): number {
  return scoreOf(a) - scoreOf(b) || (memberOf(a) < memberOf(b) ? -1 : 1);
}

/** ZADD of one member. */
export function add(data: Data, command: Command): Performed {
  const [, key, score, member] = command as readonly [string, string, string, string];
  const before = data[key]!;
  const word = `${score} ${member}`;
  if (before.includes(word)) return nothing(data, ["0"]);
  const others = before.filter((one) => memberOf(one) !== member);
  return {
    data: { ...data, [key]: [...others, word].sort(compare) },
    reply: [others.length < before.length ? "0" : "1"],
    effects: [command],
    come: came(data, key),
  };
}

/** Takes up to `count` members from one end: ZPOPMIN, ZPOPMAX, and what waits for them. */
export function pop(data: Data, key: string, end: End, count: number): Performed {
  if (!isThere(data, key)) return nothing(data, NIL);
  const words = data[key]!;
  const taken = end === "MIN" ? words.slice(0, count) : words.slice(-count).reverse();
  return {
    data: { ...data, [key]: words.filter((word) => !taken.includes(word)) },
    reply: [key, ...taken.flatMap((word) => [memberOf(word), String(scoreOf(word))])],
    effects: [["ZPOP", key, end, String(count)]],
    come: [],
  };
}

/** Commands that wait for sorted sets: their keys, and what one takes from the first that is there. */
export const WAITING: Readonly<
  Record<string, { readonly keysFrom: number; take(command: Command): readonly [End, number] }>
> = {
  BZPOPMIN: { keysFrom: 2, take: () => ["MIN", 1] },
  BZPOPMAX: { keysFrom: 2, take: () => ["MAX", 1] },
  // Behind its name and limit stand the end and the number.
  BZMPOP: { keysFrom: 4, take: ([, , end, count]) => [end as End, Number(count)] },
};
