import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Found, readKeyspace } from "../../refinement/oracle/keyspace.ts";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { provision } from "../../scripts/provision.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { Keyspace } from "../engine/keyspace.ts";
import { Encoding } from "../types/string/encoding.ts";
import { encodeRdb } from "./rdb.ts";

let redis: RedisServer;
let client: WireClient;
let checker: string;
let folder: string;
let dumpFile: string;

beforeAll(async () => {
  checker = await provision("redis-check-rdb");
  folder = mkdtempSync(join(tmpdir(), "veridis-rdb-"));
  redis = await startRedis();
  client = await connectClient(redis.port);
  await ask(client, "HELLO", "3");
  const directory = await ask(client, "CONFIG", "GET", "dir");
  dumpFile = join(directory.split("\r\n")[4]!, "dump.rdb");
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a database is to hold: values and expiries by key; strings have one character per byte. */
type Content = ReadonlyMap<string, { value: string; expireAtMs: bigint | null }>;

function databaseOf(content: Content): Keyspace {
  const keyspace = new Keyspace({ hashKey: [1, 2] });
  for (const [key, { value, expireAtMs }] of content) {
    const name = Buffer.from(key, "latin1");
    const bytes = Buffer.from(value, "latin1");
    const { raw } = Encoding;
    const ref = keyspace.setBytes(name, 0, name.length, bytes, 0, bytes.length, raw, false);
    if (expireAtMs !== null) keyspace.setExpiryMs(ref, Number(expireAtMs));
  }
  return keyspace;
}

function snapshot(
  databases: readonly Content[],
  checksum: boolean,
  codes: readonly string[] = [],
): Buffer {
  const facts = [["redis-ver", "7.0.15"] as const];
  const libraries = codes.map((code) => Buffer.from(code, "latin1"));
  const file = encodeRdb({ libraries, databases: databases.map(databaseOf), facts, checksum });
  const bytes = Buffer.concat(file.chunks);
  expect(bytes.length).toBe(file.lengthBytes);
  return bytes;
}

/** What redis-check-rdb says of a file; throws when it refuses it. */
function check(bytes: Buffer): string {
  const path = join(folder, "checked.rdb");
  writeFileSync(path, bytes);
  return execFileSync(checker, [path], { encoding: "latin1", stdio: "pipe" });
}

/** Lets redis-server load a file in place of what it has. */
async function load(bytes: Buffer): Promise<readonly Content[]> {
  writeFileSync(dumpFile, bytes);
  expect(await ask(client, "DEBUG", "RELOAD", "NOSAVE")).toBe("+OK\r\n");
  const found = await readKeyspace(client);
  return Array.from({ length: 16 }, (_, index) => {
    const keys = [...(found.get(index) ?? [])];
    return new Map(keys.map(([key, held]) => [key, stringOf(held)]));
  });
}

function stringOf(held: Found): { value: string; expireAtMs: bigint | null } {
  if ("foreign" in held || held.value.type !== "string") throw new Error("no string");
  return { value: held.value.bytes, expireAtMs: held.expireAtMs };
}

const binary = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength, size: "max" }).map((bytes) => Buffer.from(bytes).toString("latin1"));

/** Where the format changes its form: of integers, and of lengths. */
const edges = [
  [0, 1, 127, 128, 129, 255, 256],
  [32_767, 32_768, 32_769, 65_536],
  [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 12_345_678_901],
].flat();
const integer = fc
  .tuple(fc.constantFrom(...edges, 0.5), fc.constantFrom("", "-", "0", "+"))
  .map(([value, sign]) => `${sign}${value}`);
const long = fc
  .constantFrom(63, 64, 16_383, 16_384, 70_000, 300_000)
  .map((length) => "ab\xff\x00".repeat(length / 4 + 1).slice(0, length));
const text = fc.oneof(
  { weight: 4, arbitrary: binary(30) },
  { weight: 4, arbitrary: integer },
  { weight: 1, arbitrary: long },
);
const expiry = fc.option(fc.bigInt({ min: 4_000_000_000_000n, max: 2n ** 50n }));
const database: fc.Arbitrary<Content> = fc
  .array(fc.tuple(text, fc.record({ value: text, expireAtMs: expiry })), { maxLength: 20 })
  .map((entries) => new Map(entries));

test("redis-server loads exactly what was written, and redis-check-rdb finds no fault", async () => {
  const property = fc.asyncProperty(
    fc.array(database, { minLength: 16, maxLength: 16 }),
    fc.boolean(),
    async (databases, checksum) => {
      const bytes = snapshot(databases, checksum);
      expect(await load(bytes)).toEqual(databases);
      expect(check(bytes)).toContain(checksum ? "Checksum OK" : "checksum disabled");
    },
  );
  await fc.assert(property, { numRuns: 60 });
}, 60_000);

test("libraries of functions stand in front of the keys", async () => {
  const code = "#!lua name=lib\nredis.register_function('f', function() return 'called' end)";
  const keys: Content = new Map([["key", { value: "v", expireAtMs: null }]]);
  const bytes = snapshot([keys], true, [code]);
  expect(check(bytes)).toContain("Checksum OK");
  expect((await load(bytes))[0]).toEqual(keys);
  expect(await ask(client, "FCALL", "f", "0")).toBe("$6\r\ncalled\r\n");
  expect(await ask(client, "FUNCTION", "FLUSH")).toBe("+OK\r\n");
});

test("many keys cross the pieces of the file", async () => {
  const many: Content = new Map(
    Array.from({ length: 40_000 }, (_, i) => [
      `key:${i}`,
      { value: "v".repeat(i % 100), expireAtMs: i % 3 === 0 ? 4_000_000_000_000n : null },
    ]),
  );
  const bytes = snapshot([many], true);
  const said = check(bytes);
  expect(said).toContain("40000 keys read");
  expect(said).toContain(`${Math.ceil(40_000 / 3)} expires`);
  expect((await load(bytes))[0]).toEqual(many);
}, 60_000);

test("a damaged file is refused, so that these checks can fail", () => {
  const bytes = snapshot([new Map([["key", { value: "some value", expireAtMs: null }]])], true);
  bytes[bytes.length - 12]! ^= 1;
  expect(() => check(bytes)).toThrow();
});
