import { endBlock, unpause } from "../../session/blocking.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { unknownSubcommandOrArity } from "../../session/errors.ts";
import { flag } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { timeoutEndMs } from "../shared/timeout.ts";
import { ADMIN_FLAGS, COMMON } from "./client-facts.ts";

/**
 * A timeout in milliseconds as blocking commands take it.
 *
 * @returns when the wait ends, in milliseconds since the epoch; 0 for a timeout of 0; null, with
 *   the error replied, when the argument is wrong
 */
export function timeoutArgumentMs(call: Call, i: number): number | null {
  const timeoutMs = integerArgument(call, i, "ERR timeout is not an integer or out of range");
  return timeoutMs === null ? null : timeoutEndMs(call, BigInt(timeoutMs));
}

/** CLIENT PAUSE timeout [WRITE|ALL]: a pause only ever grows, in length and in what it holds. */
export const CLIENT_PAUSE: Command = {
  ...COMMON,
  name: "pause",
  arity: -3,
  flags: ADMIN_FLAGS,
  since: "2.9.50",
  complexity: "O(1)",
  summary: "Holds back the commands of clients for some time",
  history: [["6.2.0", "The mode, with WRITE."]],
  arguments: [
    { name: "timeout", type: "integer" },
    {
      name: "mode",
      type: "oneof",
      since: "6.2.0",
      flags: ["optional"],
      arguments: [flag("write"), flag("all")],
    },
  ],
  handler: clientPause,
};

function clientPause(call: Call): void {
  const { instance, request, reply, nowMs } = call;
  if (request.argc > 4) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  if (request.argc === 4 && !request.is(3, "write") && !request.is(3, "all")) {
    reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    return;
  }
  const untilMs = timeoutArgumentMs(call, 2);
  if (untilMs === null) return;
  const asked = request.argc === 4 && request.is(3, "write") ? "write" : "all";
  const present =
    instance.clients.pause !== null && instance.clients.pause.untilMs > nowMs
      ? instance.clients.pause
      : null;
  const mode = asked === "all" || present?.mode === "all" ? "all" : "write";
  const longer = Math.max(untilMs, present?.untilMs ?? 0);
  if (longer > nowMs) instance.clients.pause = { mode, untilMs: longer };
  reply.ok();
}

/** CLIENT UNPAUSE: what was held back runs again. */
export const CLIENT_UNPAUSE: Command = {
  ...COMMON,
  name: "unpause",
  arity: 2,
  flags: ADMIN_FLAGS,
  since: "6.2.0",
  complexity: "O(N) in the number of clients that wait",
  summary: "Lets clients go on after CLIENT PAUSE",
  handler: clientUnpause,
};

function clientUnpause(call: Call): void {
  unpause(call.instance);
  call.reply.ok();
}

/** CLIENT UNBLOCK id [TIMEOUT|ERROR]: ends another client's blocking command. */
export const CLIENT_UNBLOCK: Command = {
  ...COMMON,
  name: "unblock",
  arity: -3,
  flags: ADMIN_FLAGS,
  since: "5.0.0",
  complexity: "O(log N) in the number of clients",
  summary: "Ends the blocking command of another client",
  arguments: [
    { name: "client-id", type: "integer" },
    {
      name: "timeout_error",
      type: "oneof",
      flags: ["optional"],
      arguments: [flag("timeout"), flag("error")],
    },
  ],
  handler: clientUnblock,
};

function clientUnblock(call: Call): void {
  const { instance, request, reply } = call;
  if (request.argc > 4) {
    reply.error(unknownSubcommandOrArity(request.cText(1), request.cText(0)));
    return;
  }
  if (request.argc === 4 && !request.is(3, "timeout") && !request.is(3, "error")) {
    reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    return;
  }
  const id = integerArgument(call, 2);
  if (id === null) return;
  const target = instance.clients.sessions.get(Number(id));
  const reason = target?.blocked?.reason;
  if (target === undefined || (reason !== "wait" && reason !== "keys")) {
    reply.integer(0);
    return;
  }
  endBlock(instance, target, request.argc === 4 && request.is(3, "error") ? "error" : "timeout");
  reply.integer(1);
}
