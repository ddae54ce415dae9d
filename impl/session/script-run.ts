/** What is known of a script or function that is to run, or that runs. */
import type { ReplyWriter } from "../resp/reply.ts";
import type { Request } from "../resp/request.ts";
import type { Compiled, ScriptEngine } from "../scripting/engine.ts";
import type { ScriptKind } from "./script-watch.ts";
import type { Session } from "./session.ts";

/** A script or function that is to run for a command. */
export interface ScriptStart {
  readonly kind: ScriptKind;
  /** Where `chunk` is compiled. */
  readonly engine: ScriptEngine;
  readonly chunk: Compiled;
  /** Of a function: a reference to its globals. */
  readonly globals?: number;
  /** The script's SHA-1 or the function's name, for errors and for the log. */
  readonly name: string;
  /** `FLAG` of the script. */
  readonly flags: number;
  /** It is run by a command that forbids writes. */
  readonly isReadOnly: boolean;
  /** The arguments of the command that are keys: from `firstKey` on, so many. The rest is ARGV. */
  readonly firstKey: number;
  readonly keys: number;
}

/** The command that it runs for: a `Call`. */
export interface ScriptCommand {
  readonly session: Session;
  readonly request: Request;
  readonly reply: ReplyWriter;
  /** Where its reply begins. */
  readonly replyStart: number;
  readonly record: { failedCalls: number };
  /** What goes on with it when it has been left. */
  again: (() => void) | null;
  withoutEffect(): void;
}

/** The script or function that runs. */
export interface RunningScript {
  readonly kind: ScriptKind;
  readonly name: string;
  /** The command that has begun it. */
  readonly request: Request;
  readonly elapsedMs: number;
}
