/**
 * Publish and subscribe beside redis-server: the same conversations of several clients are held with
 * both, and after each line every client must have been sent the same bytes.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/create-server.ts";
import { Side } from "./conversation.ts";
import { type RedisServer, startRedis } from "./redis.ts";

/** What is said, by whom: see `Side`. */
const CONVERSATIONS: Readonly<Record<string, readonly string[]>> = {
  "confirmations count channels and patterns together, and shard channels apart": [
    "0 subscribe a b a",
    "0 psubscribe a* a*",
    "0 ssubscribe a c",
    "0 unsubscribe x a",
    "0 punsubscribe a* x",
    "0 sunsubscribe a c x",
    "0 unsubscribe",
    "0 unsubscribe",
    "0 punsubscribe",
    "0 sunsubscribe",
    "0 ping",
  ],
  "a message goes to channels first, then to patterns": [
    "0 subscribe news",
    "0 psubscribe n*",
    "1 hello 3",
    "1 psubscribe news",
    "1 subscribe news",
    "2 subscribe news",
    "3 publish news hello",
    "3 publish new hello",
    "3 publish other hello",
    "3 pubsub numsub news n* other",
    "3 pubsub numpat",
    "3 pubsub channels",
    "3 pubsub channels n*",
    "3 pubsub channels x*",
  ],
  "shard channels are another world": [
    "0 ssubscribe news",
    "1 subscribe news",
    "2 psubscribe *",
    "3 spublish news one",
    "3 publish news two",
    "3 pubsub shardchannels",
    "3 pubsub shardchannels x",
    "3 pubsub shardnumsub news x",
  ],
  "a RESP2 subscriber may do little": [
    "0 subscribe a",
    "0 get x",
    "0 config get x",
    "0 nonesuch",
    "0 get",
    "0 multi",
    "0 exec",
    "0 discard",
    "0 hello 3",
    "0 publish a b",
    "0 client reply off",
    "0 ping",
    "0 ping text",
    "0 ping too many",
    "0 reset",
    "0 ping",
    "1 publish a b",
  ],
  "a RESP3 subscriber may do anything": [
    "0 hello 3",
    "0 subscribe a",
    "0 get x",
    "0 ping",
    "0 multi",
    "0 set x 1",
    "0 exec",
    "0 unsubscribe",
    "0 punsubscribe",
    "0 subscribe b",
    "0 hello 2",
    "0 get x",
    "0 ping",
    "1 publish b hello",
  ],
  "one is a subscriber until the last subscription of any kind ends": [
    "0 subscribe a",
    "0 ssubscribe a",
    "0 psubscribe a",
    "0 unsubscribe",
    "0 get x",
    "0 punsubscribe",
    "0 get x",
    "0 sunsubscribe",
    "0 get x",
  ],
  "confirmations and messages are heard in silence": [
    "0 client reply off",
    "0 subscribe a",
    "1 publish a hello",
    "0 unsubscribe a",
    "0 ping",
    "0 client reply on",
    "0 client reply skip",
    "0 psubscribe a",
    "0 ping",
    "1 publish a hello",
  ],
  "subscriptions in a transaction": [
    "0 multi",
    "0 subscribe a b",
    "0 ping",
    "0 set k 1",
    "0 ssubscribe s",
    "0 unsubscribe a",
    "0 psubscribe a*",
    "0 exec",
    "0 get k",
    "1 publish a hello",
    "1 publish b hello",
  ],
  "a silent transaction": [
    "0 client reply off",
    "0 multi",
    "0 subscribe a",
    "0 ping",
    "0 exec",
    "0 client reply on",
    "0 ping",
    "0 reset",
    "1 hello 3",
    "1 ping",
    "1 client reply off",
    "1 multi",
    "1 subscribe a b",
    "1 exec",
    "1 ping",
    "2 publish b hello",
  ],
  "messages of a transaction come in order, and by the protocol of each listener": [
    "0 subscribe a b",
    "1 hello 3",
    "1 psubscribe *",
    "2 multi",
    "2 publish a 1",
    "2 set k v",
    "2 publish b 2",
    "2 spublish a 3",
    "2 publish a 4",
    "2 exec",
  ],
  "a discarded transaction publishes nothing": [
    "0 subscribe a",
    "1 multi",
    "1 publish a 1",
    "1 discard",
    "1 watch k",
    "2 set k 1",
    "1 multi",
    "1 publish a 2",
    "1 exec",
  ],
  "who is gone, or killed, listens no more": [
    "0 subscribe a",
    "1 psubscribe a",
    "2 ssubscribe a",
    "3 publish a 1",
    "0x",
    "3 publish a 2",
    "3 client kill type pubsub",
    "3 publish a 4",
    "3 spublish a 5",
    "3 pubsub numpat",
    "3 pubsub channels",
    "3 pubsub shardchannels",
  ],
  "wrong arguments": [
    "0 subscribe",
    "0 psubscribe",
    "0 ssubscribe",
    "0 publish a",
    "0 publish a b c",
    "0 spublish a",
    "0 pubsub",
    "0 pubsub nonesuch",
    "0 pubsub channels a b",
    "0 pubsub numpat a",
    "0 pubsub shardchannels a b",
    "0 pubsub numsub",
    "0 pubsub shardnumsub",
    "0 PubSub Channels a b",
  ],
  "notifications of a transaction, and of what is served behind it": [
    "0 psubscribe __key*",
    "1 config set notify-keyspace-events KEAmn",
    "2 blpop l 0",
    "1 multi",
    "1 set k 1",
    "1 get nothing",
    "1 rpush l a b",
    "1 rename k j",
    "1 del j",
    "1 exec",
    "2 multi",
    "2 lpop l",
    "2 exec",
    "1 config set notify-keyspace-events Kl",
    "1 set k 1",
    "1 lpush l a",
    "1 config set notify-keyspace-events ",
    "1 lpush l a",
    "1 flushall",
  ],
  "patterns are matched as bytes, and the empty channel matches hardly any": [
    "0 psubscribe *",
    "1 psubscribe h[^e]llo",
    "2 psubscribe h\\?llo",
    "3 publish h?llo 1",
    "3 publish hello 2",
    "3 publish hallo 3",
    "3 publish  4",
  ],
};

let redis: RedisServer;
let veridis: Server;

beforeAll(async () => {
  redis = await startRedis();
  veridis = await createServer();
});

afterAll(async () => {
  await veridis?.close();
  await redis?.stop();
});

test.each(Object.entries(CONVERSATIONS))("%s", async (_, lines) => {
  const [theirs, ours] = [await Side.open(redis.port), await Side.open(veridis.port)];
  const wanted = await theirs.converse(lines);
  expect(await ours.converse(lines)).toEqual(wanted);
  theirs.close();
  ours.close();
});
