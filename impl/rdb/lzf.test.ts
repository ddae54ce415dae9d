import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { COMPRESSED_MIN_LENGTH } from "./form.ts";
import { decompress } from "./lzf.ts";
import { compress } from "./lzf-compress.ts";
import { sealPayload } from "./payload.ts";
import { RdbWriter } from "./writer.ts";

/** Values with and without repetitions, near and far, around the lengths where forms change. */
const words = fc.array(fc.constantFrom("a", "bc", "user:", "0123", "\xff\0", "session"), {
  maxLength: 400,
});
const values: fc.Arbitrary<Buffer> = fc.oneof(
  words.map((all) => Buffer.from(all.join(""), "latin1")),
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 900 }))
    .map(([unit, times]) => Buffer.concat(Array.from({ length: times }, () => Buffer.from(unit)))),
  // Beyond how far a reference reaches.
  fc
    .tuple(fc.uint8Array({ minLength: 8, maxLength: 40 }), fc.integer({ min: 8100, max: 8300 }))
    .map(([ends, gap]) => {
      const middle = Buffer.from(Array.from({ length: gap }, (_, i) => (i * i * 31 + i) >> 3));
      return Buffer.concat([ends, middle, ends, Buffer.alloc(4)]);
    }),
);

describe("what is compressed", () => {
  test("is what it was when it is decompressed, and shorter by four bytes at least", () => {
    let times = 0;
    fc.assert(
      fc.property(values, fc.nat({ max: 9 }), (value, offset) => {
        const around = Buffer.concat([Buffer.alloc(offset, 1), value, Buffer.alloc(5, 2)]);
        const form = compress(around, offset, value.length);
        if (form === null) return;
        times++;
        expect(form.length).toBeLessThanOrEqual(value.length - 4);
        const back = decompress(form.bytes, 0, form.length, value.length);
        expect(Buffer.from(back!).equals(value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(times).toBeGreaterThan(500);
  });

  test("is nothing where nothing is met twice", () => {
    const value = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(compress(value, 0, value.length)).toBeNull();
    expect(compress(Buffer.alloc(4), 0, 4)).toBeNull();
  });

  test("does not refer to what another value had", () => {
    const value = Buffer.from("the quick brown fox jumps over it");
    expect(compress(value, 0, value.length)).toBeNull();
    expect(compress(value, 0, value.length)).toBeNull();
  });

  test("may be long: a value of megabytes", () => {
    const value = Buffer.concat(
      Array.from({ length: 40_000 }, (_, i) => Buffer.from(`{"id":${i % 977},`)),
    );
    const form = compress(value, 0, value.length)!;
    const back = decompress(form.bytes, 0, form.length, value.length);
    expect(Buffer.from(back!).equals(value)).toBe(true);
  });
});

describe("redis-server", () => {
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

  const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
  const bulk = (reply: string): string => reply.slice(reply.indexOf("\r\n") + 2, -2);

  function payloadOf(value: Buffer): string {
    const writer = new RdbWriter(4096, true);
    writer.byte(0);
    writer.string(value, 0, value.length);
    return latin1(sealPayload(writer.bytes()));
  }

  test("restores what was compressed, and compresses it to the same bytes", async () => {
    const some = fc.sample(values, { numRuns: 400, seed: 7 });
    let compressed = 0;
    for (const value of some) {
      const payload = payloadOf(value);
      expect(await ask(client, "RESTORE", "k", "0", payload, "REPLACE")).toBe("+OK\r\n");
      expect(bulk(await ask(client, "GET", "k")) === latin1(value)).toBe(true);
      if (value.length < COMPRESSED_MIN_LENGTH) continue;
      const theirs = bulk(await ask(client, "DUMP", "k"));
      if (theirs.charCodeAt(1) !== 0xc3) continue;
      compressed++;
      expect(Buffer.from(payload, "latin1").toString("hex")).toBe(
        Buffer.from(theirs, "latin1").toString("hex"),
      );
    }
    expect(compressed).toBeGreaterThan(100);
  });
});
