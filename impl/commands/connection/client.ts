import type { Call } from "../../session/call.ts";
import type { Argument, Command } from "../../session/command.ts";
import { ERR } from "../../session/errors.ts";
import { mute, muteNext, unmute } from "../../session/reply-mode.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { clientKill } from "./client-kill.ts";
import { clientInfo, clientList } from "./client-list.ts";
import { isListable, setClientName } from "./client-name.ts";
import { clientPause, clientUnblock, clientUnpause } from "./client-wait.ts";

function clientId(call: Call): void {
  call.reply.integer(call.session.id);
}

function clientGetName(call: Call): void {
  const { session, reply } = call;
  if (session.name === "") reply.nil();
  else reply.bulkText(session.name);
}

function clientSetName(call: Call): void {
  if (setClientName(call, 2)) call.reply.ok();
}

/** CLIENT SETINFO: what client libraries say of themselves. */
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
function clientReply(call: Call): void {
  const { session, request, reply } = call;
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

function clientNoEvict(call: Call): void {
  const value = switchArgument(call, 2);
  if (value === null) return;
  call.session.noEvict = value;
  call.reply.ok();
}

function clientNoTouch(call: Call): void {
  const value = switchArgument(call, 2);
  if (value === null) return;
  call.session.noTouch = value;
  call.reply.ok();
}

/** CLIENT GETREDIR: -1, since nothing is tracked. */
function clientGetRedirection(call: Call): void {
  call.reply.integer(-1);
}

const HELP: readonly HelpEntry[] = [
  ["GETREDIR", "Show which client gets the invalidation messages of this connection."],
  ["GETNAME", "Show the name of this connection."],
  ["ID", "Show the ID of this connection."],
  ["INFO", "Show the line that CLIENT LIST has for this connection."],
  ["KILL <ip:port>", "Disconnect the client at <ip:port>."],
  [
    "KILL <option> <value> [<option> <value> [...]]",
    "Disconnect the clients for which every option holds:",
    "* ADDR (<ip:port>|<unixsocket>:0)",
    "  The address of the client.",
    "* LADDR (<ip:port>|<unixsocket>:0)",
    "  The address that the client has connected to.",
    "* ID <client-id>",
    "  The ID of the client.",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "  The kind of client.",
    "* USER <username>",
    "  The user that the client has authenticated as.",
    "* SKIPME (YES|NO)",
    "  Whether to spare this connection (default: yes).",
  ],
  [
    "LIST [options ...]",
    "Show a line for each client:",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "  Only for clients of this kind.",
    "* ID <client-id> [<client-id> ...]",
    "  Only for these clients.",
  ],
  ["UNPAUSE", "End CLIENT PAUSE: what waits goes on."],
  ["PAUSE <timeout> [WRITE|ALL]", "Hold back every command, or only writes, for <timeout> ms."],
  ["REPLY (ON|OFF|SKIP)", "Turn replies to this connection on or off, or skip the next one."],
  ["SETNAME <name>", "Name this connection <name>."],
  ["SETINFO <option> <value>", "Record the client library. Options are LIB-NAME and LIB-VER."],
  ["UNBLOCK <clientid> [TIMEOUT|ERROR]", "End the blocking command of another client."],
  ["NO-EVICT (ON|OFF)", "Spare this connection when client memory is reclaimed."],
  ["NO-TOUCH (ON|OFF)", "Let commands of this connection leave no trace in access times."],
];

const FLAGS = ["noscript", "loading", "stale"] as const;
const ADMIN_FLAGS = ["admin", "noscript", "loading", "stale"] as const;

/** A `pure-token` argument named after its token. */
function token(word: string, since?: string): Argument {
  const name = word.toLowerCase();
  return since === undefined
    ? { name, type: "pure-token", token: word }
    : { name, type: "pure-token", token: word, since };
}

const ON_OFF: Argument = {
  name: "enabled",
  type: "oneof",
  arguments: [token("ON"), token("OFF")],
};

const LIST_ARGUMENTS: readonly Argument[] = [
  {
    name: "normal_master_replica_pubsub",
    type: "oneof",
    token: "TYPE",
    since: "5.0.0",
    flags: ["optional"],
    arguments: [token("NORMAL"), token("MASTER"), token("REPLICA"), token("PUBSUB")],
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
              token("NORMAL"),
              token("MASTER", "3.2.0"),
              token("SLAVE"),
              token("REPLICA", "5.0.0"),
              token("PUBSUB"),
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

/** The facts that every subcommand of CLIENT shares. */
const COMMON = { acl: ["connection"], group: "connection" } as const;

const SUBCOMMANDS: readonly Command[] = [
  {
    ...COMMON,
    name: "getname",
    arity: 2,
    flags: FLAGS,
    since: "2.6.9",
    complexity: "O(1)",
    summary: "Shows the name of this connection",
    handler: clientGetName,
  },
  {
    ...COMMON,
    name: "getredir",
    arity: 2,
    flags: FLAGS,
    since: "6.0.0",
    complexity: "O(1)",
    summary: "Shows which client gets this connection's invalidation messages",
    handler: clientGetRedirection,
  },
  helpSubcommand(HELP, { ...COMMON, since: "5.0.0" }),
  {
    ...COMMON,
    name: "id",
    arity: 2,
    flags: FLAGS,
    since: "5.0.0",
    complexity: "O(1)",
    summary: "Shows the ID of this connection",
    handler: clientId,
  },
  {
    ...COMMON,
    name: "info",
    arity: 2,
    flags: FLAGS,
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Shows the state of this connection",
    handler: clientInfo,
  },
  {
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
  },
  {
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
  },
  {
    ...COMMON,
    name: "no-evict",
    arity: 3,
    flags: ADMIN_FLAGS,
    since: "7.0.0",
    complexity: "O(1)",
    summary: "Spares this connection when client memory is reclaimed",
    arguments: [ON_OFF],
    handler: clientNoEvict,
  },
  {
    ...COMMON,
    name: "no-touch",
    arity: 3,
    flags: FLAGS,
    since: "7.2.0",
    complexity: "O(1)",
    summary: "Lets commands of this connection leave access times alone",
    arguments: [ON_OFF],
    handler: clientNoTouch,
  },
  {
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
        arguments: [token("WRITE"), token("ALL")],
      },
    ],
    handler: clientPause,
  },
  {
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
        arguments: [token("ON"), token("OFF"), token("SKIP")],
      },
    ],
    handler: clientReply,
  },
  {
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
  },
  {
    ...COMMON,
    name: "setname",
    arity: 3,
    flags: FLAGS,
    since: "2.6.9",
    complexity: "O(1)",
    summary: "Names this connection",
    arguments: [{ name: "connection-name", type: "string" }],
    handler: clientSetName,
  },
  {
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
        arguments: [token("TIMEOUT"), token("ERROR")],
      },
    ],
    handler: clientUnblock,
  },
  {
    ...COMMON,
    name: "unpause",
    arity: 2,
    flags: ADMIN_FLAGS,
    since: "6.2.0",
    complexity: "O(N) in the number of clients that wait",
    summary: "Lets clients go on after CLIENT PAUSE",
    handler: clientUnpause,
  },
];

/** CLIENT and its subcommands. */
export const client: readonly Command[] = [
  {
    name: "client",
    arity: -2,
    flags: [],
    acl: [],
    group: "connection",
    since: "2.4.0",
    complexity: "That of the subcommand",
    summary: "Shows and controls connections",
    subcommands: SUBCOMMANDS,
  },
];
