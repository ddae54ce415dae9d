/** Clients whose users have gone or may not listen any more. */
import { mayListen } from "../access/permission.ts";
import type { User } from "../access/user.ts";
import type { Call } from "./call.ts";
import type { Session } from "./session.ts";

/** Closes every client of a user who is gone; the one that has said so once it is answered. */
export function closeSessionsOf(call: Call, user: User): void {
  const { instance } = call;
  for (const session of [...instance.clients.sessions.values()]) {
    if (session.user !== user) continue;
    // Until it is closed it is nobody.
    session.user = instance.users.default;
    session.authenticated = false;
    instance.clients.close(session, call.session);
  }
}

/** Closes the clients of a user that listen to what they may not under the rules to come. */
export function closeDeaf(call: Call, user: User, next: User): void {
  for (const session of [...call.instance.clients.sessions.values()]) {
    if (session.user !== user || session.subscriptions === null || session.isFollower) continue;
    if (!mayHear(session, next)) call.instance.clients.close(session, call.session);
  }
}

function mayHear({ subscriptions }: Session, user: User): boolean {
  if (subscriptions === null) return true;
  const { channels, patterns, shards } = subscriptions;
  return (
    [...channels, ...shards].every((name) => mayListen(user, name, false)) &&
    [...patterns].every((name) => mayListen(user, name, true))
  );
}
