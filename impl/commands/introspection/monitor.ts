import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";

/** MONITOR: from now on this connection is shown every command that runs. Saying so again is nothing. */
export const MONITOR: Command = {
  name: "monitor",
  consultsNoData: true,
  arity: 1,
  flags: ["admin", "noscript", "loading", "stale"],
  acl: [],
  group: "server",
  since: "1.0.0",
  summary: "Shows this connection every command that the server executes",
  handler: monitor,
};

function monitor(call: Call): void {
  const { instance, origin, session, reply } = call;
  if (origin === "exec") {
    reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    return;
  }
  if (session.isFollower) return;
  instance.monitors.add(session);
  reply.ok();
}
