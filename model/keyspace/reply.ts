/**
 * What a command answers, independent of the protocol version, and how it looks on the wire.
 *
 * Format: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */

import type { Bytes } from "./bytes.ts";

export type { Bytes };

/** The version of the wire protocol that a session speaks. */
export type Protocol = 2 | 3;

/**
 * One reply.
 *
 * `In` is a reply in another protocol than the rest: HELLO inside a transaction changes it between
 * the items of EXEC's array. The last four are answers that Redis leaves free: `Unordered` is an
 * array in any order, `OneOf` is any of the options, `OneRun` is one of several runs of replies, all
 * of the same length, and `Satisfies` is any reply that passes the test (times, opaque cursors, texts
 * that describe the environment).
 */
export type Reply =
  | { readonly _tag: "Simple"; readonly text: Bytes }
  | { readonly _tag: "Error"; readonly text: Bytes }
  | { readonly _tag: "Integer"; readonly value: bigint }
  | { readonly _tag: "Bulk"; readonly bytes: Bytes }
  | { readonly _tag: "Nil" }
  | { readonly _tag: "NilArray" }
  | {
      readonly _tag: "Array";
      readonly items: ReadonlyArray<Reply>;
      /** How many items the header announces, where Redis sends fewer than it announced. */
      readonly announced?: number;
    }
  | {
      readonly _tag: "Map";
      readonly entries: ReadonlyArray<readonly [Reply, Reply]>;
      /** The order of the pairs is free. */
      readonly anyOrder?: true;
    }
  | {
      readonly _tag: "Set";
      readonly items: ReadonlyArray<Reply>;
      /** The order of the items is free. */
      readonly anyOrder?: true;
    }
  | { readonly _tag: "Push"; readonly items: ReadonlyArray<Reply> }
  | { readonly _tag: "Bool"; readonly value: boolean }
  | { readonly _tag: "Double"; readonly text: Bytes }
  | { readonly _tag: "Verbatim"; readonly format: Bytes; readonly text: Bytes }
  | { readonly _tag: "In"; readonly protocol: Protocol; readonly reply: Reply }
  | { readonly _tag: "Unordered"; readonly items: ReadonlyArray<Reply> }
  | { readonly _tag: "OneOf"; readonly options: ReadonlyArray<Reply> }
  | {
      readonly _tag: "OneRun";
      readonly runs: readonly [ReadonlyArray<Reply>, ...ReadonlyArray<Reply>[]];
    }
  | {
      readonly _tag: "Satisfies";
      readonly name: string;
      readonly test: (reply: Reply) => boolean;
    };

/** A status line. */
export const simple = (text: Bytes): Reply => ({ _tag: "Simple", text });
/** An error line; the text starts with its code. */
export const error = (text: Bytes): Reply => ({ _tag: "Error", text });
/** A signed 64-bit integer. */
export const integer = (value: bigint | number): Reply => ({
  _tag: "Integer",
  value: BigInt(value),
});
/** A binary string. */
export const bulk = (bytes: Bytes): Reply => ({ _tag: "Bulk", bytes });
/** A list in a fixed order. */
export const array = (items: ReadonlyArray<Reply>): Reply => ({ _tag: "Array", items });
/** What answers no request: an array in RESP2. */
export const push = (items: ReadonlyArray<Reply>): Reply => ({ _tag: "Push", items });
/** Pairs in a fixed order: a flat array in RESP2. */
export const map = (entries: ReadonlyArray<readonly [Reply, Reply]>): Reply => ({
  _tag: "Map",
  entries,
});
/** Pairs whose order is free. */
export const unorderedMap = (entries: ReadonlyArray<readonly [Reply, Reply]>): Reply => ({
  _tag: "Map",
  entries,
  anyOrder: true,
});
/** A set: an array in RESP2. */
export const set = (items: ReadonlyArray<Reply>): Reply => ({ _tag: "Set", items });
/** A set whose order is free. */
export const unorderedSet = (items: ReadonlyArray<Reply>): Reply => ({
  _tag: "Set",
  items,
  anyOrder: true,
});
/** A list whose order is free. */
export const unordered = (items: ReadonlyArray<Reply>): Reply => ({ _tag: "Unordered", items });
/** Any of the options. */
export const oneOf = (options: ReadonlyArray<Reply>): Reply => ({ _tag: "OneOf", options });
/** Any reply that passes the test; the name says in a report what was expected. */
export const satisfies = (name: string, test: (reply: Reply) => boolean): Reply => ({
  _tag: "Satisfies",
  name,
  test,
});

/** The replies that `replies` makes of the items in one of their orders; there are few items. */
export const inAnyOrder = <A>(
  items: ReadonlyArray<A>,
  replies: (ordered: ReadonlyArray<A>) => ReadonlyArray<Reply>,
): ReadonlyArray<Reply> => {
  if (items.length < 2) return replies(items);
  const [first = [], ...others] = permutations(items).map(replies);
  return [{ _tag: "OneRun", runs: [first, ...others] }];
};

const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length < 2
    ? [items]
    : items.flatMap((item, at) =>
        permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]),
      );

/** How many replies it stands for. */
export const countOf = (reply: Reply): number =>
  reply._tag === "OneRun" ? reply.runs[0].length : 1;

/** Whether it answers no request, so that RESP3 marks it. */
export const isPush = (reply: Reply): boolean =>
  reply._tag === "Push" || (reply._tag === "OneRun" && reply.runs[0].every(isPush));

const BEYOND_REDIS = "nothing that Redis defines";
/** Redis reads or writes memory that is not its own: whatever it answers means nothing. */
export const beyondRedis: Reply = satisfies(BEYOND_REDIS, () => true);
/** Redis may do one thing or another, and does not say which: the reply is this one, and what has become of the keys means nothing. */
export const beyondRedisBut = (reply: Reply): Reply =>
  satisfies(BEYOND_REDIS, (actual) => encode(actual, 2) === encode(reply, 2));
/** Whether that is a part of the reply. */
export const isBeyondRedis = (reply: Reply): boolean =>
  (reply._tag === "Satisfies" && reply.name === BEYOND_REDIS) ||
  (reply._tag === "Array" && reply.items.some(isBeyondRedis));

/** `+OK` */
export const ok: Reply = simple("OK");
/** A missing value: `$-1` in RESP2, `_` in RESP3. */
export const nil: Reply = { _tag: "Nil" };
/** A missing array: `*-1` in RESP2, `_` in RESP3. */
export const nilArray: Reply = { _tag: "NilArray" };
/** `:0` */
export const zero: Reply = integer(0n);
/** `:1` */
export const one: Reply = integer(1n);
/** `$0` */
export const emptyBulk: Reply = bulk("");

const bulkBytes = (bytes: Bytes): Bytes => `$${bytes.length}\r\n${bytes}\r\n`;

/** The bytes of a reply that leaves nothing free; a reply with a free part is a mistake here. */
export const encode = (reply: Reply, protocol: Protocol): Bytes => {
  const all = (items: ReadonlyArray<Reply>): Bytes =>
    items.map((item) => encode(item, protocol)).join("");
  switch (reply._tag) {
    case "Simple":
      return `+${reply.text}\r\n`;
    case "Error":
      return `-${reply.text}\r\n`;
    case "Integer":
      return `:${reply.value}\r\n`;
    case "Bulk":
      return bulkBytes(reply.bytes);
    case "Nil":
      return protocol === 2 ? "$-1\r\n" : "_\r\n";
    case "NilArray":
      return protocol === 2 ? "*-1\r\n" : "_\r\n";
    case "Array":
    case "Map":
    case "Set":
    case "Push":
      return header(reply, protocol) + all(members(reply));
    case "In":
      return encode(reply.reply, reply.protocol);
    case "Bool":
      if (protocol === 2) return reply.value ? ":1\r\n" : ":0\r\n";
      return reply.value ? "#t\r\n" : "#f\r\n";
    case "Double":
      return protocol === 2 ? bulkBytes(reply.text) : `,${reply.text}\r\n`;
    case "Verbatim":
      if (protocol === 2) return bulkBytes(reply.text);
      return `=${reply.text.length + 4}\r\n${reply.format}:${reply.text}\r\n`;
    default:
      throw new TypeError(`a reply of kind ${reply._tag} has no single encoding`);
  }
};

type Aggregate = Extract<Reply, { _tag: "Array" | "Map" | "Set" | "Push" | "Unordered" }>;

/** What opens an aggregate in RESP3 where RESP2 has an array. */
const MARKS: Readonly<Record<string, string>> = { Set: "~", Push: ">" };

/** The line that opens an aggregate. */
const header = (reply: Aggregate, protocol: Protocol): Bytes => {
  if (reply._tag === "Map") {
    const pairs = reply.entries.length;
    return protocol === 2 ? `*${pairs * 2}\r\n` : `%${pairs}\r\n`;
  }
  const mark = protocol === 2 ? "*" : (MARKS[reply._tag] ?? "*");
  const announced = reply._tag === "Array" ? reply.announced : undefined;
  return `${mark}${announced ?? reply.items.length}\r\n`;
};

const members = (reply: Aggregate): ReadonlyArray<Reply> =>
  reply._tag === "Map" ? reply.entries.flat() : reply.items;

/**
 * Parses the first reply in the bytes that a server sent.
 *
 * @returns the reply and the bytes after it; a RESP2 map, set or push comes back as an array, a big number as a double's text
 * @throws SyntaxError when the bytes are no complete reply
 */
export const decode = (bytes: Bytes): { reply: Reply; rest: Bytes } => {
  const [reply, end] = decodeAt(bytes, 0);
  return { reply, rest: bytes.slice(end) };
};

const decodeAt = (bytes: Bytes, start: number): [reply: Reply, end: number] => {
  const lineEnd = bytes.indexOf("\r\n", start);
  if (lineEnd < 0) throw new SyntaxError("the reply is cut short");
  const mark = bytes.charAt(start);
  const line = bytes.slice(start + 1, lineEnd);
  const after = lineEnd + 2;
  switch (mark) {
    case "+":
      return [simple(line), after];
    case "-":
      return [error(line), after];
    case ":":
      return [integer(BigInt(line)), after];
    case "_":
      return [nil, after];
    case "#":
      return [{ _tag: "Bool", value: line === "t" }, after];
    case ",":
    case "(":
      return [{ _tag: "Double", text: line }, after];
    case "$":
    case "=":
      return decodeString(bytes, mark, line, after);
    case "*":
    case "%":
    case "~":
    case ">":
      return decodeAggregate(bytes, mark, line, after);
    default:
      throw new SyntaxError(`no reply starts with ${JSON.stringify(mark)}`);
  }
};

const decodeString = (bytes: Bytes, mark: string, line: string, start: number): [Reply, number] => {
  if (line === "-1") return [nil, start];
  const end = start + Number(line);
  if (bytes.slice(end, end + 2) !== "\r\n") throw new SyntaxError("the string is cut short");
  const text = bytes.slice(start, end);
  if (mark === "$") return [bulk(text), end + 2];
  return [{ _tag: "Verbatim", format: text.slice(0, 3), text: text.slice(4) }, end + 2];
};

const decodeAggregate = (
  bytes: Bytes,
  mark: string,
  line: string,
  start: number,
): [Reply, number] => {
  if (line === "-1") return [nilArray, start];
  const items: Array<Reply> = [];
  let end = start;
  for (let left = Number(line) * (mark === "%" ? 2 : 1); left > 0; left -= 1) {
    const [item, after] = decodeAt(bytes, end);
    items.push(item);
    end = after;
  }
  if (mark === "~") return [set(items), end];
  if (mark === ">") return [push(items), end];
  if (mark !== "%") return [array(items), end];
  const entries: Array<readonly [Reply, Reply]> = [];
  for (let i = 0; i < items.length; i += 2)
    entries.push([items[i] as Reply, items[i + 1] as Reply]);
  return [map(entries), end];
};

/** True when nothing in the reply is free, so that it has one encoding. */
export const isDeterministic = (reply: Reply): boolean => {
  switch (reply._tag) {
    case "Unordered":
    case "OneOf":
    case "OneRun":
    case "Satisfies":
      return false;
    case "Map":
    case "Set":
      if (reply.anyOrder && members(reply).length > 1) return false;
      return members(reply).every(isDeterministic);
    case "Array":
    case "Push":
      return members(reply).every(isDeterministic);
    case "In":
      return isDeterministic(reply.reply);
    default:
      return true;
  }
};

/**
 * Whether a server that sent `actual`, exactly one reply, answered as expected: byte for byte
 * where nothing is free, otherwise by the choice that the expected reply leaves.
 */
export const admits = (expected: Reply, actual: Bytes, protocol: Protocol): boolean =>
  isDeterministic(expected)
    ? encode(expected, protocol) === actual
    : admitsAll([expected], actual, protocol);

/** Whether `actual` is exactly the expected replies, one after the other. */
export const admitsAll = (
  expected: ReadonlyArray<Reply>,
  actual: Bytes,
  protocol: Protocol,
): boolean => {
  try {
    return admitInRow(expected, actual, 0, protocol) === actual.length;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
};

/** Where the admitted replies that start at `start` end, or -1 when one is not admitted. */
const admitInRow = (
  expected: ReadonlyArray<Reply>,
  actual: Bytes,
  start: number,
  protocol: Protocol,
): number => {
  let end = start;
  for (const reply of expected) {
    end = admitAt(reply, actual, end, protocol);
    if (end < 0) return -1;
  }
  return end;
};

/** Where the admitted reply at `start` ends, or -1 when it is not admitted. */
const admitAt = (expected: Reply, actual: Bytes, start: number, protocol: Protocol): number => {
  switch (expected._tag) {
    case "Satisfies": {
      const [reply, end] = decodeAt(actual, start);
      return expected.test(reply) ? end : -1;
    }
    case "OneOf":
      for (const option of expected.options) {
        const end = admitAt(option, actual, start, protocol);
        if (end >= 0) return end;
      }
      return -1;
    case "OneRun":
      for (const run of expected.runs) {
        const end = admitInRow(run, actual, start, protocol);
        if (end >= 0) return end;
      }
      return -1;
    case "Unordered":
      return admitUnordered(expected, actual, start, protocol);
    case "Array":
    case "Push":
    case "Set":
    case "Map": {
      if ("anyOrder" in expected && expected.anyOrder)
        return admitUnordered(expected, actual, start, protocol);
      const opening = header(expected, protocol);
      if (!actual.startsWith(opening, start)) return -1;
      return admitInRow(members(expected), actual, start + opening.length, protocol);
    }
    case "In":
      return admitAt(expected.reply, actual, start, expected.protocol);
    default: {
      const bytes = encode(expected, protocol);
      return actual.startsWith(bytes, start) ? start + bytes.length : -1;
    }
  }
};

const admitUnordered = (
  expected: Aggregate,
  actual: Bytes,
  start: number,
  protocol: Protocol,
): number => {
  const opening = header(expected, protocol);
  if (!actual.startsWith(opening, start)) return -1;
  const groups =
    expected._tag === "Map" ? expected.entries : expected.items.map((item) => [item] as const);
  const left = [...groups];
  let end = start + opening.length;
  for (const group of groups) {
    const from = end;
    for (const _ of group) end = decodeAt(actual, end)[1];
    // Those that admit the same bytes are equal, so that the first one will do.
    const found = left.findIndex((wanted) => admitInRow(wanted, actual, from, protocol) === end);
    if (found < 0) return -1;
    left.splice(found, 1);
  }
  return end;
};
