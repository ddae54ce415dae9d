/** Publish and subscribe. */
import type { Command, Family, Meaning } from "../command.ts";
import { container, plain } from "../declare.ts";
import { publish, spublish } from "./publish.ts";
import * as pubsub from "./pubsub.ts";
import { ssubscribe, subscribe, unsubscribe } from "./subscribe.ts";

/** A command that a RESP2 subscriber may still send. */
const forSubscribers = (arity: number, meaning: Meaning): Command => ({
  ...plain(arity, meaning),
  isForSubscribers: true,
});

/** Publish and subscribe, by name. */
export const pubsubCommands: Family = {
  subscribe: forSubscribers(-2, subscribe("channels")),
  unsubscribe: forSubscribers(-1, unsubscribe("channels")),
  psubscribe: forSubscribers(-2, subscribe("patterns")),
  punsubscribe: forSubscribers(-1, unsubscribe("patterns")),
  ssubscribe: forSubscribers(-2, ssubscribe),
  sunsubscribe: forSubscribers(-1, unsubscribe("shardChannels")),
  publish: plain(3, publish),
  spublish: plain(3, spublish),
  pubsub: container({
    channels: plain(-2, pubsub.list("channels")),
    numsub: plain(-2, pubsub.count("channels")),
    numpat: plain(2, pubsub.numpat),
    shardchannels: plain(-2, pubsub.list("shardChannels")),
    shardnumsub: plain(-2, pubsub.count("shardChannels")),
  }),
};
