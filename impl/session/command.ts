import type { Request } from "../resp/request.ts";
import type { Call } from "./call.ts";
import type { CommandDeclaration } from "./command-declaration.ts";
import type { Instance } from "./instance.ts";

/** Runs the command: reads `call.request`, writes exactly one reply to `call.reply`. */
export type Handler = (call: Call) => void;

/** What the script or function says of itself that the request would run: `FLAG`; null without any. */
export type ScriptFlags = (instance: Instance, request: Request) => number | null;

/** A command with its handler: what a family of commands exports. */
export interface Command extends CommandDeclaration {
  readonly subcommands?: readonly Command[];
  /** Absent only in containers. */
  readonly handler?: Handler;
  readonly scriptFlags?: ScriptFlags;
}
