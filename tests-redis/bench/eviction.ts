/**
 * `pnpm bench eviction`: how often a cache hits whose memory holds a part of the keys, beside
 * redis-server under the same load. Writes its part of `docs/PERFORMANCE.md`; a floor that is missed
 * fails the run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { markdownTable } from "../../scripts/docs/table.ts";
import { seededRandom } from "../../testing/random.ts";
import { connectClient, type WireClient } from "../../testing/wire/client.ts";
import { today, writeSection } from "./document.ts";
import { type Pair, type Programs, withPair } from "./pair.ts";
import type { ServerProcess } from "./processes.ts";
import { fill } from "./workloads.ts";

const POLICIES = [
  ...["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-ttl"],
] as const;
const KEYS = 40_000;
/** How many of the keys find room at once, about. */
const SHARE = 0.25;
const VALUE = "v".repeat(100);
/** Access times have a resolution of a second: the load must last many. */
const BATCHES = 300;
const BATCH = 500;
const BATCH_MS = 60;
/** Batches before hits are counted: the memory is full by then. */
const WARM_UP_BATCHES = 100;
/** The lowest hit rate, as a part of Redis'. */
const HITS_FLOOR = 0.97;
/** Every key dies long after the run, each at another time. */
const LIFETIME_SECONDS = 10_000;

/** Draws numbers below `count`, the n-th with probability proportional to 1/n. */
function zipfian(count: number, seed: number): () => number {
  const random = seededRandom(seed);
  const sums = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sums[i] = sum += 1 / (i + 1);
  return () => {
    const wanted = (random.nextU32() / 2 ** 32) * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** One client of a server that is used as a cache. */
class Cache {
  readonly server: ServerProcess;
  readonly #client: WireClient;
  #asked = 0;
  #hits = 0;

  constructor(server: ServerProcess, client: WireClient) {
    this.server = server;
    this.#client = client;
  }

  async ask(...requests: readonly (readonly string[])[]): Promise<readonly string[]> {
    for (const request of requests) this.#client.send(request);
    const { replies, shortage } = await this.#client.receive(requests.length);
    if (shortage !== undefined) throw new Error(`${this.server.name} does not answer`);
    return replies.map((reply) => reply.toString("latin1"));
  }

  async used(): Promise<number> {
    const [info] = await this.ask(["INFO", "memory"]);
    return Number(/^used_memory:(\d+)/m.exec(info!)![1]);
  }

  /** Empties the server and limits it, so that about `SHARE` of the keys find room. */
  async limit(policy: string): Promise<void> {
    await this.ask(["CONFIG", "SET", "maxmemory", "0"], ["FLUSHALL"]);
    const empty = await this.used();
    await fill(this.server.port, KEYS, VALUE.length);
    const full = await this.used();
    await this.ask(["FLUSHALL"]);
    const limit = Math.floor(empty + (full - empty) * SHARE);
    await this.ask(["CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", String(limit)]);
  }

  /** Reads keys, and stores those that are not there. */
  async run(keys: readonly string[], counts: boolean): Promise<void> {
    const replies = await this.ask(...keys.map((key) => ["GET", key]));
    const missed = [...new Set(keys.filter((_, i) => replies[i]!.startsWith("$-1")))];
    if (counts) {
      this.#asked += keys.length;
      this.#hits += replies.filter((reply) => !reply.startsWith("$-1")).length;
    }
    if (missed.length === 0) return;
    const lifetime = (key: string) => String(LIFETIME_SECONDS + (Number(key) % 1000));
    await this.ask(...missed.map((key) => ["SET", key, VALUE, "EX", lifetime(key)]));
  }

  /** Of the counted reads, the part that was there. */
  takeRate(): number {
    const rate = this.#hits / this.#asked;
    this.#hits = 0;
    this.#asked = 0;
    return rate;
  }

  close(): void {
    this.#client.close();
  }
}

interface Hits {
  readonly policy: string;
  readonly redis: number;
  readonly veridis: number;
}

/** Both servers get the same load at the same time. */
async function hitRates(pair: Pair): Promise<Hits[]> {
  const caches = await Promise.all(
    pair.map(async (server) => new Cache(server, await connectClient(server.port))),
  );
  const rows: Hits[] = [];
  for (const policy of POLICIES) {
    for (const cache of caches) await cache.limit(policy);
    const draw = zipfian(KEYS, 1);
    for (let batch = 0; batch < BATCHES; batch++) {
      // Neighbours in the order of popularity are no neighbours as keys.
      const keys = Array.from({ length: BATCH }, () => String((draw() * 7919) % KEYS));
      const isCounted = batch >= WARM_UP_BATCHES;
      await Promise.all([sleep(BATCH_MS), ...caches.map((cache) => cache.run(keys, isCounted))]);
    }
    const [redis, veridis] = caches.map((cache) => cache.takeRate()) as [number, number];
    process.stdout.write(`${policy}: hits ${percent(veridis)}, Redis ${percent(redis)}\n`);
    rows.push({ policy, redis, veridis });
  }
  for (const cache of caches) cache.close();
  return rows;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

/** Runs the bench. Returns the floors that were missed. */
export async function benchEviction(programs: Programs, writes: boolean): Promise<string[]> {
  const rows = await withPair(programs, [], hitRates);
  if (writes) {
    const cells = rows.map(({ policy, redis, veridis }) => [
      ...[policy, percent(redis), percent(veridis), (veridis / redis).toFixed(3)],
    ]);
    const reads = ((BATCHES - WARM_UP_BATCHES) * BATCH).toLocaleString("en-US");
    writeSection("eviction", [
      `Measured on ${today()} by \`pnpm bench eviction\`: hits of ${reads} reads of ${KEYS.toLocaleString("en-US")} keys, the n-th with a probability proportional to 1/n, of which about ${SHARE * 100} % find room; what is missed is stored.`,
      "",
      markdownTable([["policy", "Redis", "Veridis", "ratio"], ...cells]).trimEnd(),
    ]);
  }
  return rows
    .filter(({ redis, veridis }) => veridis < redis * HITS_FLOOR)
    .map(
      ({ policy, redis, veridis }) =>
        `${policy}: hits ${(veridis / redis).toFixed(3)}x of Redis', floor ${HITS_FLOOR}`,
    );
}
