/** ACL's subcommands about the file of users. */
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { loadUsersFile } from "../../session/users-file.ts";
import { closeDeaf, closeSessionsOf } from "../../session/users-sessions.ts";
import { ADMIN_FLAGS, COMMON } from "./facts.ts";

const NO_FILE =
  "ERR This Redis instance is not configured to use an ACL file. You may want to specify users " +
  "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis " +
  "configuration file set) in order to store users in the Redis configuration.";

/** ACL LOAD: the users are those of the file, or as they were when anything is wrong with it. */
export const ACL_LOAD: Command = {
  ...COMMON,
  name: "load",
  arity: 2,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of users and clients",
  summary: "Takes the users from the file of users, and closes the connections of those before",
  handler: load,
};

function load(call: Call): void {
  const { instance, reply } = call;
  if (instance.config.get("aclfile") === "") {
    reply.error(NO_FILE);
    return;
  }
  const loaded = loadUsersFile(instance, (user, next) => closeDeaf(call, user, next));
  if ("errors" in loaded) {
    reply.error(`ERR ${loaded.errors}`);
    return;
  }
  for (const user of loaded.gone) closeSessionsOf(call, user);
  reply.ok();
}

/** ACL SAVE: the file says what the users are. */
export const ACL_SAVE: Command = {
  ...COMMON,
  name: "save",
  arity: 2,
  flags: ADMIN_FLAGS,
  complexity: "O(N) in the number of users",
  summary: "Writes the users into the file of users",
  handler: save,
};

function save({ instance, reply }: Call): void {
  const path = instance.config.get("aclfile");
  if (path === "") {
    reply.error(NO_FILE);
    return;
  }
  const text = instance.users.describe().map((line) => `${line}\n`);
  const failure = instance.control.rewriteFile(path, () => text.join(""));
  if (failure === null) {
    reply.ok();
    return;
  }
  instance.control.log(`Writing ACL file for ACL SAVE: ${failure}`);
  reply.error(
    "ERR There was an error trying to save the ACLs. Please check the server logs for more " +
      "information",
  );
}
