/** What is declared of a command. */
import type { Meaning } from "./call.ts";
import type { CommandError } from "./errors.ts";
import type { Bytes } from "./reply.ts";

/** A command or a subcommand. */
export interface Command {
  /** How many arguments, the names included; negative: at least that many. */
  readonly arity: number;
  readonly meaning: Meaning;
  /** Where the keys are, by position; a negative `last` counts from the end. */
  readonly keys?: { readonly first: number; readonly last: number; readonly step: number };
  /** Allowed before authentication. */
  readonly isOpen?: true;
  /** Runs at once inside a transaction instead of waiting for EXEC. */
  readonly isImmediate?: true;
  /** Needs the configuration's permission. */
  readonly isGuarded?: true;
  readonly subcommands?: Readonly<Record<string, Command>>;
}

/** A command found, with its own name: in lower case, its subcommand after a bar. */
export interface FoundCommand {
  readonly _tag: "Found";
  readonly name: string;
  readonly command: Command;
}

/** A command found by name, or why there is none. */
export type Found = FoundCommand | { readonly _tag: "Missing"; readonly error: CommandError };

/** How a command is found: by its name and, where it has subcommands, the next argument. */
export type Find = (args: ReadonlyArray<Bytes>) => Found;

/** Whether a command takes that many arguments, its name included. */
export const arityFits = ({ arity }: Command, count: number): boolean =>
  arity < 0 ? count >= -arity : count === arity;
