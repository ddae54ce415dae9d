import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { timeoutArgumentMs } from "../connection/client-wait.ts";
import { integerArgument } from "../shared/numbers.ts";

/** WAIT numreplicas timeout: blocks until as many replicas have the session's writes. */
export const WAIT: Command = {
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
};

function wait(call: Call): void {
  const { instance, session, reply } = call;
  const wanted = integerArgument(call, 1);
  if (wanted === null) return;
  const untilMs = timeoutArgumentMs(call, 2);
  if (untilMs === null) return;
  const { feed } = instance;
  const offset = session.streamOffset;
  const acknowledged = feed.acknowledgedBy(offset);
  if (wanted <= acknowledged || !call.mayBlock) {
    reply.integer(acknowledged);
    return;
  }
  instance.clients.block(session, {
    reason: "wait",
    untilMs: untilMs === 0 ? Number.POSITIVE_INFINITY : untilMs,
    onTimeout: ({ reply: late }) => late.integer(feed.acknowledgedBy(offset)),
    postponed: null,
    awaited: { replicas: Number(wanted), offset },
  });
  feed.requestAcknowledgement();
}
