import type { User } from "../access/user.ts";
import { assert, CHECKED } from "../assert.ts";
import type { Call } from "./call.ts";
import { contextOf, noteRefusal } from "./permissions.ts";

/** The error of a wrong user name or password. */
export const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";

/**
 * Authenticates the session as a user. ACL LOG tells of it when it fails.
 *
 * @param name,password texts with one character per byte
 * @returns false when the pair is wrong; the session then stays what it was
 */
export function authenticate(call: Call, name: string, password: string): boolean {
  if (CHECKED) assert(isBinary(name) && isBinary(password), "a character stands for a byte");
  const { instance, session, request } = call;
  const user = instance.users.authenticate(name, password);
  if (user === null) {
    const object = request.text(0);
    const context = contextOf(session);
    noteRefusal(instance, session, { reason: "auth", context, object, username: name });
    return false;
  }
  become(call, user);
  return true;
}

function become({ session }: Call, user: User): void {
  session.authenticated = true;
  session.user = user;
}

/** Gives the session the rights of a new connection. */
export function resetAuthentication({ instance, session }: Call): void {
  session.authenticated = !instance.users.mustAuthenticate;
  session.user = instance.users.default;
}

function isBinary(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
