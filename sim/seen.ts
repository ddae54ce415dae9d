/** Replies as the checkers see them. */
import type { Reply } from "../model/keyspace/index.ts";
import type { Reply as SeenReply } from "./checkers/strings-model.ts";

/** Errors that say that nothing was done. */
export const REFUSED = /^(?:MISCONF|LOADING|NOAUTH)/;

/** A reply as the checkers see it. */
export function seen(reply: Reply): SeenReply {
  switch (reply._tag) {
    case "Simple":
      return reply.text;
    case "Bulk":
      return reply.bytes;
    case "Integer":
      return Number(reply.value);
    case "Error":
      return { error: reply.text };
    case "Array":
      return reply.items.map(seen);
    default:
      return null;
  }
}
