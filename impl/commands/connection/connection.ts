import { assert, CHECKED } from "../../assert.ts";
import { resetAuthentication } from "../../session/authentication.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { wrongArity } from "../../session/errors.ts";
import { unmute } from "../../session/reply-mode.ts";
import { FLAGS } from "./facts.ts";

/** PING: the proof of life, with or without an echo. */
export const PING: Command = {
  name: "ping",
  arity: -1,
  flags: ["fast"],
  constantTime: true,
  acl: ["connection"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  group: "connection",
  consultsNoData: true,
  tellsHealth: true,
  runsForSubscribers: true,
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Answers PONG, or the argument",
  arguments: [{ name: "message", type: "string", flags: ["optional"] }],
  handler: ping,
};

function ping(call: Call): void {
  const { request, reply, session } = call;
  if (request.argc > 2) reply.error(wrongArity("ping"));
  else if (session.inSubscriberMode) pong(call);
  else if (request.argc === 1) reply.simple("PONG");
  else reply.bulk(request.bytes, request.offsets[1]!, request.lengths[1]!);
}

/** To a RESP2 subscriber the answer has the form of a message. */
function pong({ request, reply }: Call): void {
  reply.array(2);
  reply.bulkText("pong");
  if (request.argc === 1) reply.bulkText("");
  else reply.bulk(request.bytes, request.offsets[1]!, request.lengths[1]!);
}

/** ECHO: the argument. */
export const ECHO: Command = {
  name: "echo",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  constantTime: true,
  acl: ["connection"],
  group: "connection",
  consultsNoData: true,
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sends the argument back",
  arguments: [{ name: "message", type: "string" }],
  handler: echo,
};

function echo(call: Call): void {
  const { request, reply } = call;
  reply.bulk(request.bytes, request.offsets[1]!, request.lengths[1]!);
}

/** QUIT: the connection closes once this reply has left. */
export const QUIT: Command = {
  name: "quit",
  arity: -1,
  flags: FLAGS,
  acl: ["connection"],
  group: "connection",
  consultsNoData: true,
  runsInMulti: true,
  endsTransaction: true,
  runsForSubscribers: true,
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Closes the connection after the replies so far",
  handler: quit,
};

function quit(call: Call): void {
  call.reply.ok();
  call.session.closeAfterReply = true;
}

/** RESET: the connection is what it was when it was opened. */
export const RESET: Command = {
  name: "reset",
  arity: 1,
  flags: FLAGS,
  acl: ["connection"],
  group: "connection",
  consultsNoData: true,
  runsInMulti: true,
  endsTransaction: true,
  runsForSubscribers: true,
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Brings the connection back to its first state",
  handler: reset,
};

function reset(call: Call): void {
  const { instance, session, reply } = call;
  session.endTransaction();
  instance.data.watches.unwatch(session);
  instance.monitors.remove(session);
  instance.tracking.disable(session);
  instance.clients.subscriptions.removeAll(session);
  call.select(0);
  session.name = "";
  // A reply that CLIENT REPLY SKIP has taken away already stays away.
  if (session.replyMode !== "skip") unmute(session);
  session.noTouch = false;
  resetAuthentication(call);
  reply.protocol = 2;
  if (CHECKED) assert(session.queue === null && session.database === 0, "as when it was opened");
  reply.simple("RESET");
}
