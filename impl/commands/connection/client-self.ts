import { assert, CHECKED } from "../../assert.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { mute, muteNext, unmute } from "../../session/reply-mode.ts";
import { flag } from "../shared/arguments.ts";
import { ADMIN_FLAGS, COMMON, FLAGS } from "./client-facts.ts";
import { isListable, setClientName } from "./client-name.ts";

const ON_OFF: Argument = {
  name: "enabled",
  type: "oneof",
  arguments: [flag("on"), flag("off")],
};

/** CLIENT ID: the number that no other connection has or had. */
export const CLIENT_ID: Command = {
  ...COMMON,
  name: "id",
  arity: 2,
  flags: FLAGS,
  since: "5.0.0",
  complexity: "O(1)",
  summary: "Shows the ID of this connection",
  handler: clientId,
};

function clientId(call: Call): void {
  call.reply.integer(call.session.id);
}

/** CLIENT GETNAME: the name, nil when there is none. */
export const CLIENT_GETNAME: Command = {
  ...COMMON,
  name: "getname",
  arity: 2,
  flags: FLAGS,
  since: "2.6.9",
  complexity: "O(1)",
  summary: "Shows the name of this connection",
  handler: clientGetName,
};

function clientGetName(call: Call): void {
  const { session, reply } = call;
  if (session.name === "") reply.nil();
  else reply.bulkText(session.name);
}

/** CLIENT SETNAME: a name for CLIENT LIST. */
export const CLIENT_SETNAME: Command = {
  ...COMMON,
  name: "setname",
  arity: 3,
  flags: FLAGS,
  since: "2.6.9",
  complexity: "O(1)",
  summary: "Names this connection",
  arguments: [{ name: "connection-name", type: "string" }],
  handler: clientSetName,
};

function clientSetName(call: Call): void {
  if (setClientName(call, 2)) call.reply.ok();
}

/** CLIENT SETINFO: what client libraries say of themselves. */
export const CLIENT_SETINFO: Command = {
  ...COMMON,
  name: "setinfo",
  arity: 4,
  flags: FLAGS,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  since: "7.2.0",
  complexity: "O(1)",
  summary: "Records the name or version of the client library",
  arguments: [
    {
      name: "attr",
      type: "oneof",
      arguments: [
        { name: "libname", type: "string", token: "LIB-NAME" },
        { name: "libver", type: "string", token: "LIB-VER" },
      ],
    },
  ],
  handler: clientSetInfo,
};

function clientSetInfo(call: Call): void {
  const { session, request, reply } = call;
  const isName = request.is(2, "lib-name");
  if (!isName && !request.is(2, "lib-ver")) {
    reply.error(`ERR Unrecognized option '${request.cText(2)}'`);
    return;
  }
  const value = request.text(3);
  if (!isListable(value)) {
    const option = request.text(2);
    reply.error(`ERR ${option} cannot contain spaces, newlines or special characters.`);
    return;
  }
  if (isName) session.libraryName = value;
  else session.libraryVersion = value;
  reply.ok();
}

/** CLIENT REPLY: ON answers; OFF and SKIP do not. */
export const CLIENT_REPLY: Command = {
  ...COMMON,
  name: "reply",
  arity: 3,
  flags: FLAGS,
  since: "3.2.0",
  complexity: "O(1)",
  summary: "Turns replies to this connection on or off",
  arguments: [
    {
      name: "on_off_skip",
      type: "oneof",
      arguments: [flag("on"), flag("off"), flag("skip")],
    },
  ],
  queueingError: (request, isSilent) =>
    (isSilent ? request.is(2, "on") : request.is(2, "off")) || request.is(2, "skip")
      ? REPLY_IN_MULTI
      : null,
  handler: clientReply,
};

/** Redis queues it, and EXEC's array then has fewer elements than its header says, or no header. */
const REPLY_IN_MULTI = "ERR CLIENT REPLY inside MULTI must not change which replies are sent";

function clientReply(call: Call): void {
  const { session, request, reply } = call;
  if (CHECKED) assert(call.origin !== "exec" || !request.is(2, "skip"), "EXEC's reply is whole");
  if (request.is(2, "on")) {
    unmute(session);
    reply.ok();
  } else if (request.is(2, "off")) {
    mute(session);
  } else if (request.is(2, "skip")) {
    muteNext(session);
  } else {
    reply.error(ERR.syntax);
  }
}

/** ON is true, OFF false; null, with the error replied, for anything else. */
function switchArgument(call: Call, i: number): boolean | null {
  if (call.request.is(i, "on")) return true;
  if (call.request.is(i, "off")) return false;
  call.reply.error(ERR.syntax);
  return null;
}

/** CLIENT NO-EVICT: spares the connection when client memory is reclaimed. */
export const CLIENT_NO_EVICT: Command = {
  ...COMMON,
  name: "no-evict",
  arity: 3,
  flags: ADMIN_FLAGS,
  since: "7.0.0",
  complexity: "O(1)",
  summary: "Spares this connection when client memory is reclaimed",
  arguments: [ON_OFF],
  handler: clientNoEvict,
};

function clientNoEvict(call: Call): void {
  const value = switchArgument(call, 2);
  if (value === null) return;
  call.session.noEvict = value;
  call.reply.ok();
}

/** CLIENT NO-TOUCH: commands leave access times alone. */
export const CLIENT_NO_TOUCH: Command = {
  ...COMMON,
  name: "no-touch",
  arity: 3,
  flags: FLAGS,
  since: "7.2.0",
  complexity: "O(1)",
  summary: "Lets commands of this connection leave access times alone",
  arguments: [ON_OFF],
  handler: clientNoTouch,
};

function clientNoTouch(call: Call): void {
  const value = switchArgument(call, 2);
  if (value === null) return;
  call.session.noTouch = value;
  call.reply.ok();
}
