import type { Statement } from "../config/conf-file.ts";
import type { Config } from "../config/config.ts";
import type { Command } from "../session/command.ts";

/** The user that everybody is without access control lists, as CONFIG REWRITE of Redis says it. */
const DEFAULT_USER = ["default", "on", "nopass", "~*", "&*", "+@all"];

/** What Redis may say of it besides, without changing what it may do. */
const HARMLESS = new Set(["sanitize-payload", "skip-sanitize-payload"]);

/**
 * The lines of a configuration file that set no value: renamed commands, users, modules.
 *
 * What the server cannot do is refused: to ignore a user's restrictions would open the server.
 */
export class StartupStatements {
  readonly #config: Config;
  /** The commands by their present names, lower case, with their original ones. */
  readonly #names: Map<string, string>;

  constructor(config: Config, commands: readonly Command[]) {
    this.#config = config;
    this.#names = new Map(commands.map(({ name }) => [name, name]));
  }

  /** Applies a statement; returns why it cannot be applied, or null. Bound, to be passed on. */
  readonly apply = ({ name, args }: Statement): string | null => {
    if (name === "rename-command") return this.#rename(args[0]!.toLowerCase(), args[1]!);
    if (name === "user") return refuseUser(args);
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
}

function refuseUser(args: readonly string[]): string | null {
  const rules = args.filter((rule) => !HARMLESS.has(rule));
  if (rules.join(" ") === DEFAULT_USER.join(" ")) return null;
  return `Access control lists are not supported but for 'user ${DEFAULT_USER.join(" ")}'`;
}
