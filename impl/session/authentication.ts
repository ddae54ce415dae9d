import { assert, CHECKED } from "../assert.ts";
import type { Call } from "./call.ts";
import type { Session } from "./session.ts";

/** The error of a wrong user name or password. */
export const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";

const DEFAULT_USER = "default";

/**
 * Authenticates the session as a user. `default` is the only one; without `requirepass` it takes
 * every password.
 *
 * @param user,password texts with one character per byte
 * @returns false when the pair is wrong; the session then stays what it was
 */
export function authenticate(call: Call, user: string, password: string): boolean {
  if (CHECKED) assert(isBinary(user) && isBinary(password), "a character stands for a byte");
  const expected = call.instance.settings.requirePassword;
  if (user !== DEFAULT_USER) return false;
  if (expected !== "" && !equalInConstantTime(password, expected)) return false;
  call.session.authenticated = true;
  return true;
}

/** Gives the session the rights of a new connection. */
export function resetAuthentication(call: Call): void {
  call.session.authenticated = call.instance.settings.requirePassword === "";
}

/** The name under which CLIENT LIST shows a session. */
export function userName(_session: Session): string {
  return DEFAULT_USER;
}

/** True when a user of this name exists. */
export function userExists(name: string): boolean {
  return name === DEFAULT_USER;
}

/** Compares without telling by its duration how much of the guess is right. */
function equalInConstantTime(guess: string, expected: string): boolean {
  let difference = guess.length ^ expected.length;
  for (let i = 0; i < guess.length; i++) {
    difference |= guess.charCodeAt(i) ^ expected.charCodeAt(i % expected.length);
  }
  return difference === 0;
}

function isBinary(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
