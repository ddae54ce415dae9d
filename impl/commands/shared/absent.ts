/** What commands say of a key that is not there. */

import type { Call } from "../../session/call.ts";

/** Nil. */
export function replyNil(call: Call): void {
  call.reply.nil();
}

/** 0. */
export function replyZero(call: Call): void {
  call.reply.integer(0);
}

/** An empty array. */
export function replyNothing(call: Call): void {
  call.reply.array(0);
}
