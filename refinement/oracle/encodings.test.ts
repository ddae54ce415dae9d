/**
 * OBJECT beside redis-server: what it says of values around each threshold, and the directives that
 * move the thresholds, as they are found at the start and while values are there.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer, type Server } from "../../impl/server/create-server.ts";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { encodeRequest } from "../../testing/wire/request.ts";
import { type RedisServer, startRedis } from "./redis.ts";

type Line = readonly string[];

let redis: RedisServer;
let veridis: Server;
let theirs: WireClient;
let ours: WireClient;

beforeAll(async () => {
  redis = await startRedis();
  veridis = await createServer({ config: { "enable-debug-command": "yes" } });
  theirs = await connectClient(redis.port);
  ours = await connectClient(veridis.port);
});

afterAll(async () => {
  theirs?.close();
  ours?.close();
  await veridis?.close();
  await redis?.stop();
});

async function repliesOf(client: WireClient, lines: readonly Line[]): Promise<readonly string[]> {
  client.sendRaw(Buffer.concat(lines.map(encodeRequest)));
  const { replies } = await client.receive(lines.length);
  return replies.map((reply) => reply.toString("latin1"));
}

/** Holds a conversation with both, and compares every reply; returns how many different ones there are. */
async function converse(lines: readonly Line[]): Promise<ReadonlySet<string>> {
  const all: readonly Line[] = [["FLUSHALL"], ...lines];
  const [wanted, got] = await Promise.all([repliesOf(theirs, all), repliesOf(ours, all)]);
  const beside = (replies: readonly string[]) =>
    replies.map((reply, i) => `${all[i]!.join(" ").slice(0, 80)} => ${reply.slice(0, 200)}`);
  expect(beside(got)).toEqual(beside(wanted));
  return new Set(wanted);
}

/** What is said of a key, after a command. */
const encoding = (key = "k"): Line => ["OBJECT", "ENCODING", key];

const texts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `e${i}`);
const numbers = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => String(i));

/** Commands that make a value of so many elements at once, one by one, and of others. */
const MAKING: Readonly<Record<string, (count: number) => readonly Line[]>> = {
  "hash-max-listpack-entries": (count) => [
    ["HSET", "k", ...texts(count).flatMap((name) => [name, "v"])],
    encoding(),
    ["HSET", "k", "e0", "again"],
    encoding(),
    ...texts(count).flatMap((name): readonly Line[] => [
      ["HSETNX", "one", name, "1"],
      encoding("one"),
    ]),
    ["HINCRBY", "one", "more", "1"],
    encoding("one"),
    ["HDEL", "one", "more", "e0", "e1"],
    encoding("one"),
    ["COPY", "one", "copy"],
    encoding("copy"),
  ],
  "hash-max-listpack-value": (length) => [
    ["HSET", "k", "f", "v".repeat(length)],
    encoding(),
    ["HSET", "name", "f".repeat(length), "v"],
    encoding("name"),
    ["HSET", "number", "f", "1".repeat(Math.min(length, 18))],
    ["HINCRBYFLOAT", "number", "f", "0.5"],
    encoding("number"),
    ["HSETNX", "k", "g", "w".repeat(length)],
    encoding(),
    ["HDEL", "k", "f", "g"],
    ["HSET", "k", "f", "short"],
    encoding(),
  ],
  "set-max-intset-entries": (count) => [
    ["SADD", "k", ...numbers(count)],
    encoding(),
    ...numbers(count).flatMap((name): readonly Line[] => [["SADD", "one", name], encoding("one")]),
    ["SUNIONSTORE", "union", "k", "one"],
    encoding("union"),
    ["SINTERSTORE", "inter", "k", "one"],
    encoding("inter"),
    ["SADD", "k", "1000000"],
    encoding(),
    ["SDIFFSTORE", "diff", "k", "nothing"],
    encoding("diff"),
    ["SREM", "k", "0", "1", "2"],
    encoding(),
    ["SADD", "few", "1", "2"],
    ["SMOVE", "few", "one", "1"],
    encoding("few"),
    encoding("one"),
    ["SADD", "few", "text"],
    ["SREM", "few", "text"],
    encoding("few"),
  ],
  "zset-max-listpack-entries": (count) => [
    ["ZADD", "k", ...texts(count).flatMap((name, i) => [String(i), name])],
    encoding(),
    ...texts(count).flatMap((name): readonly Line[] => [
      ["ZINCRBY", "one", "1", name],
      encoding("one"),
    ]),
    ["ZADD", "one", "XX", "5", "e0"],
    encoding("one"),
    ["ZUNIONSTORE", "union", "2", "k", "one"],
    encoding("union"),
    ["ZINTERSTORE", "inter", "2", "k", "one"],
    encoding("inter"),
    ["ZRANGESTORE", "range", "k", "0", "-1"],
    encoding("range"),
    ["ZRANGESTORE", "part", "k", "0", String(count - 2)],
    encoding("part"),
    ["ZPOPMIN", "k", "3"],
    encoding(),
  ],
  "zset-max-listpack-value": (length) => [
    ["ZADD", "k", "1", "m".repeat(length)],
    encoding(),
    ["ZUNIONSTORE", "union", "1", "k"],
    encoding("union"),
    ["ZRANGESTORE", "range", "k", "0", "-1"],
    encoding("range"),
    ["ZREM", "k", "m".repeat(length)],
    ["ZADD", "k", "1", "short"],
    encoding(),
    ["ZADD", "k", "2", "n".repeat(length)],
    encoding(),
    ["ZREM", "k", "n".repeat(length)],
    encoding(),
  ],
  "list-max-listpack-size": (count) => [
    ["RPUSH", "k", ...texts(count)],
    encoding(),
    ["SORT", "k", "ALPHA", "STORE", "sorted"],
    encoding("sorted"),
    ["LRANGE", "sorted", "0", "-1"],
    ["LPUSH", "k", "x".repeat(count * 100)],
    encoding(),
  ],
  "hll-sparse-max-bytes": (bytes) => [
    ...texts(Math.ceil(bytes / 2)).flatMap((name): readonly Line[] => [
      ["PFADD", "k", name],
      ["PFDEBUG", "ENCODING", "k"],
      ["STRLEN", "k"],
    ]),
  ],
};

/** The values that a directive is given, and encodings that values have at these. */
const VALUES: Readonly<Record<string, readonly [values: readonly number[], encodings: number]>> = {
  "hash-max-listpack-entries": [[512, 5, 1, 0], 2],
  "hash-max-listpack-value": [[64, 10, 1, 0], 2],
  "set-max-intset-entries": [[512, 5, 1, 0], 2],
  "zset-max-listpack-entries": [[128, 5, 1, 0], 2],
  "zset-max-listpack-value": [[64, 10, 1, 0], 2],
  "list-max-listpack-size": [[-2, 5, 1, -5, 0], 1],
  "hll-sparse-max-bytes": [[3000, 200, 40, 0], 2],
};

const DIRECTIVES = Object.keys(MAKING);

describe.each(DIRECTIVES)("%s moves an encoding where Redis moves it", (directive) => {
  const [values, encodings] = VALUES[directive]!;

  test.each(values)("at %i", { timeout: 60_000 }, async (value) => {
    await converse([
      ["CONFIG", "SET", directive, String(value)],
      ["CONFIG", "GET", directive],
    ]);
    const seen = new Set<string>();
    const around = Math.max(4, Math.min(value, 600));
    for (let size = around - 3; size <= around + 3; size++) {
      for (const reply of await converse(MAKING[directive]!(size))) seen.add(reply);
    }
    const names = [...seen].filter((reply) =>
      /listpack|hashtable|skiplist|intset|quicklist|sparse|dense/.test(reply),
    );
    expect(names.length).toBeGreaterThanOrEqual(value > 0 && encodings > 1 && value < 600 ? 2 : 1);
  });

  test("and what is there keeps its own until it is written again", async () => {
    const make = MAKING[directive]!(4);
    const set = (value: number): Line => ["CONFIG", "SET", directive, String(value)];
    await converse([
      set(values[0]!),
      ...make,
      set(1),
      encoding(),
      ...make,
      set(values[0]!),
      ...make,
    ]);
  });
});

describe("strings", () => {
  test("have the encodings that Redis gives them, at each length and after each command", async () => {
    for (let length = 0; length <= 50; length++) {
      const text = "x".repeat(length);
      const digits = "1".repeat(Math.max(1, length));
      await converse([
        ["SET", "k", text],
        encoding(),
        ["SET", "n", digits],
        encoding("n"),
        ["SET", "m", `-${digits}`],
        encoding("m"),
        ["APPEND", "k", "y"],
        encoding(),
        ["SETRANGE", "s", "0", `z${text}`],
        encoding("s"),
        ["APPEND", "a", text],
        encoding("a"),
        ["GETSET", "k", text],
        encoding(),
        ["INCRBYFLOAT", "f", `0.${digits.slice(0, 15)}`],
        encoding("f"),
        ["SETBIT", "b", String(length * 8), "1"],
        encoding("b"),
        ["BITOP", "OR", "o", "k", "b"],
        encoding("o"),
        ["COPY", "a", "c"],
        encoding("c"),
      ]);
    }
  });

  test("are shared where Redis shares small integers", async () => {
    const about = (number: string): readonly Line[] => [
      ["SET", "k", number],
      ["OBJECT", "REFCOUNT", "k"],
      ["INCR", "k"],
      ["OBJECT", "REFCOUNT", "k"],
      ["APPEND", "k", ""],
      ["OBJECT", "REFCOUNT", "k"],
    ];
    const all = ["-1", "0", "9998", "9999", "10000", "text"].flatMap(about);
    for (const policy of ["noeviction", "allkeys-lru", "volatile-lfu", "noeviction"]) {
      for (const memory of ["0", "1gb"]) {
        const set: Line = ["CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", memory];
        await converse([set, ...all]);
      }
    }
    await converse([["CONFIG", "SET", "maxmemory", "0"]]);
  });
});

test("idle times and frequencies are those that are told, and begin as in Redis", async () => {
  const dumped = await ask(theirs, "SET", "seed", "value").then(() => ask(theirs, "DUMP", "seed"));
  const payload = dumped.slice(dumped.indexOf("\r\n") + 2, -2);
  const about = (option: string, value: string): readonly Line[] => [
    ["RESTORE", "k", "0", payload, "REPLACE", option, value],
    ["OBJECT", "FREQ", "k"],
    ["OBJECT", "IDLETIME", "k"],
    ["OBJECT", "FREQ", "nothing"],
    ["OBJECT", "IDLETIME", "nothing"],
  ];
  const all = [
    ...["0", "1000", "100000", "-1", "x"].flatMap((seconds) => about("IDLETIME", seconds)),
    ...["0", "1", "5", "255", "256", "-1", "x"].flatMap((frequency) => about("FREQ", frequency)),
    // A small integer would be one that Redis shares, with its times.
    ["SET", "new", "text"],
    ["OBJECT", "FREQ", "new"],
    ["OBJECT", "IDLETIME", "new"],
  ];
  for (const policy of ["noeviction", "allkeys-lfu", "volatile-lru", "noeviction"]) {
    await converse([["CONFIG", "SET", "maxmemory-policy", policy], ...all]);
  }
});
