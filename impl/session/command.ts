import type { Call } from "./call.ts";
import type { CommandDeclaration } from "./command-declaration.ts";

/** Runs the command: reads `call.request`, writes exactly one reply to `call.reply`. */
export type Handler = (call: Call) => void;

/** A command with its handler: what a family of commands exports. */
export interface Command extends CommandDeclaration {
  readonly subcommands?: readonly Command[];
  /** Absent only in containers. */
  readonly handler?: Handler;
}
