/** What those who tell the steps of specifications have in common. */
import { latin1, type Request } from "../resp/request.ts";
import type { Session } from "./session.ts";

/** What they need of the log. */
export interface LogFacts {
  /** LSN up to which the gate is open. */
  readonly gate: number;
  /** The log can still be trusted. */
  readonly isUp: boolean;
}

/** A request as one line. */
export function lineOf(request: Request): string {
  return Array.from({ length: request.argc }, (_, i) => request.text(i)).join(" ");
}

/** The RESP text of what has been written to a session since `start`, one character per byte. */
export function replyFrom({ reply }: Session, start: number): string {
  return latin1(reply.bytes, start, reply.length - start);
}

/** True for the reply of an EXEC that had nothing to run. */
export function isEmptyArray(reply: string): boolean {
  return reply === "*0\r\n";
}
