import type { Integer64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import type { Session } from "../../session/session.ts";
import { flag, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { ADMIN_FLAGS, COMMON } from "./client-facts.ts";
import { type ClientType, clientType, clientTypeArgument } from "./client-list.ts";

const KILL_ARGUMENTS: readonly Argument[] = [
  {
    name: "filter",
    type: "oneof",
    arguments: [
      { name: "ip:port", type: "string", deprecatedSince: "2.8.12" },
      {
        name: "new-format",
        type: "oneof",
        flags: ["multiple"],
        arguments: [
          {
            name: "client-id",
            type: "integer",
            token: "ID",
            since: "2.8.12",
            flags: ["optional"],
          },
          {
            name: "normal_master_slave_pubsub",
            type: "oneof",
            token: "TYPE",
            since: "2.8.12",
            flags: ["optional"],
            arguments: [
              flag("normal"),
              since("3.2.0", flag("master")),
              flag("slave"),
              since("5.0.0", flag("replica")),
              flag("pubsub"),
            ],
          },
          { name: "username", type: "string", token: "USER", flags: ["optional"] },
          { name: "ip:port", type: "string", token: "ADDR", flags: ["optional"] },
          {
            name: "ip:port",
            type: "string",
            token: "LADDR",
            since: "6.2.0",
            flags: ["optional"],
          },
          { name: "yes/no", type: "string", token: "SKIPME", flags: ["optional"] },
        ],
      },
    ],
  },
];

const BAD_ID = "ERR client-id should be greater than 0";

/** Which clients to disconnect; what is absent does not matter. */
interface KillFilter {
  address?: string;
  localAddress?: string;
  id?: Integer64;
  type?: ClientType;
  user?: string;
  skipMe: boolean;
}

/**
 * CLIENT KILL, in the old form (an address, which may be one's own) or with filters that all
 * must hold.
 */
export const CLIENT_KILL: Command = {
  ...COMMON,
  name: "kill",
  arity: -3,
  flags: ADMIN_FLAGS,
  since: "2.4.0",
  complexity: "O(N) in the number of clients",
  summary: "Disconnects clients",
  history: [
    ["2.8.12", "Filters."],
    ["2.8.12", "The ID filter."],
    ["3.2.0", "The type `master`."],
    ["5.0.0", "The type `replica`, for which `slave` still stands."],
    ["6.2.0", "The LADDR filter."],
  ],
  arguments: KILL_ARGUMENTS,
  handler: clientKill,
};

function clientKill(call: Call): void {
  const { request, reply } = call;
  if (request.argc === 3) {
    const killed = kill(call, { address: request.text(2), skipMe: false });
    if (killed === 0) reply.error("ERR No such client");
    else reply.ok();
    return;
  }
  const filter = parseFilter(call);
  if (filter !== null) reply.integer(kill(call, filter));
}

/** Null when an option is wrong: its error is then the reply. */
function parseFilter(call: Call): KillFilter | null {
  const { request, reply } = call;
  const filter: KillFilter = { skipMe: true };
  for (let i = 2; i < request.argc; i += 2) {
    if (i + 1 === request.argc) {
      reply.error(ERR.syntax);
      return null;
    }
    if (!parseOption(call, filter, i)) return null;
  }
  return filter;
}

function parseOption(call: Call, filter: KillFilter, i: number): boolean {
  const { request, reply } = call;
  if (request.is(i, "id")) {
    const id = integerArgument(call, i + 1, BAD_ID);
    if (id === null) return false;
    if (id < 1) {
      reply.error(BAD_ID);
      return false;
    }
    filter.id = id;
    return true;
  }
  if (request.is(i, "type")) {
    const type = clientTypeArgument(call, i + 1);
    if (type === null) return false;
    filter.type = type;
    return true;
  }
  if (request.is(i, "addr")) {
    filter.address = request.text(i + 1);
    return true;
  }
  if (request.is(i, "laddr")) {
    filter.localAddress = request.text(i + 1);
    return true;
  }
  if (request.is(i, "user")) {
    filter.user = request.text(i + 1);
    if (call.instance.users.byName(filter.user) !== null) return true;
    reply.error(`ERR No such user '${filter.user}'`);
    return false;
  }
  if (request.is(i, "skipme") && (request.is(i + 1, "yes") || request.is(i + 1, "no"))) {
    filter.skipMe = request.is(i + 1, "yes");
    return true;
  }
  reply.error(ERR.syntax);
  return false;
}

/** Disconnects the clients that match; this one only after its reply. Returns how many. */
function kill(call: Call, filter: KillFilter): number {
  const { instance } = call;
  const doomed = [...instance.clients.sessions.values()].filter((session) =>
    matches(call, filter, session),
  );
  for (const session of doomed) instance.clients.close(session, call.session);
  return doomed.length;
}

function matches(call: Call, filter: KillFilter, session: Session): boolean {
  if (filter.skipMe && session === call.session) return false;
  if (filter.address !== undefined && session.facts.address !== filter.address) return false;
  if (filter.localAddress !== undefined && session.facts.localAddress !== filter.localAddress) {
    return false;
  }
  if (filter.type !== undefined && clientType(session) !== filter.type) return false;
  if (filter.id !== undefined && session.id !== filter.id) return false;
  return filter.user === undefined || session.user.name === filter.user;
}
