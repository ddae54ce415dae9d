import { drawBelow } from "../../engine/draw.ts";
import { INT64_MAX, INT64_MIN } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { HashView } from "../../types/hash/hash-view.ts";
import { flag, integer, KEY, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { HASH } from "./facts.ts";
import { readHash, replyName, replyNil, replyNothing, replyValue } from "./lookup.ts";

/** With at least one in so many fields wanted, it is cheaper to pass all of them. */
const DENSE = 3;
const NOT_IN_RANGE = `ERR value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`;

/** HRANDFIELD: fields drawn by chance. */
export const HRANDFIELD: Command = {
  ...HASH,
  name: "hrandfield",
  arity: -2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "6.2.0",
  complexity: "O(N) in the number of fields drawn",
  summary: "Draws fields of a hash",
  arguments: [
    KEY,
    optional({
      name: "options",
      type: "block",
      arguments: [integer("count"), optional(flag("withvalues"))],
    }),
  ],
  handler: hrandfield,
};

function hrandfield(call: Call): void {
  const { request, reply } = call;
  if (request.argc === 2) {
    const hash = readHash(call, replyNil);
    if (hash === null) return;
    hash.beginDraws();
    hash.draw(call.instance.random);
    replyName(call, hash);
    return;
  }
  const count = integerArgument(call, 2);
  if (count === null) return;
  if (count === INT64_MIN) {
    reply.error(NOT_IN_RANGE);
    return;
  }
  const withValues = request.argc === 4 && request.is(3, "withvalues");
  if (request.argc > 3 && !withValues) {
    reply.error(ERR.syntax);
    return;
  }
  const most = INT64_MAX / 2n;
  if (withValues && (count < -most || count > most)) {
    reply.error(ERR.outOfRange);
    return;
  }
  const hash = readHash(call, replyNothing);
  if (hash === null) return;
  const wanted = Number(count);
  if (wanted < 0) drawAny(call, hash, -wanted, withValues);
  else drawDifferent(call, hash, wanted, withValues);
}

/** Replies fields that may come more than once. */
function drawAny(call: Call, hash: HashView, count: number, withValues: boolean): void {
  openReply(call, count, withValues);
  hash.beginDraws();
  for (let left = count; left > 0; left--) {
    hash.draw(call.instance.random);
    replyFound(call, hash, withValues);
  }
}

/** Replies fields that are different: every choice of so many has the same chance. */
function drawDifferent(call: Call, hash: HashView, count: number, withValues: boolean): void {
  const wanted = Math.min(count, hash.length);
  openReply(call, wanted, withValues);
  if (hash.isTable && wanted * DENSE < hash.length) drawSparse(call, hash, wanted, withValues);
  else passAll(call, hash, wanted, withValues);
}

/** Takes each field with the chance that what is still wanted has among those that are left. */
function passAll(call: Call, hash: HashView, wanted: number, withValues: boolean): void {
  let missing = wanted;
  let left = hash.length;
  for (hash.rewind(); missing > 0 && hash.next(); left--) {
    if (missing < left && drawBelow(call.instance.random, left) >= missing) continue;
    missing--;
    replyFound(call, hash, withValues);
  }
}

/** Draws until there are enough different ones. */
function drawSparse(call: Call, hash: HashView, wanted: number, withValues: boolean): void {
  const drawn = new Set<number>();
  hash.beginDraws();
  while (drawn.size < wanted) {
    hash.draw(call.instance.random);
    if (drawn.has(hash.place)) continue;
    drawn.add(hash.place);
    replyFound(call, hash, withValues);
  }
}

/** Opens the reply of so many fields: pairs are arrays in RESP3, and flat in RESP2. */
function openReply(call: Call, count: number, withValues: boolean): void {
  const { reply } = call;
  reply.array(withValues && reply.protocol === 2 ? count * 2 : count);
}

function replyFound(call: Call, hash: HashView, withValues: boolean): void {
  if (withValues && call.reply.protocol === 3) call.reply.array(2);
  replyName(call, hash);
  if (withValues) replyValue(call, hash);
}
