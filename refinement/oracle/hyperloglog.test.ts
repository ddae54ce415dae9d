/**
 * HyperLogLogs beside redis-server, byte for byte, under limits of the sparse form that the random
 * sequences never set and with elements whose hashes they never meet.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../../impl/commands/index.ts";
import { elementWith } from "../../testing/hyperloglog.ts";
import { testInstance } from "../../testing/instance.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { type RedisServer, startRedis } from "./redis.ts";

let redis: RedisServer;
let client: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectClient(redis.port);
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

/** Registers so near each other that runs split and join, with every rank that there is. */
const element: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.nat({ max: 12 }),
      fc.integer({ min: 16_370, max: 16_383 }),
      fc.nat({ max: 16_383 }),
    ),
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 51 }) },
    ),
  )
  .map(([index, rank]) => {
    const rest = rank === 51 ? 0n : 1n << BigInt(rank - 1);
    return Buffer.from(elementWith(BigInt(index) + (rest << 14n))).toString("latin1");
  });

const command: fc.Arbitrary<readonly string[]> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .tuple(fc.constantFrom("a", "b"), fc.array(element, { maxLength: 12 }))
      .map(([key, elements]) => ["PFADD", key, ...elements]),
  },
  fc.constantFrom(
    ["PFCOUNT", "a"],
    ["PFCOUNT", "a", "b"],
    ["PFMERGE", "b", "a"],
    ["PFMERGE", "a", "b"],
    ["PFDEBUG", "DECODE", "a"],
    ["PFDEBUG", "TODENSE", "b"],
  ),
);

test.each(["0", "18", "24", "60", "3000", "1gb"])(
  "the bytes are the same with hll-sparse-max-bytes %s",
  async (limit) => {
    const ours = testInstance(commands);
    for (const args of [["CONFIG", "SET", "hll-sparse-max-bytes", limit]]) {
      expect(ours.send(...args)).toBe(await ask(client, ...args));
    }
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 1, maxLength: 40, size: "max" }),
      async (lines) => {
        for (const args of [["FLUSHALL"], ...lines]) {
          for (const one of [args, ["GET", "a"], ["GET", "b"]]) {
            expect([one, ours.send(...one)]).toEqual([one, await ask(client, ...one)]);
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 25 });
  },
  60_000,
);
