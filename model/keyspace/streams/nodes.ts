/**
 * How entries are kept: in nodes, which show where trimming is approximate.
 *
 * A node is a listpack: how many entries are there and how many are deleted, the fields of the first
 * entry, then the entries, each without its fields where they are the first's. What it takes decides
 * when the next node begins.
 */
import { parseInteger } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import { type Id, millisecondsOf, sequenceOf } from "./ids.ts";
import type { Item, Node } from "./value.ts";

/** Where nodes end, as the configuration says. */
export interface Limits {
  /** 0 for no limit. */
  readonly bytes: bigint;
  /** 0 for no limit. */
  readonly entries: bigint;
}

/** No node is larger. */
const MOST_BYTES = 2n ** 30n;
/** Its own length and number of elements, and the mark of the end. */
const FRAME_BYTES = 7;

const elementBytes = (bodyBytes: number): number => {
  const borders = [128, 16_383, 2_097_151, 268_435_455];
  return bodyBytes + 1 + borders.filter((border) => bodyBytes >= border).length;
};

const integerBytes = (value: bigint): number => {
  const fits = (bits: number): boolean => BigInt.asIntN(bits, value) === value;
  if (value >= 0n && value <= 127n) return elementBytes(1);
  if (fits(13)) return elementBytes(2);
  for (const width of [16, 24, 32, 64]) if (fits(width)) return elementBytes(1 + width / 8);
  throw new RangeError("an integer has 64 bits at most");
};

const textBytes = (text: Bytes): number => {
  const value = parseInteger(text);
  if (value !== undefined) return integerBytes(value);
  const head = text.length < 64 ? 1 : text.length < 4096 ? 2 : 5;
  return elementBytes(head + text.length);
};

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => a + b, 0);

const namesOf = ({ fields }: Item): ReadonlyArray<Bytes> => fields.filter((_, i) => i % 2 === 0);
const valuesOf = ({ fields }: Item): ReadonlyArray<Bytes> => fields.filter((_, i) => i % 2 === 1);

const firstOf = (node: Node): Item => node[0] as Item;
const lastOf = (node: Node): Item => node.at(-1) as Item;

/** The id that a node is found by. */
export const keyOf = (node: Node): Id => firstOf(node).id;

/** How many entries are there. */
export const livingIn = (node: Node): number => node.filter(({ deleted }) => !deleted).length;

const itemBytes = (item: Item, first: Item): number => {
  const names = namesOf(item);
  const isAlike = JSON.stringify(names) === JSON.stringify(namesOf(first));
  const ms = BigInt.asIntN(64, millisecondsOf(item.id) - millisecondsOf(first.id));
  const sequence = BigInt.asIntN(64, sequenceOf(item.id) - sequenceOf(first.id));
  const elements = isAlike ? valuesOf(item) : item.fields;
  const count = isAlike ? 0 : integerBytes(BigInt(names.length));
  const parts = BigInt(3 + elements.length + (isAlike ? 0 : 1));
  const head = integerBytes(0n) + integerBytes(ms) + integerBytes(sequence) + count;
  return head + sum(elements.map(textBytes)) + integerBytes(parts);
};

/** Bytes of a node as Redis keeps it. */
export const nodeBytes = (node: Node): number => {
  const first = firstOf(node);
  const names = namesOf(first);
  const living = livingIn(node);
  const counts = [living, node.length - living, names.length, 0].map(BigInt);
  const head = FRAME_BYTES + sum(counts.map(integerBytes)) + sum(names.map(textBytes));
  return head + sum(node.map((item) => itemBytes(item, first)));
};

const isFull = (node: Node, item: Item, limits: Limits): boolean => {
  const bytes = BigInt(nodeBytes(node) + sum(item.fields.map((text) => text.length)));
  const most = limits.bytes === 0n || limits.bytes > MOST_BYTES ? MOST_BYTES : limits.bytes;
  return bytes >= most || (limits.entries !== 0n && BigInt(node.length) >= limits.entries);
};

/** The nodes with one entry more, in the last one or in one of its own. */
export const append = (
  nodes: ReadonlyArray<Node>,
  item: Item,
  limits: Limits,
): ReadonlyArray<Node> => {
  const last = nodes.at(-1);
  if (last !== undefined && !isFull(last, item, limits)) return nodes.with(-1, [...last, item]);
  const others = nodes.filter((node) => keyOf(node) !== item.id);
  return [...others, [item]].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};

/** What is between two ids, both of them included, and whether the last comes first. */
export interface Range {
  readonly start: Id;
  readonly end: Id;
  readonly reversed?: boolean;
}

/** The entries of a range that are there, with the node that each is in. */
function* walk(nodes: ReadonlyArray<Node>, { start, end, reversed }: Range) {
  const from = reversed ? end : start;
  const before = nodes.filter((node) => keyOf(node) <= from).length;
  const all = reversed
    ? nodes.slice(0, from === 0n || before === 0 ? nodes.length : before).reverse()
    : nodes.slice(Math.max(before - 1, 0));
  const isReached = (id: Id): boolean => (reversed ? id <= end : id >= start);
  const isPast = (id: Id): boolean => (reversed ? id < start : id > end);
  for (const node of all) {
    for (const item of reversed ? node.toReversed() : node) {
      if (item.deleted || !isReached(item.id)) continue;
      if (isPast(item.id)) return;
      yield { node, item };
    }
  }
}

/** The entries of a range, up to a count. */
export const range = (
  nodes: ReadonlyArray<Node>,
  bounds: Range,
  count = Number.POSITIVE_INFINITY,
): ReadonlyArray<Item> => {
  const found: Array<Item> = [];
  for (const { item } of walk(nodes, bounds)) {
    if (found.length >= count) break;
    found.push(item);
  }
  return found;
};

/** The nodes without one entry; the same nodes when it is not there. */
export const without = (nodes: ReadonlyArray<Node>, id: Id): ReadonlyArray<Node> => {
  for (const { node, item } of walk(nodes, { start: id, end: id })) {
    const at = nodes.indexOf(node);
    if (livingIn(node) === 1) return nodes.toSpliced(at, 1);
    return nodes.with(
      at,
      marked(node, (one) => one === item),
    );
  }
  return nodes;
};

const marked = (node: Node, isGone: (item: Item) => boolean): Node =>
  node.map((item) => (isGone(item) ? { ...item, deleted: true } : item));

/** How a stream is trimmed: to a length, or from an id on. */
export interface Trimming {
  readonly to: { readonly length: bigint } | { readonly id: Id };
  /** Only whole nodes go. */
  readonly approximate: boolean;
  /** How many entries may go; 0 for any number. */
  readonly limit: bigint;
}

/** The nodes that trimming leaves. */
export const trim = (nodes: ReadonlyArray<Node>, trimming: Trimming): ReadonlyArray<Node> => {
  const { to, approximate, limit } = trimming;
  let length = BigInt(sum(nodes.map(livingIn)));
  let deleted = 0n;
  for (const [at, node] of nodes.entries()) {
    if ("length" in to && length <= to.length) return nodes.slice(at);
    const living = BigInt(livingIn(node));
    if (limit !== 0n && deleted + living > limit) return nodes.slice(at);
    const isWhole = "length" in to ? length - living >= to.length : lastOf(node).id < to.id;
    if (!isWhole) {
      if (approximate) return nodes.slice(at);
      const rest = "length" in to ? shortened(node, length - to.length) : from(node, to.id);
      return [rest, ...nodes.slice(at + 1)];
    }
    length -= living;
    deleted += living;
  }
  return [];
};

/** A node without its first entries. */
const shortened = (node: Node, count: bigint): Node => {
  const gone = new Set(node.filter(({ deleted }) => !deleted).slice(0, Number(count)));
  return marked(node, (item) => gone.has(item));
};

/** A node without what comes before the first entry that has this id or a higher one. */
const from = (node: Node, id: Id): Node => {
  const end = node.findIndex((item) => item.id >= id);
  const gone = new Set(end < 0 ? node : node.slice(0, end));
  return marked(node, (item) => gone.has(item));
};

const KEY_BYTES = 16;

/**
 * How many nodes a radix tree by the 16 bytes of the nodes' ids has: one for each key, one for each
 * place where keys part, and one for what bytes they share in between.
 */
export const radixNodes = (nodes: ReadonlyArray<Node>): number => {
  if (nodes.length === 0) return 1;
  const keys = nodes.map((node) =>
    keyOf(node)
      .toString(16)
      .padStart(2 * KEY_BYTES, "0"),
  );
  const byteOf = (key: string, depth: number): string => key.slice(2 * depth, 2 * depth + 2);
  const below = (group: ReadonlyArray<string>, depth: number): number => {
    let shared = depth;
    while (shared < KEY_BYTES && new Set(group.map((key) => byteOf(key, shared))).size === 1)
      shared += 1;
    const chain = shared > depth ? 1 : 0;
    if (shared === KEY_BYTES) return chain + 1;
    const parts = Map.groupBy(group, (key) => byteOf(key, shared));
    return chain + 1 + sum([...parts.values()].map((part) => below(part, shared + 1)));
  };
  return below(keys, 0);
};
