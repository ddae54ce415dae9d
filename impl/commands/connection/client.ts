import type { Command } from "../../session/command.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { COMMON } from "./client-facts.ts";
import { CLIENT_KILL } from "./client-kill.ts";
import { CLIENT_INFO, CLIENT_LIST } from "./client-list.ts";
import {
  CLIENT_GETNAME,
  CLIENT_ID,
  CLIENT_NO_EVICT,
  CLIENT_NO_TOUCH,
  CLIENT_REPLY,
  CLIENT_SETINFO,
  CLIENT_SETNAME,
} from "./client-self.ts";
import {
  CLIENT_CACHING,
  CLIENT_GETREDIR,
  CLIENT_TRACKING,
  CLIENT_TRACKINGINFO,
} from "./client-tracking.ts";
import { CLIENT_PAUSE, CLIENT_UNBLOCK, CLIENT_UNPAUSE } from "./client-wait.ts";

const HELP: readonly HelpEntry[] = [
  ["CACHING (YES|NO)", "With OPTIN or OPTOUT: whether to track what the next command reads."],
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
  [
    "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
    "     [OPTIN] [OPTOUT] [NOLOOP]",
    "Be told when keys change that this connection may have in a cache.",
  ],
  ["TRACKINGINFO", "Show what this connection is told."],
  ["NO-EVICT (ON|OFF)", "Spare this connection when client memory is reclaimed."],
  ["NO-TOUCH (ON|OFF)", "Let commands of this connection leave no trace in access times."],
];

/** CLIENT and its subcommands. */
export const CLIENT: Command = {
  name: "client",
  arity: -2,
  flags: [],
  acl: [],
  group: "connection",
  consultsNoData: true,
  since: "2.4.0",
  complexity: "That of the subcommand",
  summary: "Shows and controls connections",
  subcommands: [
    CLIENT_CACHING,
    CLIENT_GETNAME,
    CLIENT_GETREDIR,
    helpSubcommand(HELP, { ...COMMON, since: "5.0.0" }),
    CLIENT_ID,
    CLIENT_INFO,
    CLIENT_KILL,
    CLIENT_LIST,
    CLIENT_NO_EVICT,
    CLIENT_NO_TOUCH,
    CLIENT_PAUSE,
    CLIENT_REPLY,
    CLIENT_SETINFO,
    CLIENT_SETNAME,
    CLIENT_TRACKING,
    CLIENT_TRACKINGINFO,
    CLIENT_UNBLOCK,
    CLIENT_UNPAUSE,
  ],
};
