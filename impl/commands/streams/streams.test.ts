import { afterEach, expect, test, vi } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { commands } from "../index.ts";

afterEach(() => vi.unstubAllGlobals());

/** From now on the system refuses every buffer, as it does when it is full. */
function refuseBuffers(): void {
  const System = ArrayBuffer;
  vi.stubGlobal(
    "ArrayBuffer",
    class extends System {
      constructor(byteLength: number) {
        if (byteLength >= 1) throw new RangeError("Array buffer allocation failed");
        super(byteLength);
      }
    },
  );
}

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
const HUGE = "x".repeat(700_000);

/** What can be seen of a stream, its times apart. */
function seen(redis: TestInstance): string {
  return redis.run("XINFO STREAM x FULL COUNT 0").replace(/:\d{7,}/g, ":(time)");
}

test("commands that find no memory change nothing, and leave no key behind", () => {
  const redis = testInstance(commands);
  redis.script("XADD x 1-1 f v", "XADD x 2-1 f v", "XGROUP CREATE x g 0", "XGROUP CREATE x h 0");
  redis.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
  redis.effects();
  const before = seen(redis);
  refuseBuffers();
  expect(redis.send("XADD", "x", "3-1", "f", HUGE)).toBe(OOM);
  expect(redis.send("XADD", "new", "*", "f", HUGE)).toBe(OOM);
  expect(redis.send("XGROUP", "CREATE", "x", HUGE, "0")).toBe(OOM);
  expect(redis.send("XGROUP", "CREATE", "new", HUGE, "0", "MKSTREAM")).toBe(OOM);
  expect(redis.send("XGROUP", "CREATECONSUMER", "x", "g", HUGE)).toBe(OOM);
  expect(redis.send("XREADGROUP", "GROUP", "g", HUGE, "STREAMS", "x", ">")).toBe(OOM);
  expect(redis.send("XREADGROUP", "GROUP", "g", HUGE, "STREAMS", "x", "0")).toBe(OOM);
  expect(redis.send("XCLAIM", "x", "g", HUGE, "0", "1-1", "2-1", "FORCE", "LASTID", "9-9")).toBe(
    OOM,
  );
  expect(redis.send("XAUTOCLAIM", "x", "g", HUGE, "0", "0")).toBe(OOM);
  expect(redis.effects()).toEqual([]);
  expect(seen(redis)).toBe(before);
  expect(redis.run("DBSIZE")).toBe(":1\r\n");
});

test("what a reader is given propagates as what each entry has become", () => {
  const redis = testInstance(commands);
  redis.script("XADD x 1-1 f v", "XADD x 2-1 f v", "XGROUP CREATE x g 0");
  redis.effects();
  redis.run("XREADGROUP GROUP g c COUNT 1 STREAMS x >");
  redis.run("XREADGROUP GROUP g d NOACK STREAMS x >");
  redis.run("XREADGROUP GROUP g c STREAMS x 0");
  const now = redis.instance.time.nowMs;
  expect(redis.effects()).toEqual([
    `XCLAIM x g c 0 1-1 TIME ${now} RETRYCOUNT 1 FORCE JUSTID LASTID 1-1`,
    "MULTI",
    "XGROUP CREATECONSUMER x g d",
    "XGROUP SETID x g 2-1 ENTRIESREAD 2",
    "EXEC",
  ]);
});

test("an approximate trimming propagates as the exact one that comes to the same", () => {
  const redis = testInstance(commands);
  redis.run("CONFIG SET stream-node-max-entries 2");
  for (let i = 1; i <= 5; i++) redis.run(`XADD x ${i}-1 f v`);
  redis.effects();
  expect(redis.run("XADD x MAXLEN ~ 3 6-* f v")).toBe("$3\r\n6-0\r\n");
  expect(redis.run("XTRIM x MINID ~ 5 LIMIT 2")).toBe(":2\r\n");
  expect(redis.run("XTRIM x MINID ~ 5 LIMIT 2")).toBe(":0\r\n");
  expect(redis.effects()).toEqual(["XADD x MAXLEN = 4 6-0 f v", "XTRIM x MINID = 5-1 LIMIT 2"]);
});

test("who watches a stream learns of its entries, and not of its groups", () => {
  const redis = testInstance(commands);
  redis.script("XADD x 1-1 f v", "XGROUP CREATE x g 0");
  const commandsUnseen = [
    "XREADGROUP GROUP g c STREAMS x >",
    "XCLAIM x g d 0 1-1",
    "XACK x g 1-1",
    "XGROUP SETID x g 0",
    "XGROUP CREATECONSUMER x g e",
    "XGROUP DELCONSUMER x g e",
    "XGROUP CREATE x h 0",
    "XGROUP DESTROY x h",
    "XSETID x 5-5",
  ];
  const other = redis.connect();
  for (const line of commandsUnseen) {
    redis.script("WATCH x", "MULTI", "PING");
    other.run(line);
    expect([line, redis.run("EXEC")]).toEqual([line, "*1\r\n+PONG\r\n"]);
  }
  redis.script("WATCH x", "MULTI", "PING");
  other.run("XADD x 6-6 f v");
  expect(redis.run("EXEC")).toBe("*-1\r\n");
});
