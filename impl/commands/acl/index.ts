import type { Command } from "../../session/command.ts";
import { type HelpEntry, helpSubcommand } from "../shared/help.ts";
import { COMMON } from "./facts.ts";
import { ACL_LOAD, ACL_SAVE } from "./files.ts";
import { ACL_LOG } from "./log.ts";
import { ACL_CAT, ACL_DRYRUN, ACL_GENPASS } from "./rules.ts";
import { ACL_DELUSER, ACL_GETUSER, ACL_LIST, ACL_SETUSER, ACL_USERS, ACL_WHOAMI } from "./users.ts";

const HELP: readonly HelpEntry[] = [
  ["CAT [<category>]", "List the categories, or the commands of one of them."],
  ["DELUSER <username> [<username> ...]", "Remove users and close their connections."],
  ["DRYRUN <username> <command> [<arg> ...]", "Tell whether a user may run a command."],
  ["GETUSER <username>", "Show the rules of a user."],
  ["GENPASS [<bits>]", "Make a password by chance, of 256 bits unless told otherwise."],
  ["LIST", "Show all users as lines of a file of users."],
  ["LOAD", "Take the users from the file of users."],
  ["LOG [<count> | RESET]", "Show what was refused lately, or forget it."],
  ["SAVE", "Write the users into the file of users."],
  ["SETUSER <username> <attribute> [<attribute> ...]", "Make a user or change its rules."],
  ["USERS", "List the names of all users."],
  ["WHOAMI", "Show the name of the connection's user."],
];

/** ACL and its subcommands: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
const ACL: Command = {
  ...COMMON,
  name: "acl",
  arity: -2,
  flags: [],
  complexity: "That of the subcommand",
  summary: "Looks after users and their rules",
  subcommands: [
    ...[ACL_CAT, ACL_DELUSER, ACL_DRYRUN, ACL_GENPASS, ACL_GETUSER],
    helpSubcommand(HELP, { acl: [], group: "server", since: "6.0.0" }),
    ...[ACL_LIST, ACL_LOAD, ACL_LOG, ACL_SAVE, ACL_SETUSER, ACL_USERS, ACL_WHOAMI],
  ],
};

/** Users and their rules. */
export const acl: readonly Command[] = [ACL];
