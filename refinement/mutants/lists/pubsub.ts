/** Bugs in publish and subscribe. */
import { oracle, refine, sim, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const UNIT = unit("impl/commands/pubsub/pubsub.test.ts");
const NOTIFICATIONS = unit("impl/session/notifications.test.ts");
const FAMILIES = "pubsub,connection,transactions";
const REFINE = refine(6000, 1, FAMILIES);

/** The mutants of publish and subscribe. */
export const pubsubMutants: readonly Mutant[] = [
  {
    name: "message-waits-for-nothing",
    room: "session",
    find: "pushBytes(instance, session, RUNNING, form.bytes, form.length);",
    replace: "pushBytes(instance, session, 0, form.bytes, form.length);",
    breaks: "a message tells of a write before the disk has it",
    checks: [UNIT, sim(60)],
  },
  {
    name: "message-in-one-protocol",
    room: "session",
    find: "return this.#forms[reply.protocol - 2]!;",
    replace: "return this.#forms[reply.protocol - 3] ?? this.#forms[0];",
    breaks: "listeners in RESP3 get messages as RESP2 writes them",
    checks: [REFINE, UNIT],
  },
  {
    name: "patterns-hear-shard-channels",
    room: "session",
    find: "  return tell(instance, shards.get(textOf(channel)), (writer) => {",
    replace:
      "  if (!shards.has(textOf(channel))) return publish(instance, channel, content);\n" +
      "  return tell(instance, shards.get(textOf(channel)), (writer) => {",
    breaks: "SPUBLISH reaches those who listen to channels and patterns",
    checks: [REFINE],
  },
  {
    name: "patterns-are-not-counted",
    room: "session",
    find: "    receivers += tell(instance, audience, (writer) => {",
    replace: "    tell(instance, audience, (writer) => {",
    breaks: "PUBLISH counts no listener that has it by a pattern",
    checks: [REFINE],
  },
  {
    name: "gone-client-goes-on-listening",
    room: "session",
    find: "    this.subscriptions.removeAll(session);\n    if (session.replica",
    replace: "    if (session.replica",
    breaks: "messages are counted for clients that are gone",
    checks: [REFINE, UNIT],
  },
  {
    name: "reset-keeps-subscriptions",
    room: "commands",
    find: "  instance.clients.subscriptions.removeAll(session);\n  call.select(0);",
    replace: "  call.select(0);",
    breaks: "RESET leaves a client in subscriber mode",
    checks: [REFINE],
  },
  {
    name: "confirmations-count-one-kind",
    room: "session",
    find: 'return kind === "shards" ? this.shards.size : this.channels.size + this.patterns.size;',
    replace: "return this[kind].size;",
    breaks: "SUBSCRIBE counts channels without patterns",
    checks: [REFINE],
  },
  {
    name: "silence-swallows-confirmations",
    room: "session",
    find: "  if (session.mutedFrom >= 0) session.mutedFrom = session.reply.length;\n}\n\n/** CLIENT REPLY ON",
    replace: "}\n\n/** CLIENT REPLY ON",
    breaks: "CLIENT REPLY OFF takes the confirmation of a subscription back",
    checks: [REFINE],
  },
  {
    name: "subscriber-mode-in-resp3",
    room: "session",
    find: "return this.subscriptions !== null && this.reply.protocol === 2;",
    replace: "return this.subscriptions !== null;",
    breaks: "a RESP3 client that listens may not do anything else",
    checks: [REFINE],
  },
  {
    name: "published-messages-are-logged",
    room: "effects",
    find: "this.#pieces.add(this.#length, { select: false, forLog: !relayed, forStream: true });",
    replace: "this.#pieces.add(this.#length, { select: false, forLog: true, forStream: true });",
    breaks: "the log keeps every PUBLISH while there are replicas",
    checks: [unit("impl/engine/effects.test.ts")],
  },
  {
    name: "select-for-replicas-alone",
    room: "effects",
    find: "    if (forLog) this.#database = database;\n",
    replace: "    this.#database = database;\n",
    breaks: "behind a PUBLISH in another database the log's next effect is in the wrong one",
    checks: [unit("impl/engine/effects.test.ts")],
  },
  {
    name: "model-star-matches-nothing-at-all",
    room: "model",
    find: "(pattern) => matchesName(pattern, channel)",
    replace: "(pattern) => matchesName(pattern, channel) && channel !== pattern",
    breaks: "the model's patterns do not match their own name",
    checks: [oracle(4000, 1, "pubsub")],
  },
  {
    name: "notification-of-any-class",
    room: "session",
    find: "if ((notifiedEvents & event.bit) === 0 || instance.clients.subscriptions.isUnheard) return;",
    replace: "if (instance.clients.subscriptions.isUnheard) return;",
    breaks: "events are published that nobody has asked for",
    checks: [NOTIFICATIONS],
  },
  {
    name: "notification-on-one-channel",
    room: "session",
    find: "if ((notifiedEvents & EVENT.keyevent) !== 0) {",
    replace: "else if ((notifiedEvents & EVENT.keyevent) !== 0) {",
    breaks: "with both letters only the key's channel is told",
    checks: [NOTIFICATIONS],
  },
  {
    name: "replaced-key-is-new",
    room: "keyspace",
    find: "    index.insert(hash, renamed);\n    if (this.onNewKey !== null) this.onNewKey(this, renamed);",
    replace: "    index.insert(hash, renamed);",
    breaks: "RENAME tells of no new key",
    checks: [unit("refinement/oracle/events.test.ts")],
  },
  {
    name: "miss-is-told-of-writes",
    room: "session",
    find: "    const ref = this.lookup(i);\n    if (ref !== 0) this.touch(ref);",
    replace:
      "    const ref = this.lookup(i);\n    if (ref === 0) this.#missed(this.request.bytes, this.request.offsets[i]!, this.request.lengths[i]!);\n    if (ref !== 0) this.touch(ref);",
    breaks: "commands that look a key up in order to write it tell of a miss",
    checks: [NOTIFICATIONS, unit("refinement/oracle/events.test.ts")],
  },
  {
    name: "moved-member-announces-its-set",
    room: "commands",
    find: "if (target === 0) call.instance.notifications.withoutNewKeys(() => makeSet(call, 2, 3));",
    replace: "if (target === 0) makeSet(call, 2, 3);",
    breaks: "SMOVE tells of the new set twice, and before the member has left the other one",
    checks: [unit("refinement/oracle/events.test.ts")],
  },
];
