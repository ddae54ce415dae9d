/** ACL's subcommands that make, change, remove and show users. */
import type { Selector } from "../../access/selector.ts";
import type { User } from "../../access/user.ts";
import { DEFAULT_USER } from "../../access/users.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { closeDeaf, closeSessionsOf } from "../../session/users-sessions.ts";
import { ADMIN_FLAGS, COMMON, PLAIN_FLAGS } from "./facts.ts";

/** ACL SETUSER: all of the rules or none. It has no name in slow log and MONITOR, nor have its rules. */
export const ACL_SETUSER: Command = {
  ...COMMON,
  name: "setuser",
  arity: -3,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of rules",
  summary: "Makes a user or changes its rules",
  history: [
    ["6.2.0", "Patterns of channels."],
    ["7.0.0", "Selectors, and keys that may be read or written only."],
  ],
  arguments: [
    { name: "username", type: "string" },
    { name: "rule", type: "string", flags: ["optional", "multiple"] },
  ],
  handler: setUser,
};

function setUser(call: Call): void {
  const { instance, request, reply } = call;
  for (let i = 2; i < request.argc; i++) call.redact(i);
  const rules = Array.from({ length: request.argc - 3 }, (_, i) => request.text(i + 3));
  const error = instance.users.set(request.text(2), rules, (user, next) => {
    closeDeaf(call, user, next);
  });
  if (error === null) reply.ok();
  else reply.error(`ERR ${error}`);
}

/** ACL DELUSER: their connections are closed. */
export const ACL_DELUSER: Command = {
  ...COMMON,
  name: "deluser",
  arity: -3,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of clients",
  summary: "Removes users and closes their connections",
  arguments: [{ name: "username", type: "string", flags: ["multiple"] }],
  handler: deleteUsers,
};

function deleteUsers(call: Call): void {
  const { instance, request, reply } = call;
  const names = Array.from({ length: request.argc - 2 }, (_, i) => request.text(i + 2));
  if (names.includes(DEFAULT_USER)) {
    reply.error("ERR The 'default' user cannot be removed");
    return;
  }
  let deleted = 0;
  for (const name of names) {
    const user = instance.users.delete(name);
    if (user === null) continue;
    closeSessionsOf(call, user);
    deleted++;
  }
  reply.integer(deleted);
}

/** ACL GETUSER: one user's rules, part by part. */
export const ACL_GETUSER: Command = {
  ...COMMON,
  name: "getuser",
  arity: 3,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of its passwords and rules",
  summary: "Shows the rules of a user",
  history: [
    ["6.2.0", "Patterns of channels."],
    ["7.0.0", "Selectors; keys and channels as rules instead of lists."],
  ],
  arguments: [{ name: "username", type: "string" }],
  handler: getUser,
};

function getUser(call: Call): void {
  const { instance, request, reply } = call;
  const user = instance.users.byName(request.text(2));
  if (user === null) {
    reply.nil();
    return;
  }
  const { flags, passwords, selectors, root } = user;
  reply.map(6);
  reply.bulkText("flags");
  reply.set(flags.length);
  for (const flag of flags) reply.bulkText(flag);
  reply.bulkText("passwords");
  reply.array(passwords.length);
  for (const hash of passwords) reply.bulkText(hash);
  writeSelector(call, root);
  reply.bulkText("selectors");
  reply.array(selectors.length - 1);
  for (const selector of selectors.slice(1)) {
    reply.map(3);
    writeSelector(call, selector);
  }
}

/** The three fields of a selector. */
function writeSelector({ instance, reply }: Call, selector: Selector): void {
  reply.bulkText("commands");
  reply.bulkText(selector.describeCommands(instance.users.catalog));
  reply.bulkText("keys");
  reply.bulkText(selector.describeKeys());
  reply.bulkText("channels");
  reply.bulkText(selector.describeChannels());
}

/** ACL LIST: the users as lines of a file. */
export const ACL_LIST: Command = {
  ...COMMON,
  name: "list",
  arity: 2,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of users",
  summary: "Shows all users as lines of a file of users",
  handler: (call) => replyTexts(call, call.instance.users.describe()),
};

/** ACL USERS: their names. */
export const ACL_USERS: Command = {
  ...COMMON,
  name: "users",
  arity: 2,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of users",
  summary: "Shows the names of all users",
  handler: (call) => replyTexts(call, namesOf(call.instance.users.all)),
};

function namesOf(users: readonly User[]): readonly string[] {
  return users.map(({ name }) => name);
}

function replyTexts({ reply }: Call, texts: readonly string[]): void {
  reply.array(texts.length);
  for (const text of texts) reply.bulkText(text);
}

/** ACL WHOAMI: the name of the connection's user. */
export const ACL_WHOAMI: Command = {
  ...COMMON,
  name: "whoami",
  arity: 2,
  flags: PLAIN_FLAGS,
  complexity: "O(1)",
  summary: "Shows the name of the connection's user",
  handler: ({ session, reply }) => reply.bulkText(session.user.name),
};
