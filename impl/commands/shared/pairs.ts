import type { Call } from "../../session/call.ts";

/** Opens the reply of so many elements: pairs are arrays in RESP3, and flat in RESP2. */
export function openPairs({ reply }: Call, count: number, inPairs: boolean): void {
  reply.array(inPairs && reply.protocol === 2 ? count * 2 : count);
}
