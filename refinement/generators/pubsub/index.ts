/** Publish and subscribe. */

import fc from "fast-check";
import { command, either, type Family, many, tagged, words } from "../grammar.ts";
import { arity, syntaxOf } from "../replies.ts";
import { call, type Invocation } from "../step.ts";
import { pick, unknownWord, value } from "../values.ts";
import { channel, channelPattern } from "./names.ts";
import { scenarios } from "./scenarios.ts";

/** A subscriber that speaks RESP2 may do little else. */
const ONLY_FOR_SUBSCRIBERS = "-ERR Can't execute …";

const some = (name: fc.Arbitrary<string>) => many(name, 1, 3);
const someOrAll = (name: fc.Arbitrary<string>) =>
  either(tagged("(all)"), words(name), many(name, 1, 3));

/** Subscriptions of the client itself, and a way back from them. */
const makes: fc.Arbitrary<Invocation> = pick<Invocation>(
  [3, channel.map((name) => call("SUBSCRIBE", name))],
  [3, channelPattern.map((pattern) => call("PSUBSCRIBE", pattern))],
  [3, channel.map((name) => call("SSUBSCRIBE", name))],
  [1, fc.constantFrom(call("HELLO", "3"), call("RESET"))],
);

/** The commands of publish and subscribe. */
export const pubsub: Family = {
  scenarios,
  makes,
  commands: [
    command("SUBSCRIBE", some(channel), { weight: 1, replies: ["*n", ">", arity("subscribe")] }),
    command("PSUBSCRIBE", some(channelPattern), {
      weight: 1,
      replies: ["*n", ">", arity("psubscribe")],
    }),
    command("SSUBSCRIBE", some(channel), {
      weight: 1,
      replies: [
        ...["*n", ">", arity("ssubscribe")],
        "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
      ],
    }),
    command("UNSUBSCRIBE", someOrAll(channel), {
      weight: 3,
      arity: false,
      options: ["(all)"],
      replies: ["*n", ">"],
    }),
    command("PUNSUBSCRIBE", someOrAll(channelPattern), {
      weight: 3,
      arity: false,
      options: ["(all)"],
      replies: ["*n", ">"],
    }),
    command("SUNSUBSCRIBE", someOrAll(channel), {
      weight: 3,
      arity: false,
      options: ["(all)"],
      replies: ["*n", ">"],
    }),
    command("PUBLISH", words(channel, value), {
      weight: 12,
      replies: [
        ...[":0", ":1", ":n", "(message)", "(pmessage)", arity("publish")],
        ONLY_FOR_SUBSCRIBERS,
      ],
    }),
    command("SPUBLISH", words(channel, value), {
      weight: 6,
      replies: [":0", ":1", "(smessage)", arity("spublish")],
    }),
    command("PING", either(words(), words(value)), { weight: 1, replies: ["*n"] }),
    command("PUBSUB|CHANNELS", either(words(), tagged("(pattern)", channelPattern)), {
      weight: 4,
      options: ["(pattern)"],
      replies: ["*n", "*0", syntaxOf("PUBSUB")],
    }),
    command("PUBSUB|NUMSUB", many(channel, 0, 3), {
      weight: 4,
      arity: false,
      replies: ["*n", "*0"],
    }),
    command("PUBSUB|NUMPAT", words(), {
      weight: 4,
      replies: [":0", ":1", arity("pubsub|numpat")],
    }),
    command("PUBSUB|SHARDCHANNELS", either(words(), tagged("(pattern)", channelPattern)), {
      weight: 4,
      options: ["(pattern)"],
      replies: ["*n", "*0", syntaxOf("PUBSUB")],
    }),
    command("PUBSUB|SHARDNUMSUB", many(channel, 0, 3), {
      weight: 4,
      arity: false,
      replies: ["*n", "*0"],
    }),
    command("PUBSUB", tagged("(unknown)", unknownWord), {
      weight: 2,
      replies: ["-ERR unknown subcommand …. Try PUBSUB HELP.", arity("pubsub")],
    }),
  ],
};
