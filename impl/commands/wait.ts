import type { Call } from "../session/call.ts";
import type { Command } from "../session/command.ts";
import type { Session } from "../session/session.ts";
import { timeoutArgumentMs } from "./client-wait.ts";
import { integerArgument } from "./numbers.ts";

/** No replica can acknowledge anything. */
const ACKNOWLEDGED = 0;

/** WAIT numreplicas timeout: blocks until as many replicas have the session's writes. */
function wait(call: Call): void {
  const { instance, session, reply } = call;
  const wanted = integerArgument(call, 1);
  if (wanted === null) return;
  const untilMs = timeoutArgumentMs(call, 2);
  if (untilMs === null) return;
  if (wanted <= ACKNOWLEDGED || session.inExec) {
    reply.integer(ACKNOWLEDGED);
    return;
  }
  instance.block(session, {
    reason: "wait",
    untilMs: untilMs === 0 ? Number.POSITIVE_INFINITY : untilMs,
    onTimeout: replyAcknowledged,
    postponed: null,
  });
}

function replyAcknowledged(session: Session): void {
  session.reply.integer(ACKNOWLEDGED);
}

/** Waiting for replicas. */
export const waiting: readonly Command[] = [
  {
    name: "wait",
    arity: 3,
    flags: ["noscript"],
    acl: ["connection"],
    tips: ["request_policy:all_shards", "response_policy:agg_min"],
    group: "generic",
    since: "3.0.0",
    complexity: "O(1)",
    summary: "Waits until replicas have acknowledged this connection's writes",
    arguments: [
      { name: "numreplicas", type: "integer" },
      { name: "timeout", type: "integer" },
    ],
    handler: wait,
  },
];
