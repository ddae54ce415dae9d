/** Which commands the limit on memory refuses where there is no room. */
import type { Call } from "./command.ts";
import { sessionOf } from "./state.ts";

/** Commands that end a transaction, or run it. */
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(["exec", "discard", "reset", "quit"]);

/** Whether the command itself may take memory. */
export const takesMemory = (call: Call): boolean => {
  const found = call.find(call.args);
  if (found._tag === "Missing") return false;
  const { takesMemory: takes = false } = found.command;
  return takes === true || (takes !== false && takes(call));
};

/** Whether a command is refused where there is no room: it, or one that it runs, may take memory. */
export const needsRoom = (call: Call): boolean => {
  if (takesMemory(call)) return true;
  const session = sessionOf(call.state, call.sessionId);
  if (session.queue === null) return false;
  // What is queued takes memory itself.
  return !ENDS_TRANSACTION.has(call.command) || (call.command === "exec" && session.needsRoom);
};
