/** RepliesInOrder: a connection's requests are answered in order, each once. */
import { broken, HOLDS, type Verdict } from "./history.ts";

/** A request sent, or the answer to it received. */
export interface ConnectionEvent {
  readonly _tag: "Sent" | "Answered";
  readonly connection: number;
  /** The number of the request within its connection, from 1. */
  readonly request: number;
}

const GUARANTEE = "replies in order";

/** Judges the events of any number of connections, each connection's in order. */
export function checkReplyOrder(events: readonly ConnectionEvent[]): Verdict {
  const sent = new Map<number, number>();
  const answered = new Map<number, number>();
  for (const { _tag, connection, request } of events) {
    const seen = _tag === "Sent" ? sent : answered;
    const expected = (seen.get(connection) ?? 0) + 1;
    const name = `request ${request} of connection ${connection}`;
    if (request !== expected) {
      const what = `${name} is ${_tag.toLowerCase()} where ${expected} is next`;
      return broken(GUARANTEE, what, []);
    }
    if (_tag === "Answered" && request > (sent.get(connection) ?? 0)) {
      return broken(GUARANTEE, `${name} is answered before it is sent`, []);
    }
    seen.set(connection, request);
  }
  return HOLDS;
}
