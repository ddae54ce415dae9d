import { assert, CHECKED } from "../../assert.ts";
import type { Integer64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";

/**
 * The effect of a command that has removed argument 1's key: DEL.
 *
 * @param lazy UNLINK instead, as Redis propagates under the lazyfree directives
 */
export function removalEffect(call: Call, lazy: boolean): void {
  if (CHECKED) assert(call.lookup(1) === 0, "what was removed is gone");
  if (!call.effects.enabled) return;
  const effects = call.rewrite(2);
  effects.word(lazy ? "UNLINK" : "DEL");
  effects.argument(call.request, 1);
}

/** True when a moment that a client names is not after now: the key goes at once. */
export function isPast(call: Call, atMs: Integer64): boolean {
  return atMs <= call.nowMs;
}
