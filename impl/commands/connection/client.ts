import type { Command } from "../../session/command.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { COMMON } from "./client-facts.ts";
import { CLIENT_KILL } from "./client-kill.ts";
import { CLIENT_INFO, CLIENT_LIST } from "./client-list.ts";
import {
  CLIENT_GETNAME,
  CLIENT_GETREDIR,
  CLIENT_ID,
  CLIENT_NO_EVICT,
  CLIENT_NO_TOUCH,
  CLIENT_REPLY,
  CLIENT_SETINFO,
  CLIENT_SETNAME,
} from "./client-self.ts";
import { CLIENT_PAUSE, CLIENT_UNBLOCK, CLIENT_UNPAUSE } from "./client-wait.ts";

const HELP: readonly HelpEntry[] = [
  [
    "CACHING (YES|NO)",
    "Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
  ],
  ["GETREDIR", "Return the client ID we are redirecting to when tracking is enabled."],
  ["GETNAME", "Return the name of the current connection."],
  ["ID", "Return the ID of the current connection."],
  ["INFO", "Return information about the current client connection."],
  ["KILL <ip:port>", "Kill connection made from <ip:port>."],
  [
    "KILL <option> <value> [<option> <value> [...]]",
    "Kill connections. Options are:",
    "* ADDR (<ip:port>|<unixsocket>:0)",
    "  Kill connections made from the specified address",
    "* LADDR (<ip:port>|<unixsocket>:0)",
    "  Kill connections made to specified local address",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "  Kill connections by type.",
    "* USER <username>",
    "  Kill connections authenticated by <username>.",
    "* SKIPME (YES|NO)",
    "  Skip killing current connection (default: yes).",
  ],
  [
    "LIST [options ...]",
    "Return information about client connections. Options:",
    "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "  Return clients of specified type.",
  ],
  ["UNPAUSE", "Stop the current client pause, resuming traffic."],
  [
    "PAUSE <timeout> [WRITE|ALL]",
    "Suspend all, or just write, clients for <timeout> milliseconds.",
  ],
  ["REPLY (ON|OFF|SKIP)", "Control the replies sent to the current connection."],
  ["SETNAME <name>", "Assign the name <name> to the current connection."],
  ["UNBLOCK <clientid> [TIMEOUT|ERROR]", "Unblock the specified blocked client."],
  [
    "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
    "     [OPTIN] [OPTOUT] [NOLOOP]",
    "Control server assisted client side caching.",
  ],
  ["TRACKINGINFO", "Report tracking status for the current connection."],
  ["NO-EVICT (ON|OFF)", "Protect current client connection from eviction."],
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
    CLIENT_UNBLOCK,
    CLIENT_UNPAUSE,
  ],
};
