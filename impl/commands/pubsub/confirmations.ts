/** What a session is told of its own subscriptions: a push for each, whatever CLIENT REPLY says. */
import { assert, CHECKED } from "../../assert.ts";
import type { ReplyWriter } from "../../resp/reply.ts";
import type { Call } from "../../session/call.ts";
import { beginAudible, endAudible } from "../../session/reply-mode.ts";
import type { SubscriptionKind } from "../../session/session-subscriptions.ts";

/** The words of confirmations. */
const WORDS: { readonly [K in SubscriptionKind]: readonly [begun: string, ended: string] } = {
  channels: ["subscribe", "unsubscribe"],
  patterns: ["psubscribe", "punsubscribe"],
  shards: ["ssubscribe", "sunsubscribe"],
};

/** Argument `i`'s name is listened to from now on. */
export function subscribe(call: Call, kind: SubscriptionKind, i: number): void {
  const name = call.request.text(i);
  call.instance.clients.subscriptions.add(call.session, kind, name);
  confirm(call, kind, WORDS[kind][0], (reply) => reply.bulkText(name));
}

/** A name is listened to no more, if it ever was. */
export function unsubscribe(call: Call, kind: SubscriptionKind, name: string): void {
  call.instance.clients.subscriptions.remove(call.session, kind, name);
  confirm(call, kind, WORDS[kind][1], (reply) => reply.bulkText(name));
}

/** None of a kind is listened to any more; a confirmation comes even when none was. */
export function unsubscribeAll(call: Call, kind: SubscriptionKind): void {
  const names = [...(call.session.subscriptions?.[kind] ?? [])];
  for (const name of names) unsubscribe(call, kind, name);
  if (names.length === 0) confirm(call, kind, WORDS[kind][1], (reply) => reply.nil());
  if (CHECKED) assert((call.session.subscriptions?.[kind].size ?? 0) === 0, "all have ended");
}

function confirm(
  call: Call,
  kind: SubscriptionKind,
  word: string,
  writeName: (reply: ReplyWriter) => void,
): void {
  const { session, reply } = call;
  beginAudible(session);
  reply.push(3);
  reply.bulkText(word);
  writeName(reply);
  reply.integer(session.subscriptions?.count(kind) ?? 0);
  endAudible(session);
}
