/** `notify-keyspace-events`: which classes of keyspace events are published, one letter each. */
import type { Kind } from "./directive.ts";
import { oneLine } from "./kinds.ts";
import { cString } from "./numbers.ts";
import { quote } from "./quoting.ts";

/** The classes as bits of a mask: Redis' letters and numbers. */
export const EVENT = {
  keyspace: 1 << 0,
  keyevent: 1 << 1,
  generic: 1 << 2,
  string: 1 << 3,
  list: 1 << 4,
  set: 1 << 5,
  hash: 1 << 6,
  zset: 1 << 7,
  expired: 1 << 8,
  evicted: 1 << 9,
  stream: 1 << 10,
  keyMiss: 1 << 11,
  module: 1 << 13,
  new: 1 << 14,
} as const;

/** What `A` stands for, in the order of printing. Key misses and new keys are not in it. */
const ALL_CLASSES: ReadonlyArray<readonly [string, number]> = [
  ["g", EVENT.generic],
  ["$", EVENT.string],
  ["l", EVENT.list],
  ["s", EVENT.set],
  ["h", EVENT.hash],
  ["z", EVENT.zset],
  ["x", EVENT.expired],
  ["e", EVENT.evicted],
  ["t", EVENT.stream],
  ["d", EVENT.module],
];

const ALL_MASK = ALL_CLASSES.reduce((mask, [, bit]) => mask | bit, 0);

const NEW_KEYS = ["n", EVENT.new] as const;

const CHANNELS_AND_MISSES: ReadonlyArray<readonly [string, number]> = [
  ["K", EVENT.keyspace],
  ["E", EVENT.keyevent],
  ["m", EVENT.keyMiss],
];

const LETTERS = new Map<string, number>([
  ...ALL_CLASSES,
  NEW_KEYS,
  ...CHANNELS_AND_MISSES,
  ["A", ALL_MASK],
]);

/** The bit of the class with that letter; 0 for a letter that is no class. */
export function eventBit(letter: string): number {
  return LETTERS.get(letter) ?? 0;
}

/** The classes in letters. Beside `A` Redis does not print `n`, though it stays in force. */
export function formatEvents(mask: number): string {
  const classes = (mask & ALL_MASK) === ALL_MASK ? "A" : letters([...ALL_CLASSES, NEW_KEYS], mask);
  return classes + letters(CHANNELS_AND_MISSES, mask);
}

function letters(classes: ReadonlyArray<readonly [string, number]>, mask: number): string {
  return classes.map(([letter, bit]) => ((mask & bit) === 0 ? "" : letter)).join("");
}

/** A mask of event classes, read from letters. */
export function events(): Kind<number, number> {
  return {
    type: "letters out of `Ag$lshzxeKEtmdn`",
    fallback: 0,
    multiArg: false,
    parse: (args) => {
      let mask = 0;
      for (const letter of cString(args[0]!)) {
        const bit = LETTERS.get(letter);
        if (bit === undefined) {
          return { refusal: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'." };
        }
        mask |= bit;
      }
      return { value: mask };
    },
    format: formatEvents,
    publish: (mask) => mask,
    same: (a, b) => a === b,
    rewrite: (name, mask) => oneLine(`${name} ${quote(formatEvents(mask))}`, mask !== 0),
  };
}
