import type { ReplyWriter } from "../../resp/reply.ts";
import type { Request } from "../../resp/request.ts";

/** The flags of `redis.set_repl`: where the effects of what follows go. */
export const REPLICATION = { none: 0, log: 1, replicas: 2, all: 3 } as const;

/** What is to become of a script that runs: it goes on, is left for a while, or ends by an error. */
export type Interruption = "none" | "leave" | "end";

/** What a script that runs needs of the server: the port through which it calls commands. */
export interface ScriptHost {
  /** Where `call` leaves the reply of a command, from its beginning on. */
  readonly reply: ReplyWriter;
  /**
   * Runs a command.
   *
   * @returns null when it has run; else why it was refused, its code in front
   */
  call(request: Request): string | null;
  /** The protocol of the replies that the script gets. */
  protocol: 2 | 3;
  /** Where effects go from now on, as `REPLICATION` says. */
  replicateTo(flags: number): void;
  /** Whether the client may run the command; null when there is none. */
  mayRun(request: Request): boolean | null;
  /**
   * A hundred thousand instructions have passed.
   *
   * @param mayLeave whether the script can be left here
   */
  interrupt(mayLeave: boolean): Interruption;
  /** Why the script is to end, when `interrupt` says so: an error's text without its code. */
  readonly endReason: string;
}
