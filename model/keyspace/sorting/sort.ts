/** SORT and SORT_RO. */
import { Result } from "effect";
import { answer, argument, become, drop, lookup, put, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { sortedNumber } from "../doubles.ts";
import { type CommandError, fail } from "../errors.ts";
import { array, beyondRedisBut, bulk, error, integer, nil, type Reply, zero } from "../reply.ts";
import { inOrder } from "../sets/value.ts";
import { type State, storeUnseen } from "../state.ts";
import { cString } from "../text.ts";
import type { Value } from "../types.ts";
import { sortedSetOf } from "../zsets/value.ts";
import { type SortOptions, sortOptions } from "./options.ts";
import { partSorted } from "./part-sort.ts";
import { valueFor } from "./pattern.ts";
import { type Row, someOrder } from "./ties.ts";

/** SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE destination] */
export const sort: Meaning = (call) =>
  Result.flatMap(sortOptions(call, true), (options) => sorted(call, options));

/** SORT_RO: SORT that stores nothing */
export const sortReadOnly: Meaning = (call) =>
  Result.flatMap(sortOptions(call, false), (options) => sorted(call, options));

type Sortable = Extract<Value, { readonly type: "list" | "set" | "zset" }>;

const sorted = (call: Call, given: SortOptions) =>
  Result.gen(function* () {
    const value = yield* sortable(call);
    const after = value?.type === "zset" ? { ...call, state: unpacked(call, value) } : call;
    const options = value?.type === "set" ? orderedIfStored(given) : given;
    const all = value === undefined ? [] : elementsOf(value, options);
    const comparing = comparison(call, all, options);
    // A sorted set has been unpacked even so.
    if (Result.isFailure(comparing))
      return yield* become(after.state, error(comparing.failure.text));
    const compare = comparing.success;
    const [start, end] = windowOf(all.length, options);
    const hasOrder = value === undefined || isOrdered(value, options);
    const isPart = options.by !== undefined && (start !== 0 || end !== all.length - 1);
    const order =
      hasOrder && isPart && !options.isUnsorted
        ? partSorted(all, compare, start, end)
        : all.toSorted(compare);
    const ties = order.map((one, i) => i > 0 && compare(order[i - 1] ?? "", one) === 0);
    const isFree = !hasOrder && ties.includes(true);
    const rows = order.map((element) => rowOf(call, element, options));
    const shown = rows.slice(Math.max(0, start), end + 1).flat();
    if (options.destination !== undefined)
      return yield* stored(after, options.destination, shown, isFree);
    const reply = isFree ? someOrder(rows, ties, start, end + 1) : array(shown);
    return yield* become(after.state, reply);
  });

/** What the key holds: a list, a set or a sorted set. */
const sortable = (call: Call): Result.Result<Sortable | undefined, CommandError> => {
  const value = lookup(call, argument(call, 1))?.value;
  switch (value?.type) {
    case undefined:
      return Result.succeed(undefined);
    case "list":
    case "set":
    case "zset":
      return Result.succeed(value);
    default:
      return fail("WrongType");
  }
};

/** A set that is stored without being sorted is sorted by its bytes, so that it always comes out the same. */
const orderedIfStored = (options: SortOptions): SortOptions =>
  options.isUnsorted && options.destination !== undefined
    ? { ...options, isUnsorted: false, isAlpha: true, by: undefined }
    : options;

/** The elements as they are found; by their bytes where Redis finds them in no order. */
const elementsOf = (value: Sortable, options: SortOptions): ReadonlyArray<string> => {
  if (value.type === "list")
    return options.isUnsorted && options.isDescending ? value.items.toReversed() : value.items;
  if (value.type === "set")
    return value.encoding === "intset" ? inOrder(value) : [...value.members].sort();
  const names = value.members.map(({ name }) => name);
  if (!options.isUnsorted) return names.toSorted();
  return options.isDescending ? names.toReversed() : names;
};

/** Whether Redis finds the elements in an order: those of a hash table have none. */
const isOrdered = (value: Sortable, options: SortOptions): boolean =>
  value.type === "list" ||
  (value.type === "set" ? value.encoding === "intset" : options.isUnsorted);

/** The first and the last position that are shown; the last may be before the first. */
const windowOf = (length: number, { offset, count }: SortOptions): [start: number, end: number] => {
  const within = (n: bigint, least: bigint): number => {
    const raised = n < least ? least : n;
    return raised > BigInt(length) ? length : Number(raised);
  };
  const start = within(offset, 0n);
  const shown = within(count, -1n);
  if (start >= length) return [length - 1, length - 2];
  return [start, shown < 0 ? length - 1 : Math.min(start + shown, length) - 1];
};

type Compare = (a: string, b: string) => number;

/** How elements are compared; an error where one should be a number and is none. */
const comparison = (
  call: Call,
  elements: ReadonlyArray<string>,
  { isAlpha, isDescending, isUnsorted, by, destination }: SortOptions,
): Result.Result<Compare, CommandError> => {
  if (isUnsorted) return Result.succeed(() => 0);
  const weightOf = (element: string): string | undefined =>
    by === undefined ? element : valueFor(call, by, element);
  const directed = (compare: Compare): Result.Result<Compare, CommandError> =>
    Result.succeed(isDescending ? (a, b) => -compare(a, b) : compare);
  if (isAlpha) {
    // What is not stored is compared by the C library, which sees texts up to a zero byte.
    const seen = (text: string): string => (destination === undefined ? cString(text) : text);
    return directed((a, b) => {
      const [one, other] = [weightOf(a), weightOf(b)];
      if (one === undefined || other === undefined)
        return Number(one !== undefined) - Number(other !== undefined);
      return byBytes(seen(one), seen(other));
    });
  }
  const scores = new Map<string, number>();
  for (const element of elements) {
    const weight = weightOf(element);
    const score = weight === undefined ? 0 : sortedNumber(weight);
    if (score === undefined) return fail("NotSortable");
    scores.set(element, score);
  }
  const scoreOf = (element: string): number => scores.get(element) ?? 0;
  return directed((a, b) => {
    if (scoreOf(a) !== scoreOf(b)) return scoreOf(a) < scoreOf(b) ? -1 : 1;
    return byBytes(a, b);
  });
};

const byBytes: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** What is shown of an element. */
const rowOf = (call: Call, element: string, { gets }: SortOptions): Row => {
  if (gets.length === 0) return [bulk(element)];
  return gets.map((pattern) => {
    const value = valueFor(call, pattern, element);
    return value === undefined ? nil : bulk(value);
  });
};

/** Whoever sorts a sorted set leaves a skiplist behind. */
const unpacked = (call: Call, { members }: Extract<Value, { type: "zset" }>): State => {
  const key = argument(call, 1);
  const expireAtMs = lookup(call, key)?.expireAtMs ?? null;
  const value = sortedSetOf(members, true);
  return storeUnseen(call.state, session(call).database, key, { value, expireAtMs });
};

/** The key holds a list of what would have been shown, with nothing for what there is not. */
const stored = (call: Call, destination: string, shown: ReadonlyArray<Reply>, isFree: boolean) => {
  const items = shown.map((one) => (one._tag === "Bulk" ? one.bytes : ""));
  const count = integer(items.length);
  if (items.length > 0) {
    const value: Value = { type: "list", items, encoding: "quicklist" };
    return become(put(call, destination, value), isFree ? beyondRedisBut(count) : count);
  }
  if (lookup(call, destination) === undefined) return answer(call, zero);
  return become(drop(call, destination), zero);
};
