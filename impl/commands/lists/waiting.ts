/** The list commands that wait: https://redis.io/docs/latest/commands/blpop/ */
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, keyRange } from "../../session/command-declaration.ts";
import { type KeyArguments, keysToTry, waitForKeys } from "../../session/serve.ts";
import { LIST_TYPE } from "../../types/list/view.ts";
import { countedKeys, KEYS } from "../shared/arguments.ts";
import { waitUntilMs } from "../shared/timeout.ts";
import { DESTINATION, endOf, LIST, MOVING_KEYS, SOURCE } from "./facts.ts";
import { moveElement } from "./move.ts";
import { FROM_SEVERAL, finishPop, popFirst, readSeveral, take } from "./pop.ts";
import { type End, endArgument, listOf } from "./view.ts";

const TIMEOUT: Argument = { name: "timeout", type: "double" };
const FRACTIONS = [["6.0.0", "`timeout` may have a fraction."]] as const;

/** What BLPOP and BRPOP have in common. */
const WAITING_POP = {
  ...LIST,
  arity: -3,
  flags: ["write", "noscript", "blocking"],
  keySpecs: [keyRange(["RW", "access", "delete"], 1, -2, 1)],
  since: "2.0.0",
  complexity: "O(N) in the keys",
  history: FRACTIONS,
  arguments: [KEYS, TIMEOUT],
} as const;

/** BLPOP: LPOP from the first of several lists that is there, which is waited for. */
export const BLPOP: Command = {
  ...WAITING_POP,
  name: "blpop",
  summary: "Removes the first element of the first of several lists that is there; waits for one",
  handler: (call) => waitingPop(call, "left"),
};

/** BRPOP: RPOP from the first of several lists that is there, which is waited for. */
export const BRPOP: Command = {
  ...WAITING_POP,
  name: "brpop",
  summary: "Removes the last element of the first of several lists that is there; waits for one",
  handler: (call) => waitingPop(call, "right"),
};

function waitingPop(call: Call, end: End): void {
  const { request, reply } = call;
  const untilMs = waitUntilMs(call, request.argc - 1);
  if (untilMs === null) return;
  const all = { firstKey: 1, lastKey: request.argc - 2 };
  const { firstKey, lastKey } = keysToTry(call, all);
  for (let i = firstKey; i <= lastKey; i++) {
    const ref = call.writeOf(LIST_TYPE, i);
    if (ref === WRONG_TYPE) return;
    if (ref === 0) continue;
    const list = listOf(call, ref);
    reply.array(2);
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
    take(call, list, end, 1);
    finishPop(call, list, i, end, 1);
    if (call.effects.enabled) {
      call.rewrite(2).word(end === "left" ? "LPOP" : "RPOP");
      call.effects.argument(request, i);
    }
    return;
  }
  if (call.mayBlock) wait(call, all, untilMs);
  else reply.nilArray();
}

/** What follows when the time is up is a null array, whatever the command replies. */
function wait(call: Call, keys: KeyArguments, untilMs: number): void {
  const onTimeout = ({ reply }: Call["session"]) => reply.nilArray();
  waitForKeys(call, { ...keys, type: LIST_TYPE, untilMs, onTimeout });
}

/** BLMOVE: LMOVE from a list that is waited for. */
export const BLMOVE: Command = {
  ...LIST,
  name: "blmove",
  arity: 6,
  flags: ["write", "denyoom", "noscript", "blocking"],
  keySpecs: MOVING_KEYS,
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Moves an element from one list to another, and replies it; waits for the first list",
  arguments: [SOURCE, DESTINATION, endOf("wherefrom"), endOf("whereto"), TIMEOUT],
  handler: blmove,
};

function blmove(call: Call): void {
  const from = endArgument(call, 3);
  if (from === null) return;
  const to = endArgument(call, 4);
  if (to === null) return;
  const untilMs = waitUntilMs(call, 5);
  if (untilMs === null || !waitingMove(call, from, to, untilMs)) return;
  const effects = call.rewrite(5);
  effects.word("LMOVE");
  for (let i = 1; i <= 2; i++) effects.argument(call.request, i);
  effects.word(from);
  effects.word(to);
}

/** BRPOPLPUSH: BLMOVE from the right to the left, by its old name. */
export const BRPOPLPUSH: Command = {
  ...LIST,
  name: "brpoplpush",
  arity: 4,
  flags: ["write", "denyoom", "noscript", "blocking"],
  keySpecs: MOVING_KEYS,
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Moves the last element of a list to the front of another; waits for the first list",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
  replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
  history: FRACTIONS,
  arguments: [SOURCE, DESTINATION, TIMEOUT],
  handler: brpoplpush,
};

function brpoplpush(call: Call): void {
  const untilMs = waitUntilMs(call, 3);
  if (untilMs === null || !waitingMove(call, "right", "left", untilMs)) return;
  const effects = call.rewrite(3);
  effects.word("RPOPLPUSH");
  for (let i = 1; i <= 2; i++) effects.argument(call.request, i);
}

/** @returns whether an element was moved, of which somebody wants the effect */
function waitingMove(call: Call, from: End, to: End, untilMs: number): boolean {
  const { changes } = call.instance.data;
  const before = changes.count;
  if (moveElement(call, from, to)) return changes.count !== before && call.effects.enabled;
  if (call.mayBlock) wait(call, { firstKey: 1, lastKey: 1 }, untilMs);
  else call.reply.nil();
  return false;
}

/** BLMPOP: LMPOP from the first of several lists that is there, which is waited for. */
export const BLMPOP: Command = {
  ...LIST,
  name: "blmpop",
  arity: -5,
  flags: ["write", "blocking", "movablekeys"],
  keySpecs: countedKeys(2, "RW", "access", "delete"),
  since: "7.0.0",
  complexity: "O(N + M) in the keys and the elements of the reply",
  summary: "Removes elements of the first of several lists that is there; waits for one",
  arguments: [TIMEOUT, ...FROM_SEVERAL],
  handler: blmpop,
};

function blmpop(call: Call): void {
  const wanted = readSeveral(call, 2);
  if (wanted === null) return;
  const untilMs = waitUntilMs(call, 1);
  if (untilMs === null) return;
  const all = { firstKey: 3, lastKey: 2 + wanted.keys };
  const { firstKey, lastKey } = keysToTry(call, all);
  if (popFirst(call, firstKey, lastKey, wanted.end, wanted.count)) return;
  if (call.mayBlock) wait(call, all, untilMs);
  else call.reply.nilArray();
}
