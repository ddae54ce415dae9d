/** Subscriptions: to channels, to patterns of channels, and to shard channels. */
import { Result } from "effect";
import { session, update } from "../call.ts";
import type { Call, Meaning, Outcome } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { type Bytes, bulk, inAnyOrder, integer, nil, push, type Reply } from "../reply.ts";
import type { Session } from "../state.ts";

/** A kind of subscriptions, by where a session keeps them. */
export type Kind = "channels" | "patterns" | "shardChannels";

/** What a session listens to beside what the kind is counted with. */
const COUNTED: Readonly<Record<Kind, ReadonlyArray<Kind>>> = {
  channels: ["channels", "patterns"],
  patterns: ["channels", "patterns"],
  shardChannels: ["shardChannels"],
};

/** How many subscriptions a confirmation names. */
const countOf = (subscriber: Session, kind: Kind): number =>
  COUNTED[kind].reduce((sum, one) => sum + subscriber[one].size, 0);

const confirmation = (word: Bytes, name: Reply, count: number): Reply =>
  push([bulk(word), name, integer(count)]);

/** Confirmations are heard whatever CLIENT REPLY says. */
const confirmed = (
  call: Call,
  change: Partial<Session>,
  sent: ReadonlyArray<Reply>,
): Result.Result<Outcome, CommandError> =>
  Result.succeed({ state: update(call, change), reply: null, sent });

/** SUBSCRIBE channel [channel ...], PSUBSCRIBE pattern [pattern ...] */
export const subscribe =
  (kind: Kind): Meaning =>
  (call) => {
    const names = new Set(session(call)[kind]);
    const sent = call.args.slice(1).map((name) => {
      names.add(name);
      const count = countOf({ ...session(call), [kind]: names }, kind);
      return confirmation(call.command, bulk(name), count);
    });
    return confirmed(call, { [kind]: names }, sent);
  };

/** SSUBSCRIBE shardchannel [shardchannel ...], which a transaction may not hold, unlike the others */
export const ssubscribe: Meaning = (call) =>
  call.insideExec ? fail("MustNotWait", call.command) : subscribe("shardChannels")(call);

/** UNSUBSCRIBE [channel ...] and its kin; without names, from all in any order */
export const unsubscribe =
  (kind: Kind): Meaning =>
  (call) => {
    const [, ...given] = call.args;
    const before = session(call)[kind];
    if (given.length > 0) return unsubscribeFrom(call, kind, given);
    if (before.size === 0) {
      const count = countOf(session(call), kind);
      return confirmed(call, {}, [confirmation(call.command, nil, count)]);
    }
    // Redis keeps patterns in a list, and channels in a hash table with a random seed.
    if (kind === "patterns") return unsubscribeFrom(call, kind, [...before]);
    const sent = inAnyOrder([...before], (names) => confirmations(call, kind, names));
    return confirmed(call, { [kind]: new Set() }, sent);
  };

const unsubscribeFrom = (
  call: Call,
  kind: Kind,
  names: ReadonlyArray<Bytes>,
): Result.Result<Outcome, CommandError> => {
  const left = new Set(session(call)[kind]);
  for (const name of names) left.delete(name);
  return confirmed(call, { [kind]: left }, confirmations(call, kind, names));
};

const confirmations = (
  call: Call,
  kind: Kind,
  names: ReadonlyArray<Bytes>,
): ReadonlyArray<Reply> => {
  const left = new Set(session(call)[kind]);
  return names.map((name) => {
    left.delete(name);
    const count = countOf({ ...session(call), [kind]: left }, kind);
    return confirmation(call.command, bulk(name), count);
  });
};
