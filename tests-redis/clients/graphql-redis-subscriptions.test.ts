/** graphql-redis-subscriptions: what one server publishes, subscriptions of another get in order. */
import {
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  subscribe,
} from "graphql";
import { RedisPubSub } from "graphql-redis-subscriptions";
import { withFilter } from "graphql-subscriptions";
import { expect, test } from "vitest";
import { atEnd, ioredis, serverForTests, upTo } from "./application.ts";
import { until } from "./target.ts";

const target = serverForTests();

interface Comment {
  readonly post: string;
  readonly number: number;
  readonly at?: Date;
}

/** An engine with connections of its own, by the ioredis that it brings. */
function engine(): RedisPubSub {
  const pubsub = new RedisPubSub({
    connection: { host: "127.0.0.1", port: target.port, retryStrategy: () => 20 },
  });
  atEnd(() => pubsub.close());
  return pubsub;
}

/** A schema whose subscription `commented` gives the comments of one post. */
function schemaOf(pubsub: RedisPubSub): GraphQLSchema {
  const comment = new GraphQLObjectType({
    name: "Comment",
    fields: {
      post: { type: new GraphQLNonNull(GraphQLString) },
      number: { type: new GraphQLNonNull(GraphQLInt) },
    },
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: { none: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: "Subscription",
      fields: {
        commented: {
          type: comment,
          args: { post: { type: GraphQLString } },
          subscribe: withFilter(
            () => pubsub.asyncIterator("commented"),
            (payload: { commented: Comment } | undefined, args: { post: string } | undefined) =>
              payload?.commented.post === args?.post,
          ),
        },
      },
    }),
  });
}

async function subscribed(schema: GraphQLSchema, post: string) {
  const source = `subscription { commented(post: "${post}") { post number } }`;
  const results = await subscribe({ schema, document: parse(source) });
  if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results));
  return results;
}

test("each subscription gets what its filter lets through, in order", async () => {
  const [a, b] = [engine(), engine()];
  const counter = ioredis(target.port);
  const posts = ["first", "second", "third"];
  const wanted = posts.map((post) => upTo(100).filter((i) => posts[i % 3] === post));
  const readers = await Promise.all(
    posts.map(async (post, p) => {
      const results = await subscribed(schemaOf(a), post);
      const got: number[] = [];
      const reading = (async () => {
        for await (const { data } of results) {
          const { commented } = data as unknown as { commented: Comment };
          expect(commented.post).toBe(post);
          if (got.push(commented.number) === wanted[p]!.length) return;
        }
      })();
      return { got, reading };
    }),
  );
  await until("it subscribes", async () => {
    return (await counter.pubsub("NUMSUB", "commented"))[1] === 1;
  });
  for (const i of upTo(100)) {
    await b.publish("commented", { commented: { post: posts[i % 3]!, number: i } });
  }
  await Promise.all(readers.map(({ reading }) => reading));
  expect(readers.map(({ got }) => got)).toEqual(wanted);
  await until("it does no more", async () => {
    return (await counter.pubsub("NUMSUB", "commented"))[1] === 0;
  });
});

test("patterns, two subscribers of one channel, and the end of one of them", async () => {
  const [a, b] = [engine(), engine()];
  const heard: string[] = [];
  const note = (who: string) => (message: string) => void heard.push(`${who} ${message}`);
  const one = await a.subscribe("news", note("one"));
  await a.subscribe("news", note("other"));
  await a.subscribe("n*", note("pattern"), { pattern: true });
  await b.publish("news", "1");
  await until("messages", () => heard.length === 3);
  expect([...heard].sort()).toEqual(["one 1", "other 1", "pattern 1"]);
  a.unsubscribe(one);
  await b.publish("news", "2");
  await until("messages", () => heard.length === 5);
  expect(heard.slice(3).sort()).toEqual(["other 2", "pattern 2"]);
});

test("subscriptions come back when the connection breaks", async () => {
  const [a, b] = [engine(), engine()];
  const heard: string[] = [];
  await a.subscribe("news", (message: string) => void heard.push(message));
  const killer = ioredis(target.port);
  expect(await killer.call("CLIENT", "KILL", "TYPE", "pubsub")).toBeGreaterThan(0);
  await until("it is back", async () => (await killer.pubsub("NUMSUB", "news"))[1] === 1);
  await b.publish("news", "again");
  await until("a message", () => heard.length === 1);
  expect(heard).toEqual(["again"]);
});
