/** Commands that change what chance decides: the model learns from the reply what that was. */
import type { Session } from "../model/keyspace/index.ts";

type Args = ReadonlyArray<string>;

const nameOf = ([name = ""]: Args): string => name.toLowerCase();

const isDraw = (args: Args): boolean => nameOf(args) === "spop";

/** Whether the command changes what chance decides, by itself or by what has been queued. */
export function draws(session: Session, args: Args): boolean {
  if (nameOf(args) === "exec") return session.queue?.some(isDraw) === true;
  return session.queue === null && isDraw(args);
}

/**
 * Whether nobody would learn what chance has decided: such a command is left out. Beside silence, the
 * confirmations of subscriptions move the items of EXEC's reply.
 */
export function hidesDraw(session: Session, args: Args): boolean {
  const { queue, replies } = session;
  const bendsReply = (command: Args): boolean =>
    (nameOf(command) === "client" && command[1]?.toLowerCase() === "reply") ||
    nameOf(command).endsWith("subscribe");
  if (replies !== "on") return isDraw(args) || draws(session, args);
  if (queue === null) return false;
  return (bendsReply(args) && queue.some(isDraw)) || (isDraw(args) && queue.some(bendsReply));
}
