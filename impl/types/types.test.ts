import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { parseDouble } from "../engine/doubles.ts";
import { Keyspace, kindOf, ROOTED } from "../engine/keyspace.ts";
import { RdbReader } from "../rdb/reader.ts";
import { RdbWriter } from "../rdb/writer.ts";
import { Request } from "../resp/request.ts";
import { StreamId } from "../structures/stream-id.ts";
import { Digest } from "./digest.ts";
import { hashView } from "./hash/hash-view.ts";
import { encodingName, type TypeName, typeOf, VALUE_TYPES, verifyValues } from "./index.ts";
import { listViews } from "./list/view.ts";
import { rootedValues } from "./rooted.ts";
import { setsOf } from "./set/sets.ts";
import { streamView } from "./stream/view.ts";
import { Encoding, encodingOf } from "./string/encoding.ts";
import { sortedSetView } from "./zset/view.ts";

const KEY = Buffer.from("key");
const OTHER = Buffer.from("other");
const LONG = "x".repeat(45);

/** Names and values of hashes, small and large. */
const HASHES: readonly (readonly string[])[] = [
  ["field", "value"],
  ["a", "1", "b", "-5000", "", "", "9223372036854775807", "\xff\0"],
  ["long", "v".repeat(64), "n".repeat(64), "12"],
  ["long", "v".repeat(65), "a", "1"],
  ["n".repeat(65), "1", "b", "12"],
  Array.from({ length: 512 * 2 }, (_, i) => String(i)),
  Array.from({ length: 513 * 2 }, (_, i) => String(i)),
];

/** Members of sets, in each form. */
const SETS: readonly (readonly string[])[] = [
  ["0"],
  ["1", "-32768", "32767"],
  ["1", "-2147483648", "32768"],
  ["2147483648", "-9223372036854775808", "9223372036854775807"],
  ["member"],
  ["a", "", "12", "0012", "9223372036854775808", "\xff\0", LONG],
  Array.from({ length: 512 }, (_, i) => String(i * 3)),
  Array.from({ length: 513 }, (_, i) => String(i)),
  Array.from({ length: 1000 }, (_, i) => `member:${i}`),
];

/** Scores and members of sorted sets, small and large. */
const SORTED_SETS: readonly (readonly string[])[] = [
  ["1", "one"],
  ["0.1", "a", "-5000", "12", "1e17", "", "inf", "9223372036854775807", "-inf", "\xff\0"],
  ["1.00000762939453125", "tie", "1e16", "b", "4611686018427387904", "c", "9e18", "d"],
  ["5e-324", "v".repeat(64), "1e300", "n", "123456789.125", "o"],
  ["-0", "v".repeat(65), "1", "a", "3.5", "b"],
  Array.from({ length: 128 }, (_, i) => [String(i / 7), `m${i}`]).flat(),
  Array.from({ length: 129 }, (_, i) => [String(i % 5), `m${i}`]).flat(),
];

/** Ids of streams' only entries, with their fields and values. */
const STREAMS: readonly (readonly string[])[] = [
  ["1-1", "field", "value"],
  ["0-1", "", "", "12", "-5000"],
  ["18446744073709551615-18446744073709551614", "a", "\xff\0", "a", LONG],
  ["1700000000000-0", ...Array.from({ length: 200 }, (_, i) => String(i))],
  ["9223372036854775808-9223372036854775807", "long", "v".repeat(5000)],
];

/** Values of each type, as arguments of the command that makes them on a Redis, and here. */
const SAMPLES: {
  readonly [T in TypeName]: ReadonlyArray<
    readonly [command: readonly string[], make: (keyspace: Keyspace) => void]
  >;
} = {
  string: ["", "text", "12", "-7", "0012", "9223372036854775807", LONG, "\xff\0"].map((value) => {
    const bytes = Buffer.from(value, "latin1");
    const make = (keyspace: Keyspace) => {
      const encoding = encodingOf(bytes, 0, bytes.length);
      keyspace.setBytes(KEY, 0, KEY.length, bytes, 0, bytes.length, encoding, false);
    };
    return [["SET", "key", value], make] as const;
  }),
  list: [
    ["one"],
    ["", "12", "-7", "0012", "9223372036854775807", "-129", "\xff\0", LONG],
    [LONG.repeat(120), "behind"],
    Array.from({ length: 300 }, (_, i) => `element ${i * 7}`),
    Array.from({ length: 400 }, (_, i) => String(i * i * i)),
  ].map((elements) => {
    const make = (keyspace: Keyspace) => {
      const list = listViews.of(keyspace);
      list.create(KEY, 0, KEY.length);
      for (const element of elements) {
        const bytes = Buffer.from(element, "latin1");
        list.push(bytes, 0, bytes.length, false);
      }
    };
    return [["RPUSH", "key", ...elements], make] as const;
  }),
  hash: HASHES.map((words) => {
    const bytes = words.map((word) => Buffer.from(word, "latin1"));
    const make = (keyspace: Keyspace) => {
      const hash = hashView(keyspace);
      hash.create(keyspace, keyspace.hash(KEY, 0, KEY.length), KEY, 0, KEY.length);
      for (let i = 0; i < bytes.length; i += 2) {
        const [name, value] = [bytes[i]!, bytes[i + 1]!];
        hash.set(name, 0, name.length, value, 0, value.length);
      }
    };
    return [["HSET", "key", ...words], make] as const;
  }),
  set: SETS.map((members) => {
    const make = (keyspace: Keyspace) => {
      const { builder } = setsOf(keyspace);
      builder.start();
      for (const member of members) {
        const bytes = Buffer.from(member, "latin1");
        builder.add(bytes, 0, bytes.length);
      }
      builder.store(keyspace, KEY, 0, KEY.length);
    };
    return [["SADD", "key", ...members], make] as const;
  }),
  zset: SORTED_SETS.map((words) => {
    const make = (keyspace: Keyspace) => {
      const zset = sortedSetView(keyspace);
      zset.create(keyspace, keyspace.hash(KEY, 0, KEY.length), KEY, 0, KEY.length);
      for (let i = 0; i < words.length; i += 2) {
        const name = Buffer.from(words[i + 1]!, "latin1");
        expect(zset.find(name, 0, name.length)).toBe(false);
        zset.add(name, 0, name.length, parseDouble(words[i]!));
      }
    };
    return [["ZADD", "key", ...words], make] as const;
  }),
  stream: STREAMS.map((words) => {
    const make = (keyspace: Keyspace) => {
      const stream = streamView(keyspace).create(keyspace, KEY, 0, KEY.length);
      const request = Request.of(...words.slice(1));
      const id = new StreamId();
      id.setParts(...(words[0]!.split("-").map(BigInt) as [bigint, bigint]));
      stream.entries.append(id, request, 0, { bytes: 4096, entries: 100 });
      stream.setLastId(id);
      stream.added.setWord(1);
      stream.saveAdded();
    };
    return [["XADD", "key", ...words], make] as const;
  }),
};

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

function filled(make: (keyspace: Keyspace) => void): Keyspace {
  const keyspace = new Keyspace({ hashKey: [1, 2], segmentBytes: 1024, rooted: rootedValues });
  make(keyspace);
  verifyValues(keyspace);
  return keyspace;
}

function digestOf(keyspace: Keyspace, key: Uint8Array): string {
  const ref = keyspace.find(key, 0, key.length);
  const type = typeOf(keyspace, ref);
  const digest = new Digest();
  digest.mixNumber(type.number);
  type.digest(digest, keyspace, ref);
  return digest.text;
}

test("each type is found under its own number, and no two read one byte of an RDB file", () => {
  const types = Object.entries(VALUE_TYPES);
  for (const [name, type] of types) {
    expect(type.name).toBe(name);
    expect(type.number).toBeGreaterThanOrEqual(0);
    expect(type.number).toBeLessThan(16);
    for (const rooted of [false, true]) {
      const encodings = Object.entries(type.encodings);
      const names = encodings.filter(([number]) => Number(number) >= ROOTED === rooted);
      expect(new Set(names.map(([, name]) => name)).size).toBe(names.length);
    }
    const numbers = Object.keys(type.encodings).map(Number);
    expect(numbers.every((number) => number >= 0 && number < 16)).toBe(true);
    expect(numbers.some((number) => number >= ROOTED)).toBe(type.rooted !== null);
  }
  expect(new Set(types.map(([, type]) => type.number)).size).toBe(types.length);
  const rdbTypes = types.flatMap(([, type]) => type.rdbTypes);
  expect(new Set(rdbTypes).size).toBe(rdbTypes.length);
});

const CASES = Object.entries(SAMPLES).flatMap(([name, samples]) =>
  samples.map(([command, make]) => ({ name, command, make })),
);

describe.each(CASES)("$name: $command", ({ name, command, make }) => {
  test("TYPE, OBJECT ENCODING and DEBUG DIGEST-VALUE are those of Redis", async () => {
    const keyspace = filled(make);
    const ref = keyspace.find(KEY, 0, KEY.length);
    await ask(client, "FLUSHALL");
    await ask(client, ...command);
    expect(await ask(client, "TYPE", "key")).toBe(`+${name}\r\n`);
    expect(typeOf(keyspace, ref).name).toBe(name);
    expect(await ask(client, "OBJECT", "ENCODING", "key")).toContain(encodingName(keyspace, ref));
    expect(await ask(client, "DEBUG", "DIGEST-VALUE", "key")).toContain(digestOf(keyspace, KEY));
  });

  test("a copy has the same value and encoding, in the same keyspace and in another", () => {
    const keyspace = filled(make);
    const another = filled(make);
    const ref = keyspace.find(KEY, 0, KEY.length);
    const type = typeOf(keyspace, ref);
    for (const to of [keyspace, another]) {
      const copied = type.copy(keyspace, ref, to, OTHER, 0, OTHER.length);
      expect(to.encoding(copied)).toBe(keyspace.encoding(ref));
      expect(digestOf(to, OTHER)).toBe(digestOf(keyspace, KEY));
      expect(digestOf(keyspace, KEY)).toBe(digestOf(another, KEY));
      expect(to.size).toBe(2);
      verifyValues(to);
      to.verifyInvariants();
    }
  });

  test("what is saved is loaded, here and from Redis", async () => {
    const keyspace = filled(make);
    const ref = keyspace.find(KEY, 0, KEY.length);
    const type = typeOf(keyspace, ref);
    const writer = new RdbWriter();
    type.save(writer, keyspace, ref);
    await ask(client, "FLUSHALL");
    await ask(client, ...command);
    const dump = await ask(client, "DUMP", "key");
    const theirs = Buffer.from(dump.slice(dump.indexOf("\r\n") + 2, -2), "latin1");
    const ours = Buffer.concat([Buffer.from([type.rdbType(keyspace, ref)]), writer.bytes()]);
    for (const bytes of [ours, theirs.subarray(0, -10)]) {
      const rdbType = bytes[0]!;
      expect(type.rdbTypes).toContain(rdbType);
      const to = new Keyspace({ hashKey: [3, 4], rooted: rootedValues });
      const reader = new RdbReader(bytes, 1);
      const loaded = type.load(reader, rdbType, to, KEY, 0, KEY.length);
      expect([reader.damage, reader.atEnd]).toEqual([null, true]);
      expect(encodingName(to, loaded)).toBe(encodingName(keyspace, ref));
      expect(digestOf(to, KEY)).toBe(digestOf(keyspace, KEY));
      verifyValues(to);
    }
  });

  test("damaged bytes change nothing", () => {
    const keyspace = filled(make);
    const ref = keyspace.find(KEY, 0, KEY.length);
    const type = typeOf(keyspace, ref);
    const writer = new RdbWriter();
    type.save(writer, keyspace, ref);
    const bytes = writer.bytes();
    const to = new Keyspace({ hashKey: [3, 4], rooted: rootedValues });
    for (let end = 0; end < bytes.length; end++) {
      const reader = new RdbReader(bytes, 0, end);
      const rdbType = type.rdbType(keyspace, ref);
      expect(type.load(reader, rdbType, to, KEY, 0, KEY.length)).toBe(0);
      expect(reader.damage).not.toBeNull();
    }
    expect(to.size).toBe(0);
  });
});

test("a type without rooted values owns none", () => {
  const keyspace = new Keyspace({ hashKey: [1, 2], rooted: rootedValues });
  const root = keyspace.arena.allocate(16);
  const kind = kindOf(VALUE_TYPES.string.number, ROOTED);
  const ref = keyspace.setRoot(KEY, 0, KEY.length, root, kind, false);
  expect(() => keyspace.verifyInvariants()).toThrow("no value of this type has a root");
  keyspace.remove(ref);
  expect(() => keyspace.reclaim(1)).toThrow("no value of this type has a root");
});

test("a value whose encoding is not its own is found", () => {
  const keyspace = filled((to) => {
    to.setBytes(KEY, 0, KEY.length, KEY, 0, KEY.length, Encoding.raw, false);
  });
  const ref = keyspace.find(KEY, 0, KEY.length);
  keyspace.setEncoding(ref, Encoding.int);
  expect(() => verifyValues(keyspace)).toThrow("has its form");
  keyspace.setEncoding(ref, 7);
  expect(() => verifyValues(keyspace)).toThrow("encoding of its type");
});
