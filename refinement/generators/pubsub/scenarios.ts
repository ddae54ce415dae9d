/** Sessions that listen, sessions that publish, and what a listener may do meanwhile. */

import fc from "fast-check";
import type { Cast, Scenario } from "../grammar.ts";
import { call, type Invocation, type Step, step } from "../step.ts";
import { channel, channelPattern } from "./names.ts";

const subscription: fc.Arbitrary<Invocation> = fc.oneof(
  fc.array(channel, { minLength: 1, maxLength: 2 }).map((names) => call("SUBSCRIBE", ...names)),
  channelPattern.map((pattern) => call("PSUBSCRIBE", pattern)),
  channel.map((name) => call("SSUBSCRIBE", name)),
);

const post: fc.Arbitrary<Invocation> = fc
  .tuple(fc.constantFrom("PUBLISH", "PUBLISH", "SPUBLISH"), channel, fc.constantFrom("hello", ""))
  .map(([name, to, message]) => call(name, to, message));

const meanwhile: fc.Arbitrary<Invocation> = fc.oneof(
  fc.constantFrom(call("PING"), call("PING", "hello"), call("GET", "a"), call("MULTI")),
  fc.constantFrom(call("UNSUBSCRIBE"), call("PUNSUBSCRIBE"), call("SUNSUBSCRIBE")),
  channel.map((name) => call("UNSUBSCRIBE", name)),
  channelPattern.map((pattern) => call("PUNSUBSCRIBE", pattern)),
  subscription,
);

const asked: fc.Arbitrary<Invocation> = fc.oneof(
  fc.constantFrom(call("PUBSUB|CHANNELS"), call("PUBSUB|SHARDCHANNELS"), call("PUBSUB|NUMPAT")),
  channel.map((name) => call("PUBSUB|NUMSUB", name, "news")),
  channel.map((name) => call("PUBSUB|SHARDNUMSUB", name, "news")),
  fc.constant(call("CLIENT|KILL", "TYPE", "pubsub")),
);

const some = <T>(one: fc.Arbitrary<T>, minLength: number, maxLength: number) =>
  fc.array(one, { minLength, maxLength });

/** Some listen, perhaps in silence or in RESP3, and some publish; then the listener is as before. */
function listening({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const before = fc.constantFrom(
    ...[
      [],
      [],
      [call("HELLO", "3")],
      [call("CLIENT|REPLY", "off")],
      [call("CLIENT|REPLY", "skip")],
    ],
  );
  return fc
    .tuple(
      ...([actor, actor, actor, before] as const),
      ...([some(subscription, 1, 3), some(post, 1, 3), some(meanwhile, 0, 2)] as const),
      ...([some(post, 0, 2), some(asked, 0, 1)] as const),
      fc.constantFrom("RESET", "RESET", "QUIT", "gone"),
    )
    .map(([a, b, c, silence, begun, posts, said, more, questions, end]): ReadonlyArray<Step> => {
      const from = (who: number, all: ReadonlyArray<Invocation>) =>
        all.map((one) => step(who, one));
      const last: Step =
        end === "gone" ? { _tag: "Disconnect", connection: a } : step(a, call(end));
      return [
        ...from(a, silence),
        ...from(a, begun),
        ...from(b, posts),
        ...from(a, said),
        ...from(c, [...more, ...questions]),
        last,
      ];
    });
}

/** A transaction that publishes beside its writes, or that subscribes. */
function transacted({ actor, any }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  return fc
    .tuple(
      ...([actor, actor, some(subscription, 1, 2)] as const),
      some(fc.oneof(post, post, any), 1, 3),
      some(fc.oneof(subscription, meanwhile), 0, 1),
      fc.constantFrom(call("HELLO", "3"), call("RESET"), call("PING")),
    )
    .map(([a, b, begun, queued, own, first]) => [
      step(a, first),
      ...begun.map((one) => step(a, one)),
      step(b, call("MULTI")),
      ...[...own, ...queued].map((one) => step(b, one)),
      step(b, call("EXEC")),
      step(a, call("RESET")),
      step(b, call("RESET")),
    ]);
}

/** What happens between those who publish and those who listen. */
export const scenarios: ReadonlyArray<Scenario> = [
  { command: "PUBLISH", weight: 3, steps: listening },
  { command: "PUBLISH", weight: 2, steps: transacted },
];
