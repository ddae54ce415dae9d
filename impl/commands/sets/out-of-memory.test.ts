import { afterEach, expect, test, vi } from "vitest";
import { testInstance } from "../../../testing/instance.ts";
import { Arena } from "../../engine/arena.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import { commands } from "../index.ts";

afterEach(() => vi.restoreAllMocks());

/** From now on so many allocations in arenas succeed, and no other. */
function allow(allocations: number): void {
  let fuel = allocations;
  const { allocate } = Arena.prototype;
  vi.spyOn(Arena.prototype, "allocate").mockImplementation(function (this: Arena, length) {
    if (fuel-- <= 0) throw new OutOfMemory("no fuel");
    return allocate.call(this, length);
  });
}

/** So many allocations are refused one after the other; of those after them every seventh. */
const EACH = 64;

const MANY = Array.from({ length: 40 }, (_, i) => `member:${i}`).join(" ");
const INTEGERS = Array.from({ length: 512 }, (_, i) => i).join(" ");

/** Commands that need memory, behind those that lead to them. */
const NEEDING = [
  { before: [], command: `sadd new ${MANY}` },
  { before: [], command: `sadd new ${INTEGERS}` },
  { before: [`sadd s ${MANY}`], command: "sadd s member:1 x y z member:2 more" },
  { before: [`sadd s ${INTEGERS}`], command: "sadd s 600" },
  { before: ["sadd s 1 2 3"], command: "sadd s 4 text 5" },
  { before: ["sadd s 1 2 3", "expire s 100"], command: "sadd s 70000 5000000000" },
  { before: ["sadd s a b", "sadd d c"], command: "smove s d a" },
  { before: ["sadd s a"], command: "smove s new a" },
  { before: [`sadd s ${MANY}`, `sadd t ${INTEGERS}`], command: "sunionstore d s t" },
  { before: [`sadd s ${MANY}`, "sadd d 1"], command: "sinterstore d s" },
  { before: [`sadd s ${MANY} x`, "sadd t x", "set d 1"], command: "sdiffstore d s t t t" },
  { before: [`sadd s ${MANY}`, `sadd t ${INTEGERS}`], command: "sunion s t" },
  { before: [`sadd s ${MANY}`], command: "copy s d" },
] as const;

test.each(NEEDING)("without memory $command changes nothing", ({ before, command }) => {
  let failed = 0;
  for (let allocations = 0; ; allocations += allocations < EACH ? 1 : 7) {
    const redis = testInstance(commands);
    for (const line of before) redis.run(line);
    const asking = ["smembers s", "smembers t", "smembers d", "get d", "exists new", "ttl s"];
    const held = asking.map((line) => redis.run(line).split("\r\n").sort());
    redis.effects();
    allow(allocations);
    const reply = redis.run(command);
    vi.restoreAllMocks();
    redis.instance.verifyInvariants();
    if (!reply.startsWith("-OOM")) break;
    failed++;
    expect(redis.effects()).toEqual([]);
    expect(asking.map((line) => redis.run(line).split("\r\n").sort())).toEqual(held);
  }
  expect(failed).toBeGreaterThan(0);
});

test("what leaves a set needs no memory", () => {
  const redis = testInstance(commands);
  redis.run(`sadd s ${MANY} 1`);
  redis.run(`sadd t ${INTEGERS}`);
  allow(0);
  expect(redis.run(`srem s ${MANY}`)).toBe(":40\r\n");
  expect(redis.run("spop s")).toBe("$1\r\n1\r\n");
  expect(redis.run("spop t 511")).toContain("*511");
  expect(redis.run("srem t 0 1 2 3 4 5 6 7 8 9")).toMatch(/^:[01]\r\n$/);
  vi.restoreAllMocks();
  redis.instance.verifyInvariants();
});
