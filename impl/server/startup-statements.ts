import { mergeRules } from "../access/merged-rules.ts";
import { hashPassword } from "../access/passwords.ts";
import { REFUSED_RULE } from "../access/refused-rule.ts";
import { declarationError, type Users } from "../access/users.ts";
import type { Statement } from "../config/conf-file.ts";
import type { Config } from "../config/config.ts";
import type { Command } from "../session/command.ts";
import { newUsers } from "../session/create-users.ts";

/**
 * The lines of a configuration file that set no value: renamed commands, users, modules.
 *
 * What cannot be applied is refused: to ignore a user's restrictions would open the server.
 */
export class StartupStatements {
  readonly #config: Config;
  /** The commands by their present names, lower case, with their original ones. */
  readonly #names: Map<string, string>;

  /** The users so far: rules are tried on them. */
  readonly #users: Users;

  constructor(config: Config, commands: readonly Command[]) {
    this.#config = config;
    this.#users = newUsers(config, commands);
    this.#names = new Map(commands.map(({ name }) => [name, name]));
  }

  /** Applies a statement; returns why it cannot be applied, or null. Bound, to be passed on. */
  readonly apply = ({ name, args }: Statement): string | null => {
    if (name === "rename-command") return this.#rename(args[0]!.toLowerCase(), args[1]!);
    if (name === "user") return this.#defineUser(args[0]!, args.slice(1));
    return "Modules are not supported";
  };

  #rename(from: string, to: string): string | null {
    const original = this.#names.get(from);
    if (original === undefined) return "No such command in rename-command";
    this.#names.delete(from);
    if (this.#names.has(to.toLowerCase())) return "Target command name already exists";
    if (to !== "") this.#names.set(to.toLowerCase(), original);
    this.#config.renames.set(original, to);
    return null;
  }

  #defineUser(name: string, args: readonly string[]): string | null {
    const { users } = this.#config;
    if (users.has(name)) return declarationError(name, REFUSED_RULE.duplicateUser);
    const merged = mergeRules(args);
    if ("unmatched" in merged) return declarationError(merged.unmatched, REFUSED_RULE.syntax);
    const reason = this.#users.define(name, merged.rules);
    if (reason === null) users.set(name, merged.rules.map(withoutPassword));
    return reason;
  }
}

/** The same rule with a password's hash: the password itself is not kept. */
function withoutPassword(rule: string): string {
  return rule.startsWith(">") ? `#${hashPassword(rule.slice(1))}` : rule;
}
