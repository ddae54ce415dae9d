/** Sorting of positions, off the JavaScript heap but for the function that compares. */
import { assert, CHECKED } from "../assert.ts";

/** Below 0, 0 or above 0, as what stands at one position comes before, with or behind another. */
export type Compare = (a: number, b: number) => number;

/** Runs of this length are sorted by insertion. */
const RUN = 8;

/**
 * Sorts the first `count` of `order` by the keys of what stands at the positions and, where those are
 * equal, as `compare` says. Those that are equal then stay as they are.
 *
 * @param keys numbers by which all is sorted first: they are compared without a call
 */
export function sortStably(
  order: Int32Array,
  count: number,
  keys: Float64Array,
  compare: Compare,
): void {
  if (CHECKED) assert(count <= order.length, "as many positions as there are");
  const byKeys = keysFirst(keys, compare);
  for (let from = 0; from < count; from += RUN) {
    sortByInsertion(order, from, Math.min(from + RUN, count), byKeys);
  }
  let source = order;
  let target = count > RUN ? new Int32Array(count) : order;
  for (let width = RUN; width < count; width *= 2) {
    for (let from = 0; from < count; from += width * 2) {
      const middle = Math.min(from + width, count);
      merge(source, target, from, middle, Math.min(middle + width, count), keys, compare);
    }
    const sorted = target;
    target = source;
    source = sorted;
  }
  if (source !== order) order.set(source);
}

/** Compares by keys, and where those are equal as `compare` does. */
export function keysFirst(keys: Float64Array, compare: Compare): Compare {
  return (one, other) => {
    const key = keys[one]!;
    const otherKey = keys[other]!;
    if (key === otherKey) return compare(one, other);
    return key < otherKey ? -1 : 1;
  };
}

/** Merges the run from `from` to before `middle` with the one behind it, to before `end`. */
function merge(
  source: Int32Array,
  target: Int32Array,
  from: number,
  middle: number,
  end: number,
  keys: Float64Array,
  compare: Compare,
): void {
  let left = from;
  let right = middle;
  let to = from;
  while (left < middle && right < end) {
    const one = source[left]!;
    const other = source[right]!;
    const key = keys[one]!;
    const otherKey = keys[other]!;
    if (key < otherKey || (key === otherKey && compare(one, other) <= 0)) {
      target[to++] = one;
      left++;
    } else {
      target[to++] = other;
      right++;
    }
  }
  while (left < middle) target[to++] = source[left++]!;
  while (right < end) target[to++] = source[right++]!;
}

function sortByInsertion(order: Int32Array, from: number, to: number, compare: Compare): void {
  for (let i = from + 1; i < to; i++) {
    const moved = order[i]!;
    let at = i;
    for (; at > from && compare(order[at - 1]!, moved) > 0; at--) order[at] = order[at - 1]!;
    order[at] = moved;
  }
}

/** Fewer than this are sorted by insertion. */
const FEW = 7;
/** Above this the pivot is the median of nine. */
const MANY = 40;

/**
 * Sorts the first `count` of `order` so far that those from `first` to `last`, both included, stand
 * where they would if all were sorted.
 *
 * Those that are equal are left where Redis leaves them, whose steps these are: the quicksort of
 * Bentley and McIlroy ("Engineering a Sort Function", 1993), which passes over what lies outside.
 */
export function sortPart(
  order: Int32Array,
  count: number,
  first: number,
  last: number,
  compare: Compare,
): void {
  let from = 0;
  let length = count;
  // The lower parts that are still to be sorted: from, length. Each is less than all before it.
  const rest: number[] = [];
  for (;;) {
    if (length < FEW) {
      sortByInsertion(order, from, from + length, compare);
    } else {
      partition(order, from, length, compare);
      const { lower, upper } = parts;
      const upperFrom = from + length - upper;
      const wantsUpper = upper > 1 && last >= upperFrom && first < upperFrom + upper;
      const wantsLower = lower > 1 && last >= from && first < from + lower;
      if (wantsUpper) rest.push(upperFrom, upper);
      if (wantsLower) rest.push(from, lower);
    }
    if (rest.length === 0) return;
    length = rest.pop()!;
    from = rest.pop()!;
  }
}

/** What `partition` has found: how many are below the pivot, and how many above. */
const parts = { lower: 0, upper: 0 };

/** Puts what is below a pivot first, what is above it last, and what equals it between. */
function partition(order: Int32Array, from: number, length: number, compare: Compare): void {
  swap(order, from, pivotOf(order, from, length, compare));
  const pivot = order[from]!;
  const end = from + length;
  // What equals the pivot gathers at both ends first.
  let equalLeft = from + 1;
  let left = from + 1;
  let right = end - 1;
  let equalRight = end - 1;
  for (;;) {
    for (; left <= right; left++) {
      const compared = compare(order[left]!, pivot);
      if (compared > 0) break;
      if (compared === 0) swap(order, equalLeft++, left);
    }
    for (; left <= right; right--) {
      const compared = compare(order[right]!, pivot);
      if (compared < 0) break;
      if (compared === 0) swap(order, right, equalRight--);
    }
    if (left > right) break;
    swap(order, left++, right--);
  }
  parts.lower = left - equalLeft;
  parts.upper = equalRight - right;
  exchange(order, from, left, Math.min(equalLeft - from, parts.lower));
  exchange(order, left, end, Math.min(parts.upper, end - 1 - equalRight));
}

/** Exchanges the `count` positions from `from` on with the last ones before `to`. */
function exchange(order: Int32Array, from: number, to: number, count: number): void {
  for (let i = 0; i < count; i++) swap(order, from + i, to - count + i);
}

function swap(order: Int32Array, i: number, j: number): void {
  const moved = order[i]!;
  order[i] = order[j]!;
  order[j] = moved;
}

function pivotOf(order: Int32Array, from: number, length: number, compare: Compare): number {
  const middle = from + (length >>> 1);
  const last = from + length - 1;
  if (length === FEW) return middle;
  if (length <= MANY) return median(order, from, middle, last, compare);
  const step = length >>> 3;
  return median(
    order,
    median(order, from, from + step, from + 2 * step, compare),
    median(order, middle - step, middle, middle + step, compare),
    median(order, last - 2 * step, last - step, last, compare),
    compare,
  );
}

function median(order: Int32Array, a: number, b: number, c: number, compare: Compare): number {
  const [x, y, z] = [order[a]!, order[b]!, order[c]!];
  if (compare(x, y) < 0) {
    if (compare(y, z) < 0) return b;
    return compare(x, z) < 0 ? c : a;
  }
  if (compare(y, z) > 0) return b;
  return compare(x, z) < 0 ? a : c;
}
