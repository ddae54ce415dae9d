/** How payloads are changed: each kind of change knows what a value is made of. */
import type { Random } from "../../../impl/ports/random.ts";
import { sealPayload } from "../../../impl/rdb/payload.ts";
import { encodedLength, FOOTER_BYTES, joined, type Part, partsOf } from "./parts.ts";

/** What a change is made with. */
export class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** An integer from 0 to before `bound`. */
  below(bound: number): number {
    return this.#random.nextU32() % Math.max(1, bound);
  }

  /** One of several. */
  of<A>(some: readonly A[]): A {
    return some[this.below(some.length)]!;
  }
}

/** Gives back the value's bytes, its type byte included and its footer left out, changed; null where it has no place for such a change. */
type Change = (
  value: Uint8Array,
  parts: readonly Part[],
  chance: Chance,
  other: Uint8Array,
) => Uint8Array | null;

const BYTES = [
  0, 1, 2, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xf0,
  0xf1, 0xf4, 0xf5, 0xfe, 0xff,
];
const LENGTHS = [0, 1, 2, 3, 5, 63, 64, 100, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const HUGE = [2n ** 32n, 2n ** 33n + 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n];
const DOUBLES = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e300,
  5e-324,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];
/** Every type byte that some Redis has written, and some that none has. */
const TYPES = Array.from({ length: 24 }, (_, i) => i);
/** Type bytes that are known, so that values come under another type that can be read. */
const KNOWN_TYPES = [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

const replaced = (
  value: Uint8Array,
  start: number,
  end: number,
  by: Uint8Array | readonly number[],
): Uint8Array => joined(value.subarray(0, start), by, value.subarray(end));

const at = (value: Uint8Array, index: number, byte: number): Uint8Array => {
  const changed = value.slice();
  changed[index] = byte;
  return changed;
};

const partOf = (parts: readonly Part[], kind: Part["kind"], chance: Chance): Part | null => {
  const some = parts.filter((part) => part.kind === kind);
  return some.length === 0 ? null : chance.of(some);
};

/** A string with at least so many bytes of its own. */
const stringOf = (parts: readonly Part[], chance: Chance, least: number): Part | null => {
  const some = parts.filter(
    (part) => part.content >= 0 && part.kind === "string" && part.end - part.content >= least,
  );
  return some.length === 0 ? null : chance.of(some);
};

/** Lets `change` change a string's own bytes, and announces their new length. */
const inString = (
  value: Uint8Array,
  part: Part | null,
  change: (content: Uint8Array) => Uint8Array,
): Uint8Array | null => {
  if (part === null) return null;
  const content = change(value.slice(part.content, part.end));
  return replaced(
    value,
    part.start,
    part.end,
    joined(encodedLength(content.length, "short"), content),
  );
};

const word16 = (bytes: Uint8Array, offset: number, n: number): Uint8Array => {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint16(offset, n & 0xffff, true);
  return changed;
};

const word32 = (bytes: Uint8Array, offset: number, n: number): Uint8Array => {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(offset, n >>> 0, true);
  return changed;
};

/** The kinds of change by name. */
export const CHANGES: Readonly<Record<string, Change>> = {
  none: (value) => value,
  "a bit turned over": (value, _, chance) => {
    const index = chance.below(value.length);
    return at(value, index, value[index]! ^ (1 << chance.below(8)));
  },
  "a byte that means something": (value, _, chance) =>
    at(value, chance.below(value.length), chance.of(BYTES)),
  "the end cut off": (value, _, chance) => value.slice(0, chance.below(value.length)),
  "bytes at the end": (value, _, chance) =>
    joined(
      value,
      Array.from({ length: 1 + chance.below(8) }, () => chance.below(256)),
    ),
  "bytes put in": (value, _, chance) => {
    const index = chance.below(value.length + 1);
    return replaced(
      value,
      index,
      index,
      Array.from({ length: 1 + chance.below(4) }, () => chance.of(BYTES)),
    );
  },
  "bytes taken out": (value, _, chance) => {
    const index = chance.below(value.length);
    return replaced(value, index, Math.min(value.length, index + 1 + chance.below(6)), []);
  },
  "another type": (value, _, chance) => at(value, 0, chance.of(KNOWN_TYPES)),
  "a type that may be unknown": (value, _, chance) =>
    at(value, 0, chance.of([...TYPES, 0xf5, 0xff])),
  "another length": (value, parts, chance) => {
    const part = partOf(parts, "length", chance);
    return part === null
      ? null
      : replaced(value, part.start, part.end, encodedLength(chance.of(LENGTHS), "short"));
  },
  "a length one off": (value, parts, chance) => {
    const part = partOf(parts, "length", chance);
    if (part === null || part.end - part.start > 1) return null;
    return at(value, part.start, (value[part.start]! + chance.of([1, 63])) & 0x3f);
  },
  "a length in a longer form": (value, parts, chance) => {
    const part = partOf(parts, "length", chance);
    if (part === null || part.end - part.start > 1) return null;
    const form = chance.of(["long", "longest"] as const);
    return replaced(value, part.start, part.end, encodedLength(value[part.start]!, form));
  },
  "a huge length": (value, parts, chance) => {
    const part = partOf(parts, "length", chance) ?? stringOf(parts, chance, 0);
    if (part === null) return null;
    const end = part.content < 0 ? part.end : part.content;
    return replaced(value, part.start, end, encodedLength(chance.of(HUGE), "longest"));
  },
  "a string that announces another length": (value, parts, chance) => {
    const part = stringOf(parts, chance, 0);
    return part === null
      ? null
      : replaced(value, part.start, part.content, encodedLength(chance.of(LENGTHS), "short"));
  },
  "a string that is an integer": (value, parts, chance) => {
    const part = partOf(parts, "string", chance);
    if (part === null) return null;
    const form = chance.below(3);
    return replaced(value, part.start, part.end, [
      0xc0 + form,
      ...Array.from({ length: 2 ** form }, () => chance.of(BYTES)),
    ]);
  },
  "a string that is compressed": (value, parts, chance) => {
    const part = stringOf(parts, chance, 1);
    if (part === null || part.end - part.content > 32) return null;
    const content = value.subarray(part.content, part.end);
    const wrong = chance.of([0, 0, 0, 1, -1, 1000, 2 ** 31]);
    const held = joined([content.length - 1], content);
    const lengths = [
      ...encodedLength(held.length, "short"),
      ...encodedLength(Math.max(0, content.length + wrong), "short"),
    ];
    return replaced(value, part.start, part.end, joined([0xc3], lengths, held));
  },
  "a long run that is compressed": (value, parts, chance) => {
    const part = partOf(parts, "string", chance);
    if (part === null) return null;
    const runs = 1 + chance.below(40);
    const held = joined(
      [0, chance.below(256)],
      ...Array.from({ length: runs }, () => [0xe0, 255, chance.of([0, 0, 0, 5])]),
    );
    const lengths = [
      ...encodedLength(held.length, "short"),
      ...encodedLength(1 + runs * 264, "short"),
    ];
    return replaced(value, part.start, part.end, joined([0xc3], lengths, held));
  },
  "a part twice": (value, parts, chance) => {
    if (parts.length === 0) return null;
    const part = chance.of(parts);
    return replaced(value, part.end, part.end, value.subarray(part.start, part.end));
  },
  "a part left out": (value, parts, chance) => {
    if (parts.length === 0) return null;
    const part = chance.of(parts);
    return replaced(value, part.start, part.end, []);
  },
  "a part in place of another": (value, parts, chance) => {
    const [from, to] = [partOf(parts, "string", chance), partOf(parts, "string", chance)];
    if (from === null || to === null) return null;
    return replaced(value, to.start, to.end, value.slice(from.start, from.end));
  },
  "another score": (value, parts, chance) => {
    const part = partOf(parts, "double", chance);
    if (part === null) return null;
    const bits = new Uint8Array(new Float64Array([chance.of(DOUBLES)]).buffer);
    return replaced(value, part.start, part.end, bits);
  },
  "the end of another value": (value, _, chance, other) =>
    joined(
      value.subarray(0, chance.below(value.length)),
      other.subarray(chance.below(other.length)),
    ),
  "another value in a string": (value, parts, chance, other) => {
    const part = stringOf(parts, chance, 0);
    return inString(value, part, () => other.slice(1));
  },
  "a listpack's bytes": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 7), (content) =>
      at(content, 6 + chance.below(content.length - 6), chance.of(BYTES)),
    ),
  "a listpack's length": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 7), (content) =>
      word32(content, 0, chance.of([content.length + 1, content.length - 1, ...LENGTHS])),
    ),
  "a listpack's count": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 7), (content) =>
      word16(content, 4, chance.of([0, 1, 2, 3, 7, 0xfffe, 0xffff])),
    ),
  "a listpack of nothing": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 7), () => Uint8Array.from([7, 0, 0, 0, 0, 0, 255])),
  "a listpack cut short": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 8), (content) => {
      const end = 7 + chance.below(content.length - 7);
      return word32(joined(content.subarray(0, end - 1), [255]), 0, end);
    }),
  "a ziplist's bytes": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 11), (content) =>
      at(content, 10 + chance.below(content.length - 10), chance.of(BYTES)),
    ),
  "a ziplist's end or count": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 11), (content) => {
      if (chance.below(2) === 0) return word16(content, 8, chance.of([0, 1, 2, 0xfffe, 0xffff]));
      return word32(content, 4, chance.of([0, 10, content.length - 1, content.length]));
    }),
  "a zipmap's bytes": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 3), (content) =>
      at(content, chance.below(Math.min(40, content.length)), chance.of([0, 1, 3, 253, 254, 255])),
    ),
  "an intset's head": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 8), (content) =>
      word32(content, 4 * chance.below(2), chance.of([0, 1, 2, 3, 4, 8, 16, 2 ** 30, 2 ** 32 - 1])),
    ),
  "an intset's order": (value, parts, chance) =>
    inString(value, stringOf(parts, chance, 12), (content) => {
      const width = [2, 4, 8].includes(content[0]!) ? content[0]! : 2;
      const count = Math.floor((content.length - 8) / width);
      const [from, to] = [chance.below(count), chance.below(count)].map((i) => 8 + i * width);
      const changed = content.slice();
      changed.set(content.subarray(from!, from! + width), to!);
      return changed;
    }),
  "a list's node of another form": (value, parts, chance) => {
    if (value[0] !== 18) return null;
    const lengths = parts.filter((part) => part.kind === "length").slice(1);
    if (lengths.length === 0) return null;
    const part = chance.of(lengths);
    return replaced(value, part.start, part.end, [chance.of([0, 1, 2, 3])]);
  },
};

/** The names of the kinds of change. */
export const CHANGE_NAMES = Object.keys(CHANGES);

/** A payload that was changed once or more, with a checksum that is right again. */
export interface Mutated {
  readonly payload: Uint8Array;
  readonly changes: readonly string[];
}

/** Changes a payload, mostly once. */
export function mutated(payload: Uint8Array, other: Uint8Array, chance: Chance): Mutated {
  const changes: string[] = [];
  // A slice of a Buffer would be the seed itself, which is to stay as it is.
  let value = Uint8Array.from(payload.subarray(0, payload.length - FOOTER_BYTES));
  const tail = Uint8Array.from(other.subarray(0, other.length - FOOTER_BYTES));
  for (let left = chance.below(5) === 0 ? 2 : 1; left > 0 && value.length > 0; ) {
    const name = chance.of(CHANGE_NAMES);
    const changed = CHANGES[name]!(value, partsOf(sealPayload(value)), chance, tail);
    // Not every kind has a place in every value; "none" has.
    if (changed === null) continue;
    changes.push(name);
    value = Uint8Array.from(changed);
    left--;
  }
  return { payload: sealPayload(value), changes };
}
