import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chance, mutated } from "../../refinement/fuzz/restore/mutate.ts";
import { ownSeeds, seedCommands } from "../../refinement/fuzz/restore/seeds.ts";
import { type RedisServer, startRedis } from "../../refinement/oracle/redis.ts";
import { testInstance } from "../../testing/instance.ts";
import { oldValues } from "../../testing/old-forms.ts";
import { seededRandom } from "../../testing/random.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { datasetDigest } from "../commands/debug/digest.ts";
import { commands } from "../commands/index.ts";
import { valueLength } from "../rdb/payload.ts";
import type { RdbSource } from "../rdb/reader.ts";
import { RdbWriter } from "../rdb/writer.ts";
import type { Instance } from "../session/instance.ts";
import { snapshotTarget } from "../session/snapshot-target.ts";
import { type SnapshotFlaw, SnapshotReader } from "./snapshot-reader.ts";

let redis: RedisServer;
let client: WireClient;
let folder: string;

beforeAll(async () => {
  redis = await startRedis(["--databases", "16"]);
  client = await connectClient(redis.port);
  folder = (await ask(client, "CONFIG", "GET", "dir")).split("\r\n")[4]!;
});

afterAll(async () => {
  client?.close();
  await redis?.stop();
});

/** Bytes that come at most `atOnce` at a time. */
class SlowSource implements RdbSource {
  readonly #bytes: Uint8Array;
  readonly #atOnce: number;
  #at = 0;

  constructor(bytes: Uint8Array, atOnce: number) {
    this.#bytes = bytes;
    this.#atOnce = atOnce;
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#at;
  }

  read(into: Uint8Array, start: number): number {
    const count = Math.min(this.#atOnce, into.length - start, this.leftBytes);
    into.set(this.#bytes.subarray(this.#at, this.#at + count), start);
    this.#at += count;
    return count;
  }
}

interface Loaded {
  readonly instance: Instance;
  readonly outcome: "done" | SnapshotFlaw;
  readonly reader: SnapshotReader;
  readonly told: readonly string[];
}

/** Loads a file into a new instance; whatever comes of it, that is sound. */
function load(bytes: Uint8Array, atOnce = 1 << 20, budgetBytes = 1 << 16): Loaded {
  const { instance } = testInstance(commands);
  instance.time.beginBatch();
  const told: string[] = [];
  const target = snapshotTarget(
    instance,
    (name, value) => told.push(`${name} ${value}`),
    (text) => told.push(text),
  );
  const source = new SlowSource(bytes, atOnce);
  const reader = new SnapshotReader({ source, target, checksum: true, replaces: false });
  for (;;) {
    const outcome = reader.step(budgetBytes);
    if (outcome === "more") continue;
    instance.time.settle();
    instance.verifyInvariants();
    return { instance, outcome, reader, told };
  }
}

/** A file of this version: what `write` writes, the end and the right checksum. */
function file(write: (writer: RdbWriter) => void, version = "0010"): Uint8Array {
  const writer = new RdbWriter();
  writer.text(`REDIS${version}`);
  write(writer);
  writer.byte(0xff);
  return Buffer.concat(writer.finish(true).chunks);
}

/** Writes a key with its value, whose type byte comes first. */
function entry(writer: RdbWriter, key: string, value: Uint8Array): void {
  writer.byte(value[0]!);
  writer.textString(key);
  writer.raw(value, 1, value.length - 1);
}

const STRING = Uint8Array.from([0, 1, 0x76]);

async function digestOf(bytes: Uint8Array): Promise<string> {
  writeFileSync(join(folder, "dump.rdb"), bytes);
  expect(await ask(client, "DEBUG", "RELOAD", "NOSAVE")).toBe("+OK\r\n");
  return (await ask(client, "DEBUG", "DIGEST")).slice(1, -2);
}

test("every form that Redis has given up is read as redis-server reads it", async () => {
  const texts = [
    "a",
    "12",
    "-7",
    "40000",
    "-9000000",
    "3000000000",
    "x".repeat(300),
    "9".repeat(19),
  ];
  const many = Array.from({ length: 1200 }, (_, i) => `${i * 77}`);
  for (const version of ["0001", "0006", "0009", "0010"]) {
    const bytes = file((writer) => {
      writer.byte(0xfe);
      writer.length(3);
      for (const [i, { bytes: value }] of [...oldValues(texts), ...oldValues(many)].entries()) {
        if (i % 2 === 0) {
          writer.byte(0xfd);
          writer.raw(Buffer.from([0xff, 0xff, 0xff, 0x7f]), 0, 4);
        }
        entry(writer, `key ${i}`, value);
      }
    }, version);
    const { instance, outcome, reader } = load(bytes, 7, 100);
    expect(outcome).toBe("done");
    expect(reader.loadedKeys).toBe(14);
    expect(instance.data.databases[3]!.expiringCount).toBe(7);
    expect(datasetDigest(instance)).toBe(await digestOf(bytes));
  }
});

test("what redis-server has saved is what it has", async () => {
  await ask(client, "FLUSHALL");
  let key = 0;
  for (const lines of seedCommands()) {
    await ask(client, "SELECT", String(key % 16));
    for (const line of lines) await ask(client, ...line);
    if (key % 3 === 0) await ask(client, "PEXPIRE", "k", "100000000");
    await ask(client, "RENAME", "k", `key:${key++}`);
  }
  const code = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
  await ask(client, "FUNCTION", "LOAD", "REPLACE", code);
  await ask(client, "SAVE");
  const bytes = readFileSync(join(folder, "dump.rdb"));
  const digest = (await ask(client, "DEBUG", "DIGEST")).slice(1, -2);
  for (const atOnce of [1 << 20, 1000]) {
    const { instance, outcome, reader, told } = load(bytes, atOnce, 5000);
    expect(outcome).toBe("done");
    expect(reader.loadedKeys).toBe(key);
    expect(datasetDigest(instance)).toBe(digest);
    expect([...instance.data.libraries].map(({ name }) => name)).toEqual(["lib"]);
    expect(told).toContain("redis-ver 7.0.15");
  }
  await ask(client, "FUNCTION", "FLUSH");
});

test("what Redis 7.2 writes is read, too", () => {
  const { instance, outcome } = load(
    file((writer) => {
      const bytes = Buffer.from("0c00000002000101816102ff", "hex");
      writer.byte(20);
      writer.textString("set");
      writer.string(bytes, 0, bytes.length);
    }, "0011"),
  );
  expect(outcome).toBe("done");
  const same = testInstance(commands);
  same.run("sadd set 1 a");
  expect(datasetDigest(instance)).toBe(datasetDigest(same.instance));
});

test("keys whose time is past are left out, and those without elements passed over", () => {
  const bytes = file((writer) => {
    writer.byte(0xfc);
    writer.int64(1);
    entry(writer, "dead", STRING);
    writer.byte(0xfc);
    writer.int64(1);
    entry(writer, "dead list", oldValues(["a", "b"])[2]!.bytes);
    entry(writer, "nothing", Uint8Array.from([2, 0]));
    writer.byte(0xf8);
    writer.length(5);
    entry(writer, "idle", STRING);
    writer.byte(0xf9);
    writer.byte(200);
    entry(writer, "frequent", STRING);
  });
  const { outcome, reader, instance } = load(bytes);
  expect(outcome).toBe("done");
  const { loadedKeys, expiredKeys, emptyKeys } = reader;
  expect({ loadedKeys, expiredKeys, emptyKeys }).toEqual({
    loadedKeys: 2,
    expiredKeys: 2,
    emptyKeys: 1,
  });
  const [keyspace] = instance.data.databases;
  const idle = keyspace!.access(keyspace!.find(Buffer.from("idle"), 0, 4));
  const frequent = keyspace!.access(keyspace!.find(Buffer.from("frequent"), 0, 8));
  expect(frequent - idle).toBe(5);
});

const flaws: readonly [string, Uint8Array, SnapshotFlaw][] = [
  [
    "no file of ours",
    Buffer.from("PK\x03\x04 and more"),
    { offset: 0, reason: "this is no RDB file" },
  ],
  [
    "a later version",
    file(() => {}, "0012"),
    { offset: 0, reason: "this is RDB version 0012, and versions up to 11 are read" },
  ],
  ["nothing at all", Buffer.alloc(0), { offset: 0, reason: "this is no RDB file" }],
  [
    "a file that is cut",
    file((writer) => entry(writer, "k", STRING)).slice(0, 12),
    { offset: 9, reason: 'the value of the key "k" is damaged: the bytes end early' },
  ],
  ["no end", Buffer.from("REDIS0010"), { offset: 9, reason: "the bytes end early" }],
  [
    "an unknown type",
    file((writer) => entry(writer, "k", Uint8Array.from([99]))),
    { offset: 9, reason: "99 is the type of no value, and no opcode" },
  ],
  [
    "too many databases",
    file((writer) => {
      writer.byte(0xfe);
      writer.length(16);
    }),
    { offset: 9, reason: "there are keys of database 16, and the directive databases allows 16" },
  ],
  [
    "a key twice",
    file((writer) => {
      entry(writer, "k", STRING);
      entry(writer, "k", STRING);
    }),
    { offset: 14, reason: 'the key "k" is there twice in database 0' },
  ],
  [
    "a library that is none",
    file((writer) => {
      writer.byte(0xf5);
      writer.textString("#!lua name=x\nreturn");
    }),
    { offset: 9, reason: "a library of functions cannot be loaded: No functions registered" },
  ],
];

test.each(flaws)("%s is refused, and where", (_, bytes, flaw) => {
  for (const atOnce of [1, 1 << 20]) expect(load(bytes, atOnce).outcome).toEqual(flaw);
});

test("modules are told by their names", () => {
  const moduleNumber = 5_183_120_205_118_836_736n;
  const value = load(
    file((writer) => {
      writer.byte(7);
      writer.textString("k");
      writer.uint64(moduleNumber);
    }),
  ).outcome;
  const aux = load(
    file((writer) => {
      writer.byte(0xf7);
      writer.uint64(moduleNumber);
    }),
  ).outcome;
  for (const outcome of [value, aux]) {
    expect(String((outcome as SnapshotFlaw).reason)).toMatch(
      /of the module [A-Za-z0-9_-]{9}: there are no modules$/,
    );
  }
});

test("a checksum that is wrong is refused, and one that is zero says nothing", () => {
  const bytes = Buffer.from(file((writer) => entry(writer, "k", STRING)));
  const wrong = Buffer.from(bytes);
  wrong[13] = 0x77;
  expect(String((load(wrong).outcome as SnapshotFlaw).reason)).toMatch(
    /^the checksum of the whole is [0-9a-f]{16}, and that of what was read [0-9a-f]{16}$/,
  );
  const none = Buffer.from(wrong);
  none.fill(0, none.length - 8);
  const { outcome, told } = load(none);
  expect(outcome).toBe("done");
  expect(told).toEqual(["The RDB file was saved without a checksum: none is checked."]);
});

test("files that were changed are refused, or sound, however their bytes come", {
  timeout: 60_000,
}, () => {
  const seeds = ownSeeds();
  const chance = new Chance(seededRandom(7));
  const seen = new Set<string>();
  for (let i = 0; i < 150; i++) {
    const values = Array.from({ length: 1 + chance.below(4) }, () => {
      const { payload } = mutated(chance.of(seeds), chance.of(seeds), chance);
      return payload.subarray(0, valueLength(payload.length));
    });
    const whole = Buffer.from(
      file((writer) => {
        for (const [n, value] of values.entries()) {
          if (chance.below(3) === 0)
            writer.byte(chance.of([0xfe, 0xfa, 0xf5, 0xfc, 0xfd, 0xf8, 0xfb]));
          if (value.length > 0) entry(writer, `k${n}`, value);
        }
      }),
    );
    if (chance.below(2) === 0) whole[chance.below(whole.length)] = chance.below(256);
    const atOnce = load(whole, 1 << 20);
    const slowly = load(whole, 1 + chance.below(9), 1 + chance.below(50));
    expect(slowly.outcome).toEqual(atOnce.outcome);
    expect(datasetDigest(slowly.instance)).toBe(datasetDigest(atOnce.instance));
    seen.add(
      atOnce.outcome === "done" ? "done" : atOnce.outcome.reason.split(":")[0]!.slice(0, 20),
    );
  }
  expect(seen.size).toBeGreaterThan(6);
  expect(seen).toContain("done");
});

test("lengths of 64 bits and long strings come over the border of a window", () => {
  const property = fc.property(fc.integer({ min: 262_000, max: 262_400 }), (length) => {
    const text = "ab".repeat(length).slice(0, length);
    const bytes = file((writer) => {
      for (const name of ["a", "b", "c"]) {
        writer.byte(0);
        writer.textString(name);
        writer.textString(text);
      }
    });
    const { outcome, instance } = load(bytes);
    expect(outcome).toBe("done");
    const [keyspace] = instance.data.databases;
    const ref = keyspace!.find(Buffer.from("c"), 0, 1);
    expect(keyspace!.valueLength(ref)).toBe(length);
  });
  fc.assert(property, { numRuns: 20 });
});
