import { Catalog } from "../access/catalog.ts";
import type { DeclaredCommand } from "../access/categories.ts";
import { Users } from "../access/users.ts";
import type { Config } from "../config/config.ts";
import type { CommandDeclaration } from "./command-declaration.ts";
import { aclCategories } from "./command-facts.ts";

/**
 * The users that a configuration begins with: `requirepass`, then the lines `user`. Later values of
 * `requirepass` are the default user's.
 *
 * Precondition: the lines can be applied.
 */
export function createUsers(config: Config, commands: readonly CommandDeclaration[]): Users {
  const users = newUsers(config, commands);
  config.follow("requirepass", (password) => users.setDefaultPassword(password ?? ""));
  for (const [name, rules] of config.users) users.define(name, rules);
  return users;
}

/** Users as a new server has them. */
export function newUsers(config: Config, commands: readonly CommandDeclaration[]): Users {
  return new Users(new Catalog(commands.map(declared)), {
    allowsNewChannels: () => config.get("acl-pubsub-default") === "allchannels",
  });
}

function declared(command: CommandDeclaration): DeclaredCommand {
  const { name, subcommands = [] } = command;
  return { name, categories: aclCategories(command), subcommands: subcommands.map(declared) };
}
