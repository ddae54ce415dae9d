/** What the users of a server mean. */
import type { Selector } from "../../impl/access/selector.ts";
import { KEY_USE } from "../../impl/access/selector.ts";
import type { User } from "../../impl/access/user.ts";
import type { Instance } from "../../impl/session/instance.ts";
import { TABLE } from "../../model/keyspace/acl/table.ts";
import type { State } from "../../model/keyspace/index.ts";

type ModelUser = State["users"] extends ReadonlyMap<string, infer U> ? U : never;

/** The users by name, with what they may do among the commands of Redis 7.0, which the model knows. */
export function abstractUsers({ users }: Instance): State["users"] {
  const commands = users.catalog.commands.flatMap((command) => [command, ...command.subcommands]);
  const selectorOf = (selector: Selector): ModelUser["root"] => ({
    hasAll: selector.allCommands,
    commands: new Set(
      commands
        .filter(({ id, name }) => selector.allowed.has(id) && TABLE.has(name))
        .map(({ name }) => name),
    ),
    future: selector.allowed.future,
    firstArguments: new Map(
      [...selector.firstArguments].map(([id, words]) => [
        commands.find((command) => command.id === id)!.name,
        words,
      ]),
    ),
    allKeys: selector.allKeys,
    keys: new Map(
      selector.keys.map(({ text, uses }) => [
        text,
        { read: (uses & KEY_USE.read) !== 0, write: (uses & KEY_USE.write) !== 0 },
      ]),
    ),
    allChannels: selector.allChannels,
    channels: new Set(selector.channels.map(({ text }) => text)),
  });
  const userOf = ({ isOn, noPassword, sanitizing, passwords, selectors }: User): ModelUser => {
    const [root, ...others] = selectors.map(selectorOf);
    return { isOn, needsNoPassword: noPassword, sanitizing, passwords, root: root!, others };
  };
  return new Map(users.all.map((user) => [user.name, userOf(user)]));
}

/** What was refused lately. */
export function abstractRefusals({ refusals }: Instance): State["refusals"] {
  return refusals
    .latest(Number.POSITIVE_INFINITY)
    .map(({ client: _, atMs, ...facts }) => ({ ...facts, atMs: BigInt(atMs) }));
}
