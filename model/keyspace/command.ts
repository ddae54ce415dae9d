/** What a command is: what it takes, what it means, and how it is found. */
import { Result } from "effect";
import type { CommandError } from "./errors.ts";
import type { Room } from "./memory.ts";
import { type Bytes, error, type Protocol, type Reply } from "./reply.ts";
import type { State } from "./state.ts";

/** One command as it reaches its function. */
export interface Call {
  readonly state: State;
  readonly sessionId: number;
  /** The command's own name, in lower case, with its subcommand after a bar. */
  readonly command: string;
  /** The whole command, its name included. There are as many as the command's arity demands. */
  readonly args: ReadonlyArray<Bytes>;
  /** Milliseconds since the Unix epoch; it stands still during the command. */
  readonly nowMs: bigint;
  /** How other commands are found, for those that are about commands or run them. */
  readonly find: Find;
  /** What the server has answered: the step's input where chance decides what changes. */
  readonly answered?: Reply | undefined;
  /** What the server has done to make room for the command, when it is one that a session sends. */
  readonly room?: (state: State) => Room;
  /** It has found no room. A script asks again before its first write. */
  readonly isOut?: true;
  /** Why nothing can be written to the log now; scripts are refused their first write. */
  readonly unwritable?: Bytes | undefined;
  /** The command runs as a part of EXEC and must not block. */
  readonly insideExec?: true;
  /** The command is an effect that is being replayed: it has been judged before. */
  readonly isReplay?: true;
  /** The command has waited, and this key of its has come: it takes from no other one. */
  readonly come?: Bytes;
}

/** Replies to a session that has not sent the command: its wait is over. */
export interface Given {
  readonly sessionId: number;
  /** None when it has asked for silence. */
  readonly replies: ReadonlyArray<Reply>;
}

/** What a session is given that answers none of its requests. */
export interface Message {
  readonly sessionId: number;
  /** The protocol that it spoke then. */
  readonly protocol: Protocol;
  readonly reply: Reply;
}

/** A session is to be told that a key, or null for all of them, may not stay in its cache. */
export interface Due {
  readonly sessionId: number;
  readonly key: Bytes | null;
  /** The session that is told in its place; 0 for itself. */
  readonly redirection: number;
}

/** What a command has done. */
export interface Outcome {
  readonly state: State;
  /** Null when the command answers nothing. */
  readonly reply: Reply | null;
  /** What the session reads instead of `reply`, by a command that minds CLIENT REPLY itself. */
  readonly sent?: ReadonlyArray<Reply>;
  /** What sessions are given beside that, in order; the session itself gets it behind the reply. */
  readonly messages?: ReadonlyArray<Message>;
  /** What the session itself is to be told of its cache, behind the reply and the messages. */
  readonly due?: ReadonlyArray<Due>;
  /** The server closes the connection after the reply. */
  readonly closes?: boolean;
  /** It answers nothing yet, since its session waits for keys from now on. */
  readonly waits?: true;
  /** Waits that the command itself has ended. */
  readonly given?: ReadonlyArray<Given>;
}

/** What a command means. */
export type Meaning = (call: Call) => Result.Result<Outcome, CommandError>;

/** A command or a subcommand. */
export interface Command {
  /** How many arguments, the names included; negative: at least that many. */
  readonly arity: number;
  readonly meaning: Meaning;
  /**
   * Where the keys are, by position; a negative `last` counts from the end. With `count`: behind
   * their number, which stands there, and perhaps one at `first`. With `behind`: also the one behind
   * each of these words, the first time that it stands there or later.
   */
  readonly keys?:
    | {
        readonly first: number;
        readonly last: number;
        readonly step: number;
        readonly behind?: { readonly words: ReadonlyArray<Bytes>; readonly from: number };
      }
    | { readonly count: number; readonly first?: number };
  /** Allowed before authentication. */
  readonly isOpen?: true;
  /** Runs at once inside a transaction instead of waiting for EXEC. */
  readonly isImmediate?: true;
  /** Why a transaction must not hold it, of a command that it may hold otherwise. */
  readonly unqueueable?: (call: Call) => CommandError | undefined;
  /** It may take more memory: where there is no room it is refused. Of functions their flags say it. */
  readonly takesMemory?: true | ((call: Call) => boolean);
  /** Runs in RESP2's subscriber mode. */
  readonly isForSubscribers?: true;
  /** Needs the configuration's permission. */
  readonly isGuarded?: true;
  readonly subcommands?: Family;
}

/** Commands by name. */
export type Family = Readonly<Record<string, Command>>;

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

/** Runs a command whose name and arity have been checked. An error changes nothing. */
export const runCommand = (call: Call, meaning: Meaning): Outcome => {
  const result = meaning(call);
  if (Result.isSuccess(result)) return result.success;
  return { state: call.state, reply: error(result.failure.text) };
};
