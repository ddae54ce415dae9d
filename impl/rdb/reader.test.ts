import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { RdbReader } from "./reader.ts";
import { RdbWriter } from "./writer.ts";

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

/** The string that was last read, one character per byte. */
function text({ stringBytes, stringOffset, stringLength }: RdbReader): string {
  const bytes = stringBytes.subarray(stringOffset, stringOffset + stringLength);
  return Buffer.from(bytes).toString("latin1");
}

/** The bytes of a reply that is a bulk string. */
function bulk(reply: string): Buffer {
  const start = reply.indexOf("\r\n") + 2;
  return Buffer.from(reply.slice(start, -2), "latin1");
}

type Part =
  | { readonly kind: "byte"; readonly value: number }
  | { readonly kind: "length"; readonly value: number }
  | { readonly kind: "int64"; readonly value: bigint }
  | { readonly kind: "string"; readonly value: string };

const edges = [0, 1, 63, 64, 127, 128, 255, 16_383, 16_384, 65_535];
const lengths = fc.oneof(
  fc.constantFrom(...edges, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.nat(Number.MAX_SAFE_INTEGER),
);
const integers = fc
  .tuple(fc.constantFrom("", "-", "0"), fc.constantFrom(...edges, 2 ** 31 - 1, 2 ** 31, 2 ** 32))
  .map(([sign, value]) => `${sign}${value}`);
const strings = fc.oneof(
  integers,
  fc.constantFrom(63, 64, 300, 16_384).map((length) => "ab\xff\0".repeat(length / 4 + 1)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);
const parts: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant("byte" as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("length" as const), value: lengths }),
  fc.record({
    kind: fc.constant("int64" as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ kind: fc.constant("string" as const), value: strings }),
);

function write(writer: RdbWriter, part: Part): void {
  if (part.kind === "byte") writer.byte(part.value);
  else if (part.kind === "length") writer.length(part.value);
  else if (part.kind === "int64") writer.int64(part.value);
  else writer.textString(part.value);
}

function read(reader: RdbReader, kind: Part["kind"]): number | bigint | string {
  if (kind === "byte") return reader.byte();
  if (kind === "length") return reader.length();
  if (kind === "int64") return reader.int64();
  reader.string();
  return text(reader);
}

test("reads what the writer wrote, whatever the length of its chunks", () => {
  const property = fc.property(fc.array(parts), fc.constantFrom(8, 9, 64, 4096), (all, chunk) => {
    const writer = new RdbWriter(chunk);
    for (const part of all) write(writer, part);
    const bytes = writer.bytes();
    expect(bytes.length).toBe(writer.lengthBytes);
    const reader = new RdbReader(bytes);
    expect(all.map(({ kind }) => read(reader, kind))).toEqual(all.map(({ value }) => value));
    expect(reader.damage).toBeNull();
    expect(reader.atEnd).toBe(true);
  });
  fc.assert(property, { numRuns: 300 });
});

test("bytes that end early, anywhere, are damage, and what follows is empty", () => {
  const property = fc.property(parts, fc.nat(), (part, cut) => {
    const writer = new RdbWriter();
    write(writer, part);
    const bytes = writer.bytes();
    const reader = new RdbReader(bytes, 0, cut % bytes.length);
    read(reader, part.kind);
    expect(reader.damage).not.toBeNull();
    expect([reader.byte(), reader.length(), reader.int64()]).toEqual([0, 0, 0n]);
    reader.string();
    expect(text(reader)).toBe("");
  });
  fc.assert(property, { numRuns: 300 });
});

test("random bytes are read or refused, never more", () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 60, size: "max" }),
    fc.array(fc.constantFrom<Part["kind"]>("byte", "length", "int64", "string")),
    (bytes, kinds) => {
      const reader = new RdbReader(bytes);
      for (const kind of kinds) read(reader, kind);
      expect(reader.position).toBeLessThanOrEqual(bytes.length);
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

test.each([
  ["a form that nobody writes", [0xc4], "unknown form"],
  ["a length that no number holds", [0x81, 0x80, 0, 0, 0, 0, 0, 0, 0], "no length"],
  ["a reference behind the first byte", [0xc3, 2, 3, 0x20, 0x05], "its length"],
  ["what is compressed to less than it says", [0xc3, 2, 0x80, 0, 0, 0x80, 0, 0, 97], "its length"],
  ["more than 512 MB", [0xc3, 2, 0x80, 0xff, 0xff, 0xff, 0xff, 0, 97], "512 MB"],
  ["a compressed string that is too short", [0xc3, 2, 3, 0x00, 0x61], "its length"],
])("%s is damage", (_, bytes, says) => {
  const reader = new RdbReader(Uint8Array.from(bytes));
  reader.string();
  expect(reader.damage).toContain(says);
});

test("a compressed string of no bytes is empty, whatever it is, as for Redis", () => {
  const reader = new RdbReader(Uint8Array.from([0xc3, 2, 0, 0x20, 0x05]));
  reader.string();
  expect([text(reader), reader.damage, reader.atEnd]).toEqual(["", null, true]);
});

test("reads the strings that redis-server writes, compressed ones included", async () => {
  const samples = fc.sample(
    fc.oneof(
      integers,
      fc
        .tuple(fc.array(fc.constantFrom("a", "bc", "\xff\0\r\n"), { maxLength: 900 }), strings)
        .map(([words, tail]) => words.join("") + tail),
      fc.constantFrom("z".repeat(300), "z".repeat(9000), "0123456789".repeat(500)),
    ),
    { numRuns: 150, seed: 1 },
  );
  let compressed = 0;
  for (const value of samples) {
    await ask(client, "SET", "k", value);
    const dump = bulk(await ask(client, "DUMP", "k"));
    if (dump[1] === 0xc3) compressed++;
    // Ten bytes of version and checksum follow the type byte and the value.
    const reader = new RdbReader(dump, 1, dump.length - 10);
    reader.string();
    expect(text(reader)).toBe(value);
    expect([reader.damage, reader.atEnd]).toEqual([null, true]);
  }
  expect(compressed).toBeGreaterThan(10);
}, 60_000);
