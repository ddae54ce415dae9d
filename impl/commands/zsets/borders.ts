/** Ranges: of ranks, of scores, of names. */
import { parseBorder } from "../../engine/doubles.ts";
import type { Integer64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { NameBorder, SortedSetView } from "../../types/zset/view.ts";
import { integerArgument } from "../shared/numbers.ts";

/** What a range is of. */
export type RangeKind = "rank" | "score" | "name";

/** Sets the view's `from` and `to` to the ranks in a range; `from` is at least `to` where there are none. */
export type Range = (zset: SortedSetView) => void;

const OPEN = 0x28;
const CLOSED = 0x5b;
const PLUS = 0x2b;
const MINUS = 0x2d;

/**
 * The range between arguments `min` and `max`.
 *
 * @returns null, with the error replied, when they are no range
 */
export function rangeArguments(
  call: Call,
  kind: RangeKind,
  min: number,
  max: number,
): Range | null {
  if (kind === "rank") return rankRange(call, min, max);
  return kind === "score" ? scoreRange(call, min, max) : nameRange(call, min, max);
}

function rankRange(call: Call, start: number, stop: number): Range | null {
  const first = integerArgument(call, start);
  if (first === null) return null;
  const last = integerArgument(call, stop);
  if (last === null) return null;
  return (zset) => {
    zset.from = Math.max(0, rankOf(first, zset.length));
    zset.to = Math.min(rankOf(last, zset.length) + 1, zset.length);
  };
}

/** An index that may count from the end as a rank, which may lie outside. */
function rankOf(index: Integer64, length: number): number {
  return index < 0 ? Number(index) + length : Number(index);
}

function scoreRange(call: Call, min: number, max: number): Range | null {
  const { request, reply } = call;
  const [low, high] = [request.text(min), request.text(max)];
  const [lowOpen, highOpen] = [low.startsWith("("), high.startsWith("(")];
  const from = parseBorder(lowOpen ? low.slice(1) : low);
  const to = parseBorder(highOpen ? high.slice(1) : high);
  if (Number.isNaN(from) || Number.isNaN(to)) {
    reply.error("ERR min or max is not a float");
    return null;
  }
  return (zset) => zset.scoreRange(from, lowOpen, to, highOpen);
}

function nameRange(call: Call, min: number, max: number): Range | null {
  const low = nameBorder(call, min);
  const high = nameBorder(call, max);
  if (low === null || high === null) {
    call.reply.error("ERR min or max not valid string range item");
    return null;
  }
  return (zset) => zset.nameRange(low, high);
}

/** Argument `i` as a border of names; a zero byte ends `-` and `+`. */
function nameBorder({ request }: Call, i: number): NameBorder | null {
  const { bytes } = request;
  const offset = request.offsets[i]!;
  const length = request.lengths[i]!;
  const mark = length > 0 ? bytes[offset] : 0;
  const name = { bytes, offset: offset + 1, length: length - 1 };
  if (mark === OPEN || mark === CLOSED) return { ...name, at: "name", exclusive: mark === OPEN };
  if (mark !== PLUS && mark !== MINUS) return null;
  if (length > 1 && bytes[offset + 1] !== 0) return null;
  return { ...name, at: mark === PLUS ? "behind all" : "before all", exclusive: true };
}
