/**
 * Measures the keyspace on its own: `node impl/engine/keyspace.bench.ts [keys] [growth]`.
 *
 * Prints memory per key beside a redis-server's of the same run, the time of find and setString,
 * JavaScript heap growth per operation, and the longest pause while growing to `growth` keys.
 * Assertions are compiled out, as in the published build.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { PerformanceObserver } from "node:perf_hooks";

globalThis.VERIDIS_CHECKED = false;
const { Keyspace } = await import("./keyspace.ts");

const keys = Number(process.argv[2] ?? 1_000_000);
const growth = Number(process.argv[3] ?? 5_000_000);
const REDIS_PORT = 7391;
const HASH_KEY = [0x243f6a88, 0x85a308d3] as const;
/** Decimal digits follow the prefix: 16 bytes together. */
const KEY = Buffer.from("key:000000000000");
const VALUE = Buffer.alloc(4096, 120);

type Space = InstanceType<typeof Keyspace>;

/** Writes the number into the key's last twelve bytes. */
function numberKey(n: number): void {
  let rest = n;
  for (let at = 15; at > 3; at--) {
    KEY[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function fill(keyspace: Space, count: number, valueLength: number): void {
  for (let i = 0; i < count; i++) {
    numberKey(i);
    keyspace.setBytes(KEY, 0, 16, VALUE, 0, valueLength, 0, false);
  }
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

async function redisCommand(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [reply] = await once(socket, "data");
  return String(reply);
}

/** used_memory and RSS per key of a redis-server that holds `count` keys. */
async function redisPerKey(count: number, valueLength: number): Promise<[number, number]> {
  const args = ["--port", String(REDIS_PORT), "--save", "", "--enable-debug-command", "yes"];
  const server: ChildProcess = spawn("redis-server", args, { stdio: "ignore" });
  try {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = await redisMemory();
    const loader = await redisConnection();
    const value = "x".repeat(valueLength);
    for (let i = 0; i < count; i += 500) {
      const batch: string[] = [];
      for (let j = i; j < Math.min(i + 500, count); j++) {
        numberKey(j);
        batch.push(`*3\r\n$3\r\nSET\r\n$16\r\n${KEY}\r\n$${valueLength}\r\n${value}\r\n`);
      }
      await sendAll(loader, batch.join(""), batch.length * 5);
    }
    loader.destroy();
    // Its cron ends a rehash and frees the loader's buffers.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const after = await redisMemory();
    return [(after[0] - before[0]) / count, (after[1] - before[1]) / count];
  } finally {
    server.kill();
    await once(server, "exit");
  }
}

async function sendAll(socket: Socket, text: string, replyBytes: number): Promise<void> {
  let received = 0;
  socket.write(text);
  while (received < replyBytes) {
    const [chunk] = await once(socket, "data");
    received += (chunk as Buffer).length;
  }
}

async function redisConnection(): Promise<Socket> {
  const socket = connect(REDIS_PORT, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function redisMemory(): Promise<[number, number]> {
  const socket = await redisConnection();
  const info = await redisCommand(socket, "INFO memory\r\n");
  socket.destroy();
  const field = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
  return [field("used_memory"), field("used_memory_rss")];
}

async function memory(valueLength: number, retained: Space[]): Promise<void> {
  const before = residentBytes();
  const keyspace = new Keyspace({ hashKey: HASH_KEY });
  // Kept until all are measured: memory given back would hide in the next one's resident size.
  retained.push(keyspace);
  fill(keyspace, keys, valueLength);
  while (keyspace.rehashStep(10_000));
  const used = keyspace.usedBytes / keys;
  const resident = (residentBytes() - before) / keys;
  const [redisUsed, redisResident] = await redisPerKey(keys, valueLength);
  const ratios = `${(used / redisUsed).toFixed(2)}x, ${(resident / redisResident).toFixed(2)}x`;
  console.log(
    `memory per key, value ${valueLength}: used ${used.toFixed(1)} resident ${resident.toFixed(1)}` +
      ` | redis used ${redisUsed.toFixed(1)} resident ${redisResident.toFixed(1)} | ${ratios}`,
  );
}

/** The keys themselves, 16 bytes each, so that timing does not include writing them. */
function allKeys(count: number): Buffer {
  const all = Buffer.alloc(count * 16);
  for (let i = 0; i < count; i++) {
    numberKey(i);
    KEY.copy(all, i * 16);
  }
  return all;
}

/** Least over rounds of nanoseconds per operation on random keys, and median of heap bytes per operation. */
function timed(name: string, count: number, operation: (n: number) => void): void {
  const rounds: number[] = [];
  const heap: number[] = [];
  let state = 1;
  for (let round = 0; round < 7; round++) {
    const heapBefore = process.memoryUsage().heapUsed;
    const start = performance.now();
    for (let i = 0; i < 500_000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) & 0x3fffffff;
      operation((state >>> 6) % count);
    }
    rounds.push(((performance.now() - start) * 1e6) / 500_000);
    heap.push((process.memoryUsage().heapUsed - heapBefore) / 500_000);
  }
  const ns = Math.min(...rounds);
  const bytes = heap.sort((a, b) => a - b)[3]!;
  console.log(`${name}: ${ns.toFixed(0)} ns, ${bytes.toFixed(2)} heap bytes`);
}

function speed(count: number): void {
  const keyspace = new Keyspace({ hashKey: HASH_KEY });
  fill(keyspace, count, 32);
  const all = allKeys(count);
  let sum = 0;
  timed(`nothing, of ${count}`, count, (n) => {
    sum = (sum + n) | 0;
  });
  timed(`find and read one byte, of ${count}`, count, (n) => {
    const ref = keyspace.find(all, n * 16, 16);
    sum = (sum + keyspace.bytes(ref)[keyspace.valueOffset(ref)]!) | 0;
  });
  timed(`set in place, of ${count}`, count, (n) => {
    keyspace.setBytes(all, n * 16, 16, VALUE, 0, 32, 0, false);
  });
  timed(`set of changing size, of ${count}`, count, (n) => {
    keyspace.setBytes(all, n * 16, 16, VALUE, 0, 20 + (n & 63), 0, false);
  });
  console.log(`  (checksum ${sum})`);
}

/**
 * The longest insertions while growing. The growth is repeated and the least time taken for each
 * insertion: what the keyspace does at one of them it does every time, what the machine does not.
 * Collections are reported apart, since they need not fall on the same insertion.
 */
async function pauses(count: number): Promise<void> {
  const least = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
  const collections: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) collections.push(entry.duration);
  });
  observer.observe({ entryTypes: ["gc"] });
  for (let round = 0; round < 3; round++) {
    const keyspace = new Keyspace({ hashKey: HASH_KEY });
    for (let i = 0; i < count; i++) {
      numberKey(i);
      const start = performance.now();
      keyspace.setBytes(KEY, 0, 16, VALUE, 0, 32, 0, false);
      least[i] = Math.min(least[i]!, performance.now() - start);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  observer.disconnect();
  least.sort().reverse();
  const top = [...least.subarray(0, 5)].map((ms) => ms.toFixed(3)).join(", ");
  const collected = Math.max(0, ...collections).toFixed(2);
  console.log(`growing to ${count} keys: longest insertions ${top} ms`);
  console.log(`  collections ${collections.length}, longest ${collected} ms`);
}

const retained: Space[] = [];
for (const valueLength of [32, 100]) await memory(valueLength, retained);
retained.length = 0;
speed(1_000);
speed(100_000);
speed(keys);
await pauses(growth);
