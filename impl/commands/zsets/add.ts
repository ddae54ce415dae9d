import { parseDoubleAt } from "../../engine/doubles.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { flag, integer, KEY, oneOf, optional, since } from "../shared/arguments.ts";
import { MEMBER, ZSET } from "./facts.ts";
import { addScored, Flag, roomForScores } from "./scored.ts";

/** ZADD: members with their scores. */
export const ZADD: Command = {
  ...ZSET,
  name: "zadd",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "update"),
  since: "1.2.0",
  complexity: "O(log(N)) for each member, in the members of the sorted set",
  summary: "Adds members to a sorted set, which it makes if there is none, or changes their scores",
  history: [
    ["2.4.0", "Several members at once."],
    ["3.0.2", "`XX`, `NX`, `CH` and `INCR` are new."],
    ["6.2.0", "`GT` and `LT` are new."],
  ],
  arguments: [
    KEY,
    since("3.0.2", optional(oneOf("condition", flag("nx"), flag("xx")))),
    since("6.2.0", optional(oneOf("comparison", flag("gt"), flag("lt")))),
    since("3.0.2", optional(flag("change", "CH"))),
    since("3.0.2", optional(flag("increment", "INCR"))),
    {
      name: "score_member",
      type: "block",
      flags: ["multiple"],
      arguments: [{ name: "score", type: "double" }, MEMBER],
    },
  ],
  handler: (call) => add(call, 0),
};

/** ZINCRBY: an amount to a member's score. */
export const ZINCRBY: Command = {
  ...ZSET,
  name: "zincrby",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "access", "update"),
  since: "1.2.0",
  complexity: "O(log(N)) in the members of the sorted set",
  summary: "Adds an amount to the score of a member, which begins at 0",
  arguments: [KEY, integer("increment"), MEMBER],
  handler: (call) => add(call, Flag.incr),
};

/** The flags of which only one may stand. */
const EXCLUSIVE = Flag.gt | Flag.lt | Flag.nx;
/** What is added: one after the other uses it, since no command adds inside another one. */
const additions = { flags: 0, first: 0, perMember: 2, members: 0 };

/** Adds or changes members as the flags say; Redis knows the same words in ZADD and ZINCRBY. */
function add(call: Call, implied: number): void {
  const { request, reply } = call;
  let flags = implied;
  let first = 2;
  for (let bit = flagAt(call, first); bit !== 0; bit = flagAt(call, first)) {
    flags |= bit;
    first++;
  }
  const pairs = (request.argc - first) / 2;
  const refusal = refusalOf(flags, pairs);
  if (refusal !== null) {
    reply.error(refusal);
    return;
  }
  if (!readScores(call, first, pairs)) return;
  additions.flags = flags;
  additions.first = first;
  additions.members = pairs;
  addScored(call, additions);
}

function flagAt({ request }: Call, i: number): number {
  if (i >= request.argc) return 0;
  if (request.is(i, "nx")) return Flag.nx;
  if (request.is(i, "xx")) return Flag.xx;
  if (request.is(i, "gt")) return Flag.gt;
  if (request.is(i, "lt")) return Flag.lt;
  if (request.is(i, "ch")) return Flag.ch;
  return request.is(i, "incr") ? Flag.incr : 0;
}

/** The error that flags and number of pairs deserve; null when none. */
function refusalOf(flags: number, pairs: number): string | null {
  if (pairs === 0 || !Number.isInteger(pairs)) return ERR.syntax;
  if ((flags & Flag.nx) !== 0 && (flags & Flag.xx) !== 0) {
    return "ERR XX and NX options at the same time are not compatible";
  }
  const exclusive = flags & EXCLUSIVE;
  if ((exclusive & (exclusive - 1)) !== 0) {
    return "ERR GT, LT, and/or NX options at the same time are not compatible";
  }
  if ((flags & Flag.incr) !== 0 && pairs > 1) {
    return "ERR INCR option supports a single increment-element pair";
  }
  return null;
}

/** Reads every score before anything is changed; false, with the error replied, when one is none. */
function readScores({ request, reply }: Call, first: number, pairs: number): boolean {
  const scores = roomForScores(pairs);
  const { bytes, offsets, lengths } = request;
  for (let i = 0; i < pairs; i++) {
    const at = first + i * 2;
    const score = parseDoubleAt(bytes, offsets[at]!, lengths[at]!);
    if (Number.isNaN(score)) {
      reply.error(ERR.notFloat);
      return false;
    }
    scores[i] = score;
  }
  return true;
}
