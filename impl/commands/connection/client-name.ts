import type { Call } from "../../session/call.ts";

/** Printable ASCII without spaces: CLIENT LIST stays one field per word. */
const PRINTABLE = /^[!-~]*$/;

/** True when a text may stand in a line of CLIENT LIST. */
export function isListable(text: string): boolean {
  return PRINTABLE.test(text);
}

/**
 * Names the connection after argument `i`; an empty name takes the present one away.
 *
 * @returns false when the name is not allowed: its error is then the reply
 */
export function setClientName(call: Call, i: number): boolean {
  const name = call.request.text(i);
  if (!isListable(name)) {
    call.reply.error("ERR Client names cannot contain spaces, newlines or special characters.");
    return false;
  }
  call.session.name = name;
  return true;
}
