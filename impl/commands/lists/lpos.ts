import { INT64_MIN } from "../../engine/integers.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { LIST_TYPE } from "../../types/list/view.ts";
import { behind, integer, KEY, optional } from "../shared/arguments.ts";
import { atLeast, integerArgument } from "../shared/numbers.ts";
import { ELEMENT, LIST } from "./facts.ts";
import { listOf } from "./view.ts";

const RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list";

/** LPOS: where elements of a value stand in a list. */
export const LPOS: Command = {
  ...LIST,
  name: "lpos",
  arity: -3,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  since: "6.0.6",
  complexity: "O(N) in the elements that are looked at",
  summary: "Finds where elements of one value stand in a list",
  arguments: [
    KEY,
    ELEMENT,
    optional(behind("RANK", integer("rank"))),
    optional(behind("COUNT", integer("num-matches"))),
    optional(behind("MAXLEN", integer("len"))),
  ],
  handler: lpos,
};

/** The options of the LPOS that runs. */
const options = { rank: 1, fromRight: false, count: -1, most: 0 };

function lpos(call: Call): void {
  const { request, reply } = call;
  if (!readOptions(call)) return;
  const { rank, fromRight, count } = options;
  const ref = call.readOf(LIST_TYPE, 1);
  if (ref === WRONG_TYPE) return;
  if (ref === 0) {
    if (count < 0) reply.nil();
    else reply.array(0);
    return;
  }
  const list = listOf(call, ref);
  list.want(request.bytes, request.offsets[2]!, request.lengths[2]!);
  const found: number[] = [];
  const wanted = count < 0 ? 1 : count === 0 ? Number.POSITIVE_INFINITY : count;
  const most = options.most === 0 ? Number.POSITIVE_INFINITY : options.most;
  let position = fromRight ? list.length - 1 : 0;
  let matches = 0;
  list.seek(position);
  for (let seen = 1; ; seen++) {
    if (list.equals() && ++matches >= rank) found.push(position);
    if (found.length >= wanted || seen >= most) break;
    if (!(fromRight ? list.previous() : list.next())) break;
    position += fromRight ? -1 : 1;
  }
  if (count >= 0) {
    reply.array(found.length);
    for (const at of found) reply.integer(at);
  } else if (found.length === 0) reply.nil();
  else reply.integer(found[0]!);
}

/** False, with the error replied, when the options are wrong. */
function readOptions(call: Call): boolean {
  const { request, reply } = call;
  options.rank = 1;
  options.fromRight = false;
  options.count = -1;
  options.most = 0;
  for (let i = 3; i < request.argc; i += 2) {
    const isLast = i + 1 === request.argc;
    if (request.is(i, "rank") && !isLast) {
      const rank = integerArgument(call, i + 1);
      if (rank === null) return false;
      if (rank === 0) {
        reply.error(RANK_ZERO);
        return false;
      }
      options.fromRight = rank < 0;
      // Redis 7.0.15 cannot negate the smallest integer, and takes any match for the one.
      options.rank = rank === INT64_MIN ? 1 : Math.abs(Number(rank));
    } else if (request.is(i, "count") && !isLast) {
      const count = atLeast(call, i + 1, 0, "ERR COUNT can't be negative");
      if (count === null) return false;
      options.count = count;
    } else if (request.is(i, "maxlen") && !isLast) {
      const most = atLeast(call, i + 1, 0, "ERR MAXLEN can't be negative");
      if (most === null) return false;
      options.most = most;
    } else {
      reply.error(ERR.syntax);
      return false;
    }
  }
  return true;
}
