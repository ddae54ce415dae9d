/** The sound payloads that are changed: of every type and encoding, as both servers write them. */
import fc from "fast-check";
import { commands } from "../../../impl/commands/index.ts";
import { sealPayload } from "../../../impl/rdb/payload.ts";
import { decode, type TypeName, type Value } from "../../../model/keyspace/index.ts";
import { testInstance } from "../../../testing/instance.ts";
import { oldValues } from "../../../testing/old-forms.ts";
import { makingOf, typeViews } from "../../types/index.ts";

type Line = readonly string[];

const DRAWN_OF_EACH = 40;

const numbers = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, i) => String(from + i * 3));
const texts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `text ${i} ${"x".repeat(i % 30)}`);

/** Values that are at a limit or beyond: by the type that the compiler wants each of. */
const SPECIAL: { readonly [T in TypeName]: readonly Line[] } = {
  string: [
    ...["0", "127", "-128", "32767", "-2147483648", "9223372036854775807", "", "\0"].map((text) => [
      "SET",
      "k",
      text,
    ]),
    ["SET", "k", "abc".repeat(100)],
    ["SET", "k", "z".repeat(20_000)],
  ],
  list: [
    ["RPUSH", "k", ...texts(200)],
    ["RPUSH", "k", "x".repeat(9000), "small", "y".repeat(70), ...numbers(20, 2 ** 40)],
    ["RPUSH", "k", ...numbers(40, -60), "-9223372036854775808"],
  ],
  hash: [
    ["HSET", "k", ...texts(20)],
    ["HSET", "k", ...texts(1100)],
    ["HSET", "k", "f", "v".repeat(65)],
  ],
  set: [
    ["SADD", "k", ...numbers(30)],
    ["SADD", "k", ...numbers(10, 2 ** 20)],
    ["SADD", "k", ...numbers(10, 2 ** 40)],
    ["SADD", "k", ...numbers(30), "text"],
    ["SADD", "k", ...texts(60)],
  ],
  stream: [
    ["XADD", "k", "1-1", ...texts(20)],
    ["XADD", "k", "5-0", "f", "v".repeat(5000), "number", "12345678901"],
  ],
  zset: [
    ["ZADD", "k", ...texts(20).flatMap((name, i) => [String(i / 3), name])],
    ["ZADD", "k", ...texts(140).flatMap((name, i) => [String(i % 7), name])],
    ["ZADD", "k", "inf", "a", "-inf", "b", "1e300", "c", "3", "x".repeat(70)],
  ],
};

/** A stream of several nodes, with what is deleted, what is pending and who has it. */
const STREAM: readonly Line[] = [
  ["DEL", "k"],
  ...numbers(150).map((one): Line => ["XADD", "k", `${one}-1`, "f", one, "g", `text ${one}`]),
  ["XDEL", "k", "3-1", "6-1", "300-1"],
  ["XGROUP", "CREATE", "k", "group", "0"],
  ["XGROUP", "CREATE", "k", "other", "9-1"],
  ["XREADGROUP", "GROUP", "group", "one", "COUNT", "12", "STREAMS", "k", ">"],
  ["XREADGROUP", "GROUP", "group", "two", "COUNT", "3", "STREAMS", "k", ">"],
  ["XACK", "k", "group", "9-1", "12-1"],
];

/** For each value the commands that make a key `k` of it. */
export function seedCommands(): readonly (readonly Line[])[] {
  const names = Object.keys(typeViews) as TypeName[];
  const each = names.flatMap((name) => {
    const drawn = fc.sample(typeViews[name].drawn as fc.Arbitrary<object>, {
      numRuns: DRAWN_OF_EACH,
      seed: 1,
    });
    const values = drawn.map((content) =>
      makingOf("k", { type: name, ...content } as unknown as Value),
    );
    return [...values, ...SPECIAL[name].map((line) => [line])];
  });
  return [...each, STREAM];
}

/** Values as Redis has saved them before 7.0, which it still reads. */
function oldSeeds(): readonly Uint8Array[] {
  const mixed = [...numbers(20, -30), ...texts(20), "128", "40000", "9000000", "3000000000"];
  const drawn = [
    mixed,
    texts(400),
    ["9223372036854775807", "x".repeat(300), "", "y".repeat(20_000)],
  ];
  return drawn.flatMap(oldValues).map(({ bytes }) => sealPayload(bytes));
}

/** What Veridis writes for each, and what Redis has written. */
export function ownSeeds(): readonly Uint8Array[] {
  const redis = testInstance(commands);
  const own = seedCommands().map((lines) => {
    redis.send("FLUSHALL");
    for (const line of lines) redis.send(...line);
    const dumped = decode(redis.send("DUMP", "k")).reply;
    if (dumped._tag !== "Bulk") throw new Error(`nothing is dumped of ${JSON.stringify(lines)}`);
    return Buffer.from(dumped.bytes, "latin1");
  });
  return [...own, ...oldSeeds()];
}
