import type { Call } from "../../session/call.ts";
import { describeClient } from "../../session/client-line.ts";
import type { Command } from "../../session/command.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { Session } from "../../session/session.ts";
import { flag } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { ADMIN_FLAGS, COMMON, FLAGS } from "./client-facts.ts";

const LIST_ARGUMENTS: readonly Argument[] = [
  {
    name: "normal_master_replica_pubsub",
    type: "oneof",
    token: "TYPE",
    since: "5.0.0",
    flags: ["optional"],
    arguments: [flag("normal"), flag("master"), flag("replica"), flag("pubsub")],
  },
  {
    name: "id",
    type: "block",
    token: "ID",
    since: "6.2.0",
    flags: ["optional"],
    arguments: [{ name: "client-id", type: "integer", flags: ["multiple"] }],
  },
];

/** The kinds of clients that CLIENT LIST and CLIENT KILL tell apart. */
export type ClientType = "normal" | "replica" | "pubsub" | "master";

const CLIENT_TYPES = new Map<string, ClientType>([
  ["normal", "normal"],
  ["slave", "replica"],
  ["replica", "replica"],
  ["pubsub", "pubsub"],
  ["master", "master"],
]);

/** The kind of client that argument `i` names; null, with the error replied, when none. */
export function clientTypeArgument(call: Call, i: number): ClientType | null {
  const word = call.request.cText(i);
  const type = CLIENT_TYPES.get(word.toLowerCase());
  if (type !== undefined) return type;
  call.reply.error(`ERR Unknown client type '${word}'`);
  return null;
}

/** What kind of client a session is. */
export function clientType(session: Session): ClientType {
  if (session.replica?.attached) return "replica";
  return session.subscriptions === null ? "normal" : "pubsub";
}

/** CLIENT INFO: the line of this connection. */
export const CLIENT_INFO: Command = {
  ...COMMON,
  name: "info",
  arity: 2,
  flags: FLAGS,
  tips: ["nondeterministic_output"],
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Shows the state of this connection",
  handler: clientInfo,
};

function clientInfo(call: Call): void {
  call.reply.verbatim("txt", `${clientLine(call, call.session)}\n`);
}

/** CLIENT LIST [TYPE type | ID id ...]: a line per client. */
export const CLIENT_LIST: Command = {
  ...COMMON,
  name: "list",
  arity: -2,
  flags: ADMIN_FLAGS,
  tips: ["nondeterministic_output"],
  since: "2.4.0",
  complexity: "O(N) in the number of clients",
  summary: "Shows the state of every connection",
  history: [
    ["2.8.12", "The field `id`."],
    ["5.0.0", "The TYPE filter."],
    ["6.0.0", "The field `user`."],
    ["6.2.0", "The fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and the ID filter."],
    ["7.0.0", "The fields `resp`, `multi-mem`, `rbs` and `rbp`."],
    ["7.0.3", "The field `ssub`."],
  ],
  arguments: LIST_ARGUMENTS,
  handler: clientList,
};

function clientList(call: Call): void {
  const { instance, request, reply } = call;
  let chosen: readonly Session[] = [...instance.clients.sessions.values()];
  if (request.argc === 4 && request.is(2, "type")) {
    const type = clientTypeArgument(call, 3);
    if (type === null) return;
    chosen = chosen.filter((session) => clientType(session) === type);
  } else if (request.argc > 3 && request.is(2, "id")) {
    const named = sessionsById(call);
    if (named === null) return;
    chosen = named;
  } else if (request.argc !== 2) {
    reply.error(ERR.syntax);
    return;
  }
  reply.verbatim("txt", chosen.map((session) => `${clientLine(call, session)}\n`).join(""));
}

/** The sessions whose ids stand in the arguments from 3 on; null, with the error replied, when one is no integer. */
function sessionsById(call: Call): readonly Session[] | null {
  const { instance, request } = call;
  const found: Session[] = [];
  for (let i = 3; i < request.argc; i++) {
    const id = integerArgument(call, i, "ERR Invalid client ID");
    if (id === null) return null;
    const session = instance.clients.sessions.get(Number(id));
    if (session !== undefined) found.push(session);
  }
  return found;
}

/** One client's line, as the caller sees it. */
function clientLine(call: Call, session: Session): string {
  return describeClient(session, call.nowMs, argumentMemory(call, session));
}

/** Bytes of the arguments of the request that runs or arrives. */
function argumentMemory({ session: caller, request }: Call, session: Session): number {
  if (session !== caller) return session.input.partialArgumentBytes;
  let total = 0;
  for (let i = 0; i < request.argc; i++) total += request.lengths[i]!;
  return total;
}
