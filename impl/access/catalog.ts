/**
 * The commands as the rules of users know them: each with a number and its categories.
 *
 * Rules may name every command of Redis 7.0, those that this server lacks as well: a file of users
 * means the same here and there.
 */
import { assert } from "../assert.ts";
import { ABSENT_COMMANDS } from "./absent-commands.ts";
import { categoryBit, type DeclaredCommand } from "./categories.ts";

/** Rules know this many commands; the last number stands for those to come: `Allowed.future`. */
export const MAX_COMMANDS = 1024;

/** A command as rules know it. */
export interface KnownCommand {
  /** `get`, or `config|get` for a subcommand. */
  readonly name: string;
  readonly id: number;
  /** One bit for each of `CATEGORIES`. */
  readonly categories: number;
  readonly isSubcommand: boolean;
  /** None of a command that is no container. */
  readonly subcommands: readonly KnownCommand[];
}

/** Every command that a rule may name. */
export class Catalog {
  /** The commands that are no subcommands. */
  readonly commands: readonly KnownCommand[];
  readonly #byName = new Map<string, KnownCommand>();
  #nextId = 0;

  constructor(declared: readonly DeclaredCommand[]) {
    const present = new Set(declared.map(({ name }) => name));
    const absent = ABSENT_COMMANDS.filter(({ name }) => !present.has(name));
    this.commands = [...declared, ...absent].map((command) => this.#add(command, null));
    assert(this.#nextId < MAX_COMMANDS - 1, "rules can know no more commands");
  }

  #add(
    { name, categories, subcommands }: DeclaredCommand,
    parent: DeclaredCommand | null,
  ): KnownCommand {
    const fullName = parent === null ? name : `${parent.name}|${name}`;
    const id = this.#nextId++;
    const command: KnownCommand = {
      name: fullName,
      id,
      categories: categories.reduce((bits, category) => bits | categoryBit(category), 0),
      isSubcommand: parent !== null,
      subcommands: subcommands.map((sub) => this.#add(sub, { name, categories, subcommands })),
    };
    assert(!this.#byName.has(fullName), `two commands are called ${fullName}`);
    this.#byName.set(fullName, command);
    return command;
  }

  /** A command by its name in any case, `container|subcommand` included, or null. */
  byName(name: string): KnownCommand | null {
    return this.#byName.get(name.toLowerCase()) ?? null;
  }

  /** The names of all commands and subcommands of a category, given as its bit. */
  namesIn(category: number): readonly string[] {
    const all = this.commands.flatMap((command) => [command, ...command.subcommands]);
    return all.filter(({ categories }) => (categories & category) !== 0).map(({ name }) => name);
  }
}
