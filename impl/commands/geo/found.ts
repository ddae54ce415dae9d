import { Place } from "../../geometry/cells.ts";
import { type SearchArea, surelyCompare } from "../../geometry/search-area.ts";
import { sortPart, sortStably } from "../../structures/sorting.ts";

/** Room for more than so many is not kept. */
const KEPT = 1024;
const LEAST = 64;

/** Members that a search has found: where each stands in its sorted set, its score, and how near it is. */
export class Found {
  length = 0;
  /** Where each member stands, for `SortedSetView.at`. */
  #places = new Float64Array(LEAST);
  #scores = new Float64Array(LEAST);
  /** See `SearchArea.nearness`; known where the members are to be sorted. */
  #nearness = new Float64Array(LEAST);
  /** All 0: what is near to what is no matter of one number. */
  #keys = new Float64Array(LEAST);
  /** The members in their order, as indexes of the above. */
  #order = new Int32Array(LEAST);
  readonly #place = new Place();

  /** Begins with none. */
  clear(): void {
    this.length = 0;
    if (this.#places.length > KEPT) this.#resize(LEAST);
  }

  add(place: number, score: number, nearness: number): void {
    if (this.length === this.#places.length) this.#resize(this.length * 2);
    this.#places[this.length] = place;
    this.#scores[this.length] = score;
    this.#nearness[this.length] = nearness;
    this.#order[this.length] = this.length;
    this.length++;
  }

  /** Where the member stands that comes at a position. */
  placeAt(position: number): number {
    return this.#places[this.#order[position]!]!;
  }

  /** Puts the `wanted` nearest to the middle of an area, or the farthest, in order at the beginning. */
  sort(wanted: number, area: SearchArea, farthestFirst: boolean): void {
    const sign = farthestFirst ? -1 : 1;
    const compare = (a: number, b: number): number => sign * this.#compare(area, a, b);
    if (wanted < this.length) sortPart(this.#order, this.length, 0, wanted - 1, compare);
    // All of them: then Redis keeps equal ones as they are.
    else sortStably(this.#order, this.length, this.#keys, compare);
  }

  /** Compares distances, which are told to the last bit only where that matters. */
  #compare(area: SearchArea, a: number, b: number): number {
    const compared = surelyCompare(this.#nearness[a]!, this.#nearness[b]!);
    if (compared !== 0) return compared;
    const [one, other] = [this.#scores[a]!, this.#scores[b]!];
    if (one === other) return 0;
    return this.#metres(area, one) - this.#metres(area, other);
  }

  #metres(area: SearchArea, score: number): number {
    this.#place.ofScore(score);
    return area.distanceTo(this.#place);
  }

  #resize(capacity: number): void {
    const { length } = this;
    this.#places = resized(this.#places, new Float64Array(capacity), length);
    this.#scores = resized(this.#scores, new Float64Array(capacity), length);
    this.#nearness = resized(this.#nearness, new Float64Array(capacity), length);
    this.#keys = new Float64Array(capacity);
    this.#order = resized(this.#order, new Int32Array(capacity), length);
  }
}

function resized<Numbers extends Float64Array | Int32Array>(
  from: Numbers,
  to: Numbers,
  length: number,
): Numbers {
  to.set(from.subarray(0, length));
  return to;
}
