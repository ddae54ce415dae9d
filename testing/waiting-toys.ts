/** Toy commands that wait for keys: there is no list yet that one could wait for. */
import { removalEffect } from "../impl/commands/keys/removal.ts";
import { storeString } from "../impl/commands/strings/store.ts";
import type { Call } from "../impl/session/call.ts";
import type { Command } from "../impl/session/command.ts";
import { keyEvent } from "../impl/session/key-events.ts";
import { keysToTry, waitForKeys } from "../impl/session/serve.ts";
import { plainEncoding } from "../impl/types/string/encoding.ts";
import { STRING_TYPE } from "../impl/types/string/index.ts";

const TOY = { acl: [], group: "generic", since: "1.0.0", summary: "A toy" } as const;
const SET = keyEvent("string", "set");

/** `TAKE key [key ...] timeout-ms`: takes a string; waits until there is one. */
function take(call: Call): void {
  const { reply, request, keyspace } = call;
  const all = { firstKey: 1, lastKey: request.argc - 2 };
  const { firstKey, lastKey } = keysToTry(call, all);
  for (let i = firstKey; i <= lastKey; i++) {
    const ref = call.lookupWrite(i);
    if (ref === 0) continue;
    reply.array(2);
    reply.bulk(request.bytes, request.offsets[i]!, request.lengths[i]!);
    reply.bulk(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
    call.remove(i, ref);
    call.rewrite(2).word("DEL");
    call.effects.argument(request, i);
    return;
  }
  waitOrGiveUp(call, all);
}

/** `PASS source destination timeout-ms`: moves a string; waits until there is one. */
function pass(call: Call): void {
  const { reply, keyspace, effects, request } = call;
  const ref = call.lookupWrite(1);
  if (ref === 0) {
    waitOrGiveUp(call, { firstKey: 1, lastKey: 1 });
    return;
  }
  const length = keyspace.valueLength(ref);
  const value = Buffer.from(keyspace.bytes(ref)).subarray(keyspace.valueOffset(ref));
  const kept = Buffer.from(value.subarray(0, length));
  call.remove(1, ref);
  removalEffect(call, false);
  storeString(call, 2, call.lookupWrite(2), kept, 0, length, plainEncoding(length), false);
  call.changed(2, SET);
  call.rewrite(3).word("SET");
  effects.argument(request, 2);
  effects.bytes(kept, 0, length);
  reply.bulk(kept, 0, length);
}

function waitOrGiveUp(call: Call, keys: { firstKey: number; lastKey: number }): void {
  if (!call.mayBlock) {
    call.reply.nilArray();
    return;
  }
  const timeoutMs = Number(call.request.text(call.request.argc - 1));
  waitForKeys(call, {
    ...keys,
    type: STRING_TYPE,
    untilMs: timeoutMs === 0 ? Number.POSITIVE_INFINITY : call.nowMs + timeoutMs,
    onTimeout: ({ reply }) => reply.nilArray(),
  });
}

/** What BLPOP and BLMOVE are to lists, these are to strings. */
export const waitingToys: readonly Command[] = [
  { ...TOY, name: "take", arity: -3, flags: ["write", "blocking"], handler: take },
  { ...TOY, name: "pass", arity: 4, flags: ["write", "blocking"], handler: pass },
];
