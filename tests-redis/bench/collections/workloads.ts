import { KEYS } from "../workloads.ts";
import { inChunks, padded } from "./send.ts";

/** One command on a collection. */
export interface CollectionWorkload {
  readonly name: string;
  /** What redis-benchmark sends; null for entries that are read for a group and acknowledged. */
  readonly command: readonly string[] | null;
  /** Requests of a run at depth 1; at depth 16 five times as many unless `sameAtDepth`. */
  readonly requests: number;
  /** What stands there before the first run. */
  readonly fill?: () => Iterable<readonly string[]>;
  /** What is put right before each run, for a command that uses up what it works on. */
  readonly refill?: (requests: number) => Iterable<readonly string[]>;
  readonly sameAtDepth?: true;
}

const RANDOM = "__rand_int__";
const VALUE = "0123456789";
const SET_MEMBERS = 10_000;
const LARGE = 1_000_000;
const MEGABYTE = 2 ** 20;
const CITIES = 10_000;

function member(i: number): string {
  return `member:${padded(i)}`;
}

/** A point of the plane by a rule that spreads them: the golden ratio and its like. */
function place(i: number): readonly string[] {
  const longitude = ((i * 0.754_877_666_2) % 1) * 360 - 180;
  const latitude = ((i * 0.569_840_291) % 1) * 170 - 85;
  return [longitude.toFixed(6), latitude.toFixed(6), member(i)];
}

const numbers = () => inChunks(["RPUSH", "numbers"], 1000, (i) => [String((i * 7919) % 1000)]);

/** The commands that `pnpm bench commands` measures. */
export const COLLECTION_WORKLOADS: readonly CollectionWorkload[] = [
  {
    name: "LPUSH",
    command: ["LPUSH", "pushed", VALUE],
    requests: 60_000,
    refill: () => [["DEL", "pushed"]],
  },
  {
    name: "RPOP",
    command: ["RPOP", "popped"],
    requests: 60_000,
    refill: function* (requests) {
      yield ["DEL", "popped"];
      yield* inChunks(["RPUSH", "popped"], requests, () => [VALUE]);
    },
  },
  {
    name: "LRANGE 100",
    command: ["LRANGE", "list", "0", "99"],
    requests: 20_000,
    fill: () => inChunks(["RPUSH", "list"], KEYS, () => [VALUE]),
  },
  {
    name: "LINDEX in 10⁵",
    command: ["LINDEX", "list", "50000"],
    requests: 40_000,
    fill: () => [["EXISTS", "list"]],
  },
  {
    name: "SADD",
    command: ["SADD", "added", `member:${RANDOM}`],
    requests: 60_000,
    refill: () => [["DEL", "added"]],
  },
  {
    name: "SPOP",
    command: ["SPOP", "drawn"],
    requests: 60_000,
    refill: function* (requests) {
      yield ["DEL", "drawn"];
      yield* inChunks(["SADD", "drawn"], requests, (i) => [member(i)]);
    },
  },
  {
    name: "SISMEMBER",
    command: ["SISMEMBER", "set", `member:${RANDOM}`],
    requests: 60_000,
    fill: () => inChunks(["SADD", "set"], KEYS, (i) => [member(i)]),
  },
  {
    name: "SINTER of two 10⁴",
    command: ["SINTER", "half", "other"],
    requests: 200,
    sameAtDepth: true,
    fill: function* () {
      yield* inChunks(["SADD", "half"], SET_MEMBERS, (i) => [member(i)]);
      yield* inChunks(["SADD", "other"], SET_MEMBERS, (i) => [member(i * 2)]);
    },
  },
  {
    name: "HSET",
    command: ["HSET", "written", `field:${RANDOM}`, VALUE],
    requests: 60_000,
    refill: () => [["DEL", "written"]],
  },
  {
    name: "HGET",
    command: ["HGET", "hash", `field:${RANDOM}`],
    requests: 60_000,
    fill: () => inChunks(["HSET", "hash"], KEYS, (i) => [`field:${padded(i)}`, VALUE]),
  },
  {
    name: "HGETALL 50",
    command: ["HGETALL", "small"],
    requests: 30_000,
    fill: () => inChunks(["HSET", "small"], 50, (i) => [`field:${i}`, VALUE]),
  },
  {
    name: "ZADD",
    command: ["ZADD", "scored", RANDOM, `member:${RANDOM}`],
    requests: 60_000,
    refill: () => [["DEL", "scored"]],
  },
  {
    name: "ZRANGE 100",
    command: ["ZRANGE", "zset", "5000", "5099"],
    requests: 20_000,
    fill: () => inChunks(["ZADD", "zset"], LARGE, (i) => [String((i * 7919) % LARGE), member(i)]),
  },
  {
    name: "ZRANGEBYSCORE 100",
    command: ["ZRANGEBYSCORE", "zset", RANDOM, "+inf", "LIMIT", "0", "100"],
    requests: 20_000,
    fill: () => [["EXISTS", "zset"]],
  },
  {
    name: "ZRANK in 10⁶",
    command: ["ZRANK", "zset", `member:${RANDOM}`],
    requests: 60_000,
    fill: () => [["EXISTS", "zset"]],
  },
  {
    name: "XADD",
    command: ["XADD", "appended", "*", "field", VALUE],
    requests: 60_000,
    refill: () => [["DEL", "appended"]],
  },
  {
    name: "XRANGE 100",
    command: ["XRANGE", "stream", "-", "+", "COUNT", "100"],
    requests: 5000,
    fill: function* () {
      for (let i = 1; i <= KEYS; i++) yield ["XADD", "stream", `${i}-0`, "field", VALUE];
    },
  },
  {
    name: "XREADGROUP, XACK",
    command: null,
    requests: 15_000,
    refill: () => [
      ["XGROUP", "DESTROY", "stream", "g"],
      ["XGROUP", "CREATE", "stream", "g", "0"],
    ],
  },
  {
    name: "BITCOUNT of 1 MB",
    command: ["BITCOUNT", "bits"],
    requests: 2000,
    sameAtDepth: true,
    fill: () => [["SET", "bits", "\xa5".repeat(MEGABYTE)]],
  },
  {
    name: "PFADD",
    command: ["PFADD", "hll", `member:${RANDOM}`],
    requests: 60_000,
  },
  {
    name: "GEOSEARCH",
    command: [
      ...["GEOSEARCH", "places", "FROMLONLAT", "10", "50"],
      ...["BYRADIUS", "500", "km", "ASC", "COUNT", "10"],
    ],
    requests: 10_000,
    fill: () => inChunks(["GEOADD", "places"], CITIES, place),
  },
  {
    name: "SORT 1,000",
    command: ["SORT", "numbers"],
    requests: 1000,
    sameAtDepth: true,
    fill: numbers,
  },
];
