/**
 * CLIENT REPLY: which replies a session gets.
 *
 * Handlers always write; what is to be silent is taken back from the writer, from the point on at
 * which silence began. That point never lies within a reply: MULTI queues no CLIENT REPLY that
 * would change anything, which Redis does and then sends half of EXEC's reply.
 */
import type { Session } from "./session.ts";

/** Before a command: remembers where its reply begins if that is to be taken back. */
export function beginReply(session: Session): void {
  if (session.replyMode !== "on") session.mutedFrom = session.reply.length;
}

/** After a command: takes back what is to be silent. SKIP lasts for one command. */
export function endReply(session: Session): void {
  if (session.mutedFrom >= 0) {
    session.reply.truncate(session.mutedFrom);
    session.mutedFrom = -1;
  }
  if (session.replyMode === "skipNext") session.replyMode = "skip";
  else if (session.replyMode === "skip") session.replyMode = "on";
}

/** Begins a piece of the reply that is heard whatever CLIENT REPLY says. `endAudible` ends it. */
export function beginAudible(session: Session): void {
  // What was silent so far is taken back now, since it lies in front of what is heard.
  if (session.mutedFrom >= 0) session.reply.truncate(session.mutedFrom);
}

/** The piece is written: what follows is silent again if it was before. */
export function endAudible(session: Session): void {
  if (session.mutedFrom >= 0) session.mutedFrom = session.reply.length;
}

/** CLIENT REPLY ON: replies are sent again, this command's own included. */
export function unmute(session: Session): void {
  session.replyMode = "on";
  if (session.mutedFrom < 0) return;
  session.reply.truncate(session.mutedFrom);
  session.mutedFrom = -1;
}

/** CLIENT REPLY OFF: no replies from here on. */
export function mute(session: Session): void {
  session.replyMode = "off";
  if (session.mutedFrom < 0) session.mutedFrom = session.reply.length;
}

/** CLIENT REPLY SKIP: no reply to the next command. */
export function muteNext(session: Session): void {
  if (session.replyMode !== "off") session.replyMode = "skipNext";
}
