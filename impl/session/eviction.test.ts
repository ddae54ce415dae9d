/** What each policy promises, whatever is stored: keys, lifetimes, sizes and the limit are drawn. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { timeLimitUs } from "./eviction.ts";
import { IdleObserver } from "./observer.ts";

const POLICIES = [
  ...["allkeys-lru", "allkeys-lfu", "allkeys-random"],
  ...["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"],
] as const;
const ALL_POLICIES = [...POLICIES, "noeviction"] as const;
/** No go is cut short. */
const PATIENT = "config set maxmemory-eviction-tenacity 100";
const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

interface Stored {
  readonly database: number;
  readonly name: string;
  readonly kind: "string" | "list" | "hash";
  readonly bytes: number;
  readonly lifetime: number | null;
}

const stored: fc.Arbitrary<Stored> = fc.record({
  database: fc.constantFrom(0, 0, 0, 3),
  name: fc.nat({ max: 30 }).map((n) => `k${n}`),
  kind: fc.constantFrom("string", "string", "list", "hash"),
  bytes: fc.nat({ max: 600 }),
  lifetime: fc.option(fc.integer({ min: 1000, max: 100_000 })),
});

interface Evicted {
  readonly database: number;
  readonly key: string;
  readonly expiryMs: number | null;
}

/** Notes what goes, and with which lifetime it was stored. */
class Watcher extends IdleObserver {
  readonly evicted: Evicted[] = [];
  readonly #lifetimes: ReadonlyMap<string, number | null>;

  constructor(lifetimes: ReadonlyMap<string, number | null>) {
    super();
    this.#lifetimes = lifetimes;
  }

  override evicts(database: number, key: string): void {
    const expiryMs = this.#lifetimes.get(`${database} ${key}`);
    this.evicted.push({ database, key, expiryMs: expiryMs ?? null });
  }
}

function store(redis: TestInstance, all: readonly Stored[]): Map<string, number | null> {
  const lifetimes = new Map<string, number | null>();
  for (const { database, name, kind, bytes, lifetime } of all) {
    redis.run(`select ${database}`);
    redis.run(`del ${name}`);
    if (kind === "string") redis.send("set", name, "v".repeat(bytes));
    else if (kind === "list") {
      for (let i = 0; i <= bytes >> 5; i++) redis.send("rpush", name, "element".repeat(6));
    } else {
      for (let i = 0; i <= bytes >> 4; i++) redis.send("hset", name, `f${i}`, "v".repeat(70));
    }
    if (lifetime !== null) redis.run(`pexpire ${name} ${lifetime}`);
    lifetimes.set(`${database} ${name}`, lifetime);
  }
  redis.run("select 0");
  return lifetimes;
}

function start(): TestInstance {
  const redis = testInstance(commands);
  redis.run(PATIENT);
  return redis;
}

/** How much is in use, in bytes. */
const used = ({ instance }: TestInstance): number => instance.eviction.countedBytes;

/** The keys of all databases, each behind the number of its own. */
function keysOf({ instance }: TestInstance): Set<string> {
  const keys = new Set<string>();
  instance.data.databases.forEach((keyspace, database) => {
    keyspace.forEach((ref) => {
      keys.add(`${database} ${instance.data.keyOf(database, ref)}`);
    });
  });
  return keys;
}

describe.each(POLICIES)("%s", (policy) => {
  test("evicts what it may until the limit is kept, in effects that a replay follows", () => {
    let total = 0;
    let shortages = 0;
    fc.assert(
      fc.property(
        fc.array(stored, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1.05, noNaN: true }),
        fc.boolean(),
        (all, share, isLazy) => {
          const redis = start();
          redis.run(`config set lazyfree-lazy-eviction ${isLazy ? "yes" : "no"}`);
          const empty = used(redis);
          const lifetimes = store(redis, all);
          const before = keysOf(redis);
          const limit = Math.floor(empty + (used(redis) - empty) * share);
          const watcher = new Watcher(lifetimes);
          redis.instance.observe(watcher);
          redis.run(`config set maxmemory-policy ${policy} maxmemory ${Math.max(1, limit)}`);
          redis.effects();
          const reply = redis.run("set new v");

          const { evicted } = watcher;
          total += evicted.length;
          const isOut = redis.instance.eviction.state === "out";
          expect(reply).toBe(isOut ? OOM : "+OK\r\n");
          // Each was there and is gone, and nothing else is.
          const gone = evicted.map(({ database, key }) => `${database} ${key}`);
          expect(new Set(gone).size).toBe(gone.length);
          const left = new Set([...before].filter((key) => !gone.includes(key)));
          if (!isOut) left.add("0 new");
          expect(keysOf(redis)).toEqual(left);
          if (policy.startsWith("volatile-")) {
            for (const { expiryMs } of evicted) expect(expiryMs).not.toBeNull();
          }
          if (isOut) {
            shortages++;
            for (const key of left) {
              expect(policy.startsWith("volatile-") && lifetimes.get(key) === null).toBe(true);
            }
          }
          // What goes is an effect of its own.
          const lines = redis.effects().filter((line) => !/^(?:SELECT|set) /.test(line));
          const verb = isLazy ? "UNLINK" : "DEL";
          expect(lines).toEqual(evicted.map(({ key }) => `${verb} ${key}`));
          expect(redis.instance.statistics.evictedKeys).toBe(evicted.length);
        },
      ),
      { seed: 1, numRuns: 40 },
    );
    expect(total).toBeGreaterThan(80);
    if (policy.startsWith("volatile-")) expect(shortages).toBeGreaterThan(2);
  });
});

test("noeviction evicts nothing, and refuses what may take memory", () => {
  const redis = start();
  redis.run("set a 1");
  redis.run("config set maxmemory 1");
  for (const line of ["set b 1", "append a x", "lpush l 1", "xadd s * f v"]) {
    expect(redis.run(line), line).toBe(OOM);
  }
  for (const line of ["get a", "expire a 100", "del a", "ping", "multi", "discard"]) {
    expect(redis.run(line), line).not.toBe(OOM);
  }
  expect(redis.instance.statistics.evictedKeys).toBe(0);
});

test("volatile-ttl evicts the earliest end first, in all databases, when it samples all keys", () => {
  const redis = start();
  redis.run("config set maxmemory-samples 20");
  const lifetimes = [7, 3, 9, 1, 5, 2, 8, 4, 6];
  lifetimes.forEach((seconds, i) => {
    redis.run(`select ${i % 3}`);
    redis.run(`set k${seconds} v ex ${seconds}00`);
  });
  const watcher = new Watcher(new Map());
  redis.instance.observe(watcher);
  redis.run("config set maxmemory-policy volatile-ttl maxmemory 1");
  redis.run("ping");
  expect(watcher.evicted.map(({ key }) => key)).toEqual(
    [...lifetimes].sort((a, b) => a - b).map((seconds) => `k${seconds}`),
  );
});

/** Which keys are left when about two thirds of the memory may stay. */
function survivors(redis: TestInstance, policy: string, empty: number): Set<string> {
  const limit = Math.floor(empty + ((used(redis) - empty) * 2) / 3);
  redis.run(`config set maxmemory-policy ${policy} maxmemory ${limit}`);
  redis.run("ping");
  return keysOf(redis);
}

const KEYS = Array.from({ length: 200 }, (_, i) => `key${i}`);

test.each(["allkeys-lru", "volatile-lru"])("%s keeps what was asked for lately", (policy) => {
  const redis = start();
  const empty = used(redis);
  for (const key of KEYS) redis.send("set", key, "v".repeat(200), "ex", "1000");
  redis.clock.advance(100_000);
  const lately = KEYS.slice(50, 100);
  for (const key of lately) redis.run(`get ${key}`);
  redis.clock.advance(100_000);
  const left = survivors(redis, policy, empty);
  expect(left.size).toBeLessThan(170);
  for (const key of lately) expect(left).toContain(`0 ${key}`);
});

test.each(["allkeys-lfu", "volatile-lfu"])("%s keeps what is asked for often", (policy) => {
  const redis = start();
  // Each access counts.
  redis.run(`config set maxmemory-policy ${policy} lfu-log-factor 0`);
  const empty = used(redis);
  for (const key of KEYS) redis.send("set", key, "v".repeat(200), "ex", "100000");
  const often = KEYS.slice(50, 100);
  for (let round = 0; round < 30; round++) for (const key of often) redis.run(`get ${key}`);
  // Longer ago than the others.
  redis.clock.advance(30_000);
  for (const key of KEYS.slice(100)) redis.run(`get ${key}`);
  const left = survivors(redis, policy, empty);
  expect(left.size).toBeLessThan(170);
  for (const key of often) expect(left).toContain(`0 ${key}`);
});

test("a large value that went makes room before another one goes", () => {
  const redis = start();
  redis.run("set other v ex 100");
  for (let i = 0; i < 700; i++) redis.run(`hset large f${i} ${"v".repeat(80)}`);
  redis.run("expire large 10");
  const limit = used(redis) - 10;
  redis.run(`config set maxmemory-policy volatile-ttl maxmemory ${limit}`);
  expect(redis.run("set new v")).toBe("+OK\r\n");
  expect(redis.script("exists large other new")).toEqual(["exists large other new => :2"]);
  expect(used(redis)).toBeLessThan(limit);
});

test("an evicted key is told, and spoils the transaction that watches it", () => {
  const redis = start();
  const listener = redis.connect();
  redis.run("config set notify-keyspace-events Ee");
  listener.run("psubscribe *");
  redis.run("set a 1");
  redis.run("watch a");
  redis.run("config set maxmemory-policy allkeys-random maxmemory 1");
  redis.run("ping");
  expect(listener.run("ping")).toContain("__keyevent@0__:evicted\r\n$1\r\na\r\n");
  redis.run("config set maxmemory 0");
  redis.run("multi");
  expect(redis.run("exec")).toBe("*-1\r\n");
});

describe("time", () => {
  test.each([
    [0, 0],
    [10, 500],
    [11, 575],
    [99, 126_205_358],
    [100, Number.POSITIVE_INFINITY],
  ])("a tenacity of %i lasts %d microseconds", (tenacity, limitUs) => {
    expect(timeLimitUs(tenacity)).toBe(limitUs);
  });

  test("a go that is cut short is gone on with, and refuses nothing meanwhile", () => {
    const redis = testInstance(commands);
    redis.run("config set maxmemory-eviction-tenacity 0");
    for (const key of KEYS) redis.send("set", key, "v".repeat(200));
    const { eviction, clock } = redis.instance;
    redis.run("config set maxmemory-policy allkeys-random");
    // Each look at the clock costs time.
    const monotonicUs = clock.monotonicUs.bind(clock);
    redis.clock.monotonicUs = () => {
      redis.clock.advance(0.001);
      return monotonicUs();
    };
    redis.run(`config set maxmemory ${used(redis) - 20_000}`);
    expect(redis.run("set new v")).toBe("+OK\r\n");
    expect(eviction.state).toBe("evicting");
    const first = redis.instance.statistics.evictedKeys;
    expect(first).toBe(16);
    let turns = 0;
    while (eviction.proceed()) turns++;
    expect(turns).toBeGreaterThan(1);
    expect(eviction.state).toBe("enough");
    expect(eviction.isOver).toBe(false);
    expect(redis.instance.statistics.evictedKeys).toBeGreaterThan(first * 2);
    expect(redis.instance.statistics.evictionExceededUs).toBeGreaterThan(0);
    expect(eviction.exceededUs).toBe(0);
  });
});

test("CONFIG RESETSTAT counts a limit that stays exceeded from then on", () => {
  const redis = start();
  redis.run("config set maxmemory 1");
  expect(redis.run("set a 1")).toMatch(/^-OOM/);
  redis.clock.advance(5_000);
  expect(redis.instance.eviction.exceededUs).toBe(5_000_000);
  redis.run("config resetstat");
  redis.instance.eviction.verifyInvariants();
  redis.clock.advance(1_000);
  expect(redis.instance.eviction.exceededUs).toBe(1_000_000);
});

test("a limit that was exceeded when it was lifted counts until CONFIG RESETSTAT", () => {
  const redis = start();
  const { eviction } = redis.instance;
  redis.run("config set maxmemory 1");
  expect(redis.run("set a 1")).toMatch(/^-OOM/);
  redis.run("config set maxmemory 0");
  redis.clock.advance(5_000);
  expect(redis.run("set a 1")).toBe("+OK\r\n");
  expect(eviction.exceededUs).toBe(5_000_000);
  redis.run("config resetstat");
  eviction.verifyInvariants();
  redis.clock.advance(1_000);
  expect(eviction.exceededUs).toBe(0);
  // A script goes by what was found last while there was a limit, whatever was counted anew.
  redis.run("multi");
  redis.run("config set maxmemory 1");
  redis.send("eval", "return redis.call('set', 'a', '1')", "0");
  expect(redis.run("exec")).toMatch(/^\*2\r\n\+OK\r\n-OOM /);
  eviction.verifyInvariants();
});

test.each(ALL_POLICIES)("%s does nothing during CLIENT PAUSE, and refuses nothing", (policy) => {
  const redis = start();
  redis.run("set a 1 ex 100");
  redis.run(`config set maxmemory-policy ${policy}`);
  redis.run("client pause 1000 write");
  redis.run("config set maxmemory 1");
  expect(redis.run("get a")).toBe("$1\r\n1\r\n");
  expect(redis.instance.statistics.evictedKeys).toBe(0);
});

test("without a limit nothing is measured", () => {
  const redis = start();
  Object.defineProperty(redis.instance.data, "usedBytes", {
    get: () => expect.unreachable("memory was measured"),
  });
  expect(redis.run("set a 1")).toBe("+OK\r\n");
});
