/** The sorted set commands that wait: https://redis.io/docs/latest/commands/bzpopmin/ */
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type Argument, keyRange } from "../../session/command-declaration.ts";
import { type KeyArguments, keysToTry, waitForKeys } from "../../session/serve.ts";
import { ZSET_TYPE } from "../../types/zset/kinds.ts";
import { openSortedSet } from "../../types/zset/view.ts";
import { countedKeys, KEYS } from "../shared/arguments.ts";
import { waitUntilMs } from "../shared/timeout.ts";
import { ZSET } from "./facts.ts";
import { type End, FROM_SEVERAL, popFirst, readSeveral, take } from "./pop.ts";

const TIMEOUT: Argument = { name: "timeout", type: "double" };

/** What BZPOPMIN and BZPOPMAX have in common. */
const WAITING_POP = {
  ...ZSET,
  arity: -3,
  flags: ["write", "noscript", "blocking", "fast"],
  keySpecs: [keyRange(["RW", "access", "delete"], 1, -2, 1)],
  since: "5.0.0",
  complexity: "O(log(N)) in the members of the sorted set",
  history: [["6.0.0", "`timeout` may have a fraction."]],
  arguments: [KEYS, TIMEOUT],
} as const;

/** BZPOPMIN: ZPOPMIN from the first of several sorted sets that is there, which is waited for. */
export const BZPOPMIN: Command = {
  ...WAITING_POP,
  name: "bzpopmin",
  summary:
    "Removes the lowest member of the first of several sorted sets that is there; waits for one",
  handler: (call) => waitingPop(call, "min"),
};

/** BZPOPMAX: ZPOPMAX from the first of several sorted sets that is there, which is waited for. */
export const BZPOPMAX: Command = {
  ...WAITING_POP,
  name: "bzpopmax",
  summary:
    "Removes the highest member of the first of several sorted sets that is there; waits for one",
  handler: (call) => waitingPop(call, "max"),
};

function waitingPop(call: Call, end: End): void {
  const { request, reply } = call;
  const untilMs = waitUntilMs(call, request.argc - 1);
  if (untilMs === null) return;
  const all = { firstKey: 1, lastKey: request.argc - 2 };
  const { firstKey, lastKey } = keysToTry(call, all);
  for (let i = firstKey; i <= lastKey; i++) {
    const ref = call.writeOf(ZSET_TYPE, i);
    if (ref === WRONG_TYPE) return;
    if (ref === 0) continue;
    reply.array(3);
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
    take(call, openSortedSet(call.keyspace, ref), i, end, 1, false);
    if (call.effects.enabled) {
      call.rewrite(2).word(end === "min" ? "ZPOPMIN" : "ZPOPMAX");
      call.effects.argument(request, i);
    }
    return;
  }
  waitOrGiveUp(call, all, untilMs);
}

/** BZMPOP: ZMPOP from the first of several sorted sets that is there, which is waited for. */
export const BZMPOP: Command = {
  ...ZSET,
  name: "bzmpop",
  arity: -5,
  flags: ["write", "blocking", "movablekeys"],
  keySpecs: countedKeys(2, "RW", "access", "delete"),
  since: "7.0.0",
  complexity: "O(K + M*log(N)) in the keys, the members that are removed and those that are there",
  summary: "Removes members of the first of several sorted sets that is there; waits for one",
  arguments: [TIMEOUT, ...FROM_SEVERAL],
  handler: bzmpop,
};

function bzmpop(call: Call): void {
  const wanted = readSeveral(call, 2);
  if (wanted === null) return;
  const untilMs = waitUntilMs(call, 1);
  if (untilMs === null) return;
  const all = { firstKey: 3, lastKey: 2 + wanted.keys };
  const { firstKey, lastKey } = keysToTry(call, all);
  if (popFirst(call, firstKey, lastKey, wanted.end, wanted.count)) return;
  waitOrGiveUp(call, all, untilMs);
}

function waitOrGiveUp(call: Call, keys: KeyArguments, untilMs: number): void {
  const onTimeout = ({ reply }: Call["session"]) => reply.nilArray();
  if (call.mayBlock) waitForKeys(call, { ...keys, type: ZSET_TYPE, untilMs, onTimeout });
  else call.reply.nilArray();
}
