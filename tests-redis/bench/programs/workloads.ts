import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { sendAll } from "../collections/send.ts";
import { fill } from "../workloads.ts";

/** One thing that applications do with programs on the server, or with messages. */
export interface ProgramWorkload {
  readonly name: string;
  /** What redis-benchmark sends, or the program that is the load and what it is told besides. */
  readonly load:
    | { readonly command: readonly string[] }
    | { readonly program: string; readonly args: readonly number[] };
  readonly depths: readonly number[];
  /** Requests of a run at depth 1; at greater depth five times as many. */
  readonly requests: number;
  /** What makes a server ready. @throws Error with its error reply */
  readonly before?: (port: number) => Promise<void>;
  /** What takes that back. */
  readonly after?: (port: number) => Promise<void>;
  /** What the error says on a server without the feature: it is left out, and the table says so. */
  readonly missing?: RegExp;
  /** Keys that redis-benchmark draws from, where they are not as many as elsewhere. */
  readonly keys?: number;
}

const RANDOM = "__rand_int__";
const DEPTHS = [1, 16];

const COUNTER = "return redis.call('INCR', KEYS[1])";

/** What a rate limiter does: counts, bounds and tells. */
const FIVE_CALLS = `
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
redis.call('HSET', KEYS[2], 'last', ARGV[1], 'count', count)
local fields = redis.call('HMGET', KEYS[2], 'last', 'count')
redis.call('SET', KEYS[3], fields[2])
return {count, redis.call('PTTL', KEYS[1])}`;

const LIBRARY = `#!lua name=bench
redis.register_function('bench_count', function(keys, args) return redis.call('INCR', keys[1]) end)`;

function program(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

function published(subscribers: number, requests: number): ProgramWorkload {
  return {
    name: `PUBLISH to ${subscribers}`,
    load: { program: program("publish-load.ts"), args: [subscribers] },
    depths: DEPTHS,
    requests,
  };
}

/** Room for a part of the keys: most that are set evict another. */
const MAXMEMORY = "40mb";
const EVICTED_KEYS = 500_000;
const VALUE_BYTES = 100;

/** What `pnpm bench programs` measures. */
export const PROGRAM_WORKLOADS: readonly ProgramWorkload[] = [
  {
    name: "EVAL of a counter",
    load: { command: ["EVAL", COUNTER, "1", `counter:${RANDOM}`] },
    depths: DEPTHS,
    requests: 60_000,
  },
  {
    name: "EVALSHA, 5 calls",
    load: {
      command: [
        ...["EVALSHA", createHash("sha1").update(FIVE_CALLS).digest("hex"), "3"],
        ...[`limit:${RANDOM}`, `seen:${RANDOM}`, `last:${RANDOM}`, "1", "60000"],
      ],
    },
    depths: DEPTHS,
    requests: 30_000,
    before: (port) => sendAll(port, [["SCRIPT", "LOAD", FIVE_CALLS]]),
  },
  {
    name: "FCALL of a counter",
    load: { command: ["FCALL", "bench_count", "1", `counter:${RANDOM}`] },
    depths: DEPTHS,
    requests: 60_000,
    before: (port) => sendAll(port, [["FUNCTION", "LOAD", "REPLACE", LIBRARY]]),
    missing: /^-ERR unknown (?:sub)?command '(?:FUNCTION|LOAD)'/,
  },
  published(1, 60_000),
  published(50, 5000),
  {
    name: "BullMQ, 10,000 jobs",
    load: { program: program("bullmq-load.ts"), args: [] },
    depths: [1],
    requests: 10_000,
  },
  {
    name: "SET under allkeys-lru",
    load: { command: ["SET", `key:${RANDOM}`, "x".repeat(VALUE_BYTES)] },
    depths: DEPTHS,
    requests: 100_000,
    keys: EVICTED_KEYS,
    before: async (port) => {
      const policy = ["maxmemory-policy", "allkeys-lru"];
      await sendAll(port, [["FLUSHALL"], ["CONFIG", "SET", "maxmemory", MAXMEMORY, ...policy]]);
      await fill(port, EVICTED_KEYS, VALUE_BYTES);
    },
    after: (port) => sendAll(port, [["CONFIG", "SET", "maxmemory", "0"], ["FLUSHALL"]]),
    missing: /^-OOM /,
  },
];
