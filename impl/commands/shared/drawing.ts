/** Drawing elements of a collection by chance: HRANDFIELD, SRANDMEMBER, ZRANDMEMBER. */

import { drawBelow } from "../../engine/draw.ts";
import { INT64_MAX, INT64_MIN } from "../../engine/integers.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import type { Random } from "../../ports/random.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import { replyNil, replyNothing } from "./absent.ts";
import { integerArgument } from "./numbers.ts";
import { openPairs } from "./pairs.ts";

/** With at least one in so many elements wanted, it is cheaper to pass all of them. */
const DENSE = 3;
/** No reply may grow longer: a negative count knows no other end. */
const MAX_REPLY_BYTES = 2 ** 30;
const MAX_PAIRS = INT64_MAX / 2n;
const NOT_IN_RANGE = `ERR value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`;

/** A collection that elements are drawn from: the view of a hash, a set or a sorted set. */
export interface Drawable {
  /** Number of elements. */
  readonly length: number;
  /** What tells the element that was found last from others, until the collection changes. */
  readonly place: number;
  /** Goes before the first element. */
  rewind(): void;
  /** Finds the next element; false behind the last one. */
  next(): boolean;
  /** Makes ready for `draw`, until the collection changes. */
  beginDraws(): void;
  /** Finds an element, each with the same chance. */
  draw(random: Random): void;
}

/** How a command draws. */
export interface Drawing<View extends Drawable> {
  /** Opens the collection of the first key; null, having replied, when there is none. */
  readonly read: (call: Call, replyAbsent: (call: Call) => void) => View | null;
  /** The word that asks for what belongs to an element as well, where something does. */
  readonly pairsWord: string | null;
  /** Replies the element that was found; in pairs, with what belongs to it. */
  readonly reply: (call: Call, view: View, inPairs: boolean) => void;
}

/** Serves a command of the form `key [count [word]]`. */
export function draw<View extends Drawable>(call: Call, drawing: Drawing<View>): void {
  const { request, reply } = call;
  if (request.argc === 2) {
    const view = drawing.read(call, replyNil);
    if (view === null) return;
    view.beginDraws();
    view.draw(call.instance.random);
    drawing.reply(call, view, false);
    return;
  }
  const { pairsWord } = drawing;
  if (request.argc > 3 && pairsWord === null) {
    reply.error(ERR.syntax);
    return;
  }
  const count = integerArgument(call, 2);
  if (count === null) return;
  if (count === INT64_MIN) {
    reply.error(NOT_IN_RANGE);
    return;
  }
  const inPairs = request.argc === 4 && pairsWord !== null && request.is(3, pairsWord);
  if (request.argc > 3 && !inPairs) {
    reply.error(ERR.syntax);
    return;
  }
  if (inPairs && (count < -MAX_PAIRS || count > MAX_PAIRS)) {
    reply.error(ERR.outOfRange);
    return;
  }
  const view = drawing.read(call, replyNothing);
  if (view === null) return;
  const wanted = Number(count);
  if (wanted < 0) drawAny(call, drawing, view, -wanted, inPairs);
  else drawDifferent(call, drawing, view, Math.min(wanted, view.length), inPairs);
}

/** Replies elements that may come more than once. */
function drawAny<View extends Drawable>(
  call: Call,
  drawing: Drawing<View>,
  view: View,
  count: number,
  inPairs: boolean,
): void {
  const { reply } = call;
  if (count > MAX_REPLY_BYTES) throw new OutOfMemory("no reply is so long");
  openPairs(call, count, inPairs);
  view.beginDraws();
  for (let left = count; left > 0; left--) {
    view.draw(call.instance.random);
    drawing.reply(call, view, inPairs);
    if (reply.isCut) return;
    if (reply.length > MAX_REPLY_BYTES) throw new OutOfMemory("no reply is so long");
  }
}

/** Replies elements that are different: every choice of so many has the same chance. */
function drawDifferent<View extends Drawable>(
  call: Call,
  drawing: Drawing<View>,
  view: View,
  wanted: number,
  inPairs: boolean,
): void {
  openPairs(call, wanted, inPairs);
  if (wanted * DENSE < view.length) drawSparse(call, drawing, view, wanted, inPairs);
  else passAll(call, drawing, view, wanted, inPairs);
}

/** Takes each element with the chance that what is still wanted has among those that are left. */
function passAll<View extends Drawable>(
  call: Call,
  drawing: Drawing<View>,
  view: View,
  wanted: number,
  inPairs: boolean,
): void {
  let missing = wanted;
  let left = view.length;
  for (view.rewind(); missing > 0 && view.next(); left--) {
    if (missing < left && drawBelow(call.instance.random, left) >= missing) continue;
    missing--;
    drawing.reply(call, view, inPairs);
  }
}

/** Draws until there are enough different ones. */
function drawSparse<View extends Drawable>(
  call: Call,
  drawing: Drawing<View>,
  view: View,
  wanted: number,
  inPairs: boolean,
): void {
  const drawn = new Set<number>();
  view.beginDraws();
  while (drawn.size < wanted) {
    view.draw(call.instance.random);
    if (drawn.has(view.place)) continue;
    drawn.add(view.place);
    drawing.reply(call, view, inPairs);
  }
}
