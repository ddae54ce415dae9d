/**
 * The order in which Redis leaves equal elements when it sorts a part of a list only: that of the
 * quicksort of Bentley and McIlroy ("Engineering a Sort Function", 1993), which passes over what
 * lies outside of the part.
 */

type Compare<A> = (a: A, b: A) => number;

/** Below this, insertion sort. */
const FEW = 7;
/** Above this, the pivot is the median of nine. */
const MANY = 40;

/** Sorts so that the items from `start` to `end`, both included, are what they would be if all were sorted. */
export const partSorted = <A>(
  items: ReadonlyArray<A>,
  compare: Compare<A>,
  start: number,
  end: number,
): ReadonlyArray<A> => {
  if (items.length < FEW) return items.toSorted(compare);
  const work = [...items];
  swap(work, 0, pivotOf(work, compare));
  const [equalBelow, below, equalAbove] = partition(work, compare);
  const lower = below - equalBelow;
  const upper = equalAbove - below;
  // Those that equal the pivot go to the middle, by the fewest exchanges.
  exchange(work, 0, below, Math.min(equalBelow, lower));
  exchange(work, below, work.length, Math.min(upper, work.length - equalAbove));
  const sortedPart = (from: number, count: number): void => {
    if (count <= 1 || end < from || start >= from + count) return;
    const part = partSorted(work.slice(from, from + count), compare, start - from, end - from);
    work.splice(from, count, ...part);
  };
  sortedPart(0, lower);
  sortedPart(work.length - upper, upper);
  return work;
};

/**
 * Puts what is below the pivot before what is above it, and what equals it to both ends. The pivot
 * is the first item.
 *
 * @returns where the lower ones begin, where the upper ones begin, and where those do that equal it
 */
const partition = <A>(
  work: Array<A>,
  compare: Compare<A>,
): readonly [equalBelow: number, below: number, equalAbove: number] => {
  const pivot = work[0] as A;
  let equalBelow = 1;
  let left = 1;
  let right = work.length - 1;
  let equalAbove = work.length - 1;
  for (;;) {
    for (; left <= right && compare(work[left] as A, pivot) <= 0; left += 1)
      if (compare(work[left] as A, pivot) === 0) swap(work, equalBelow++, left);
    for (; left <= right && compare(work[right] as A, pivot) >= 0; right -= 1)
      if (compare(work[right] as A, pivot) === 0) swap(work, right, equalAbove--);
    if (left > right) return [equalBelow, left, equalAbove + 1];
    swap(work, left++, right--);
  }
};

/** Exchanges the first `count` items from `from` on with the last ones before `to`. */
const exchange = <A>(work: Array<A>, from: number, to: number, count: number): void => {
  for (let i = 0; i < count; i += 1) swap(work, from + i, to - count + i);
};

const swap = <A>(work: Array<A>, i: number, j: number): void => {
  [work[i], work[j]] = [work[j] as A, work[i] as A];
};

const pivotOf = <A>(work: ReadonlyArray<A>, compare: Compare<A>): number => {
  const last = work.length - 1;
  const middle = Math.floor(work.length / 2);
  if (work.length === FEW) return middle;
  const median = (a: number, b: number, c: number): number => medianOf(work, compare, a, b, c);
  if (work.length <= MANY) return median(0, middle, last);
  const step = Math.floor(work.length / 8);
  return median(
    median(0, step, 2 * step),
    median(middle - step, middle, middle + step),
    median(last - 2 * step, last - step, last),
  );
};

const medianOf = <A>(
  work: ReadonlyArray<A>,
  compare: Compare<A>,
  a: number,
  b: number,
  c: number,
): number => {
  const isBelow = (i: number, j: number): boolean => compare(work[i] as A, work[j] as A) < 0;
  if (isBelow(a, b)) {
    if (isBelow(b, c)) return b;
    return isBelow(a, c) ? c : a;
  }
  if (compare(work[b] as A, work[c] as A) > 0) return b;
  return isBelow(a, c) ? a : c;
};
