/** That each type's view makes what it says and says what there is: model, server and Redis agree. */
import { Arbitrary, Effect, Schema } from "effect";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  connect,
  Entry,
  execute,
  initial,
  sameButForEncoding,
  sameEntry,
  type TypeName,
  typeNames,
  types,
  type Value,
} from "../../model/keyspace/index.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { abstractDatabase } from "../abstraction/keyspace.ts";
import { readKeyspace } from "../oracle/keyspace.ts";
import { type RedisServer, startRedis } from "../oracle/redis.ts";
import { World } from "../refine/world.ts";
import { makingOf, typeViews } from "./index.ts";

const KEY = "key";
const VALUES = 40;
const SEED = 1;

/**
 * Values that the type's Schema allows, drawn from it. A stream's says nothing of the order of its
 * ids and of what its facts have to do with them: of streams those that the view draws.
 */
function drawn(type: TypeName): readonly Value[] {
  if (type === "stream") {
    const contents = fc.sample(typeViews.stream.drawn, { numRuns: VALUES, seed: SEED });
    return contents.map((content) => ({ type, encoding: "stream", ...content }));
  }
  const arbitrary = Arbitrary.schema(types[type]);
  return Effect.runSync(Arbitrary.sampleEffect(arbitrary, { count: VALUES, seed: SEED }));
}

function madeInModel(value: Value): Entry | undefined {
  let state = connect(initial(), 1);
  for (const command of makingOf(KEY, value)) state = execute(state, 1, command, 0n).state;
  return state.databases[0]?.get(KEY);
}

function madeInServer(value: Value): Entry | undefined {
  const world = new World(SEED);
  const session = world.connect();
  for (const command of makingOf(KEY, value)) world.send(session, command);
  return abstractDatabase(world.instance.data.databases[0]!, world.nowMs).get(KEY);
}

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
  await ask(client, "HELLO", "3");
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

async function madeInRedis(value: Value): Promise<unknown> {
  await ask(client, "FLUSHALL");
  for (const command of makingOf(KEY, value)) await ask(client, ...command);
  return (await readKeyspace(client)).get(0)?.get(KEY);
}

describe.each(typeNames)("%s", (type) => {
  const values = drawn(type);

  test("what is made is there, in the model, in the server and in Redis", async () => {
    for (const value of values) {
      const wanted = { value, expireAtMs: null };
      const inModel = madeInModel(value)!;
      expect(sameButForEncoding(inModel, wanted), JSON.stringify([wanted, inModel], shown)).toBe(
        true,
      );
      expect(madeInServer(value)).toEqual(inModel);
      expect(await madeInRedis(value)).toEqual(inModel);
    }
  });

  test("values are the same exactly when everything about them is", () => {
    for (const value of values) {
      const entry = { value, expireAtMs: 1n };
      expect(sameEntry(entry, structuredClone(entry))).toBe(true);
      expect(sameEntry(entry, { value, expireAtMs: null })).toBe(false);
      for (const other of values) {
        const isSame = JSON.stringify(other, shown) === JSON.stringify(value, shown);
        expect(sameEntry(entry, { value: other, expireAtMs: 1n })).toBe(isSame);
      }
    }
  });

  test("no other encoding is allowed", () => {
    const isEntry = Schema.is(Entry);
    expect(isEntry({ value: values[0], expireAtMs: null })).toBe(true);
    expect(isEntry({ value: { ...values[0], encoding: "any" }, expireAtMs: null })).toBe(false);
  });
});

function shown(_: string, part: unknown): unknown {
  if (typeof part === "bigint") return `${part}n`;
  return part instanceof Map || part instanceof Set ? [...part] : part;
}
