import { expect, test } from "vitest";
import { VirtualClock } from "../../../testing/clock.ts";
import { TestClient, type TestInstance, testInstance } from "../../../testing/instance.ts";
import {
  NO_CONTROL,
  type ServerControl,
  type ShutdownRequest,
} from "../../ports/server-control.ts";
import { createInstance } from "../../session/executor.ts";
import type { Instance } from "../../session/instance.ts";
import { commands } from "../index.ts";

/** The text of a bulk string. */
function bulk(reply: string): string {
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

/** The headings of an INFO reply. */
function headings(reply: string): string[] {
  return bulk(reply)
    .split("\r\n")
    .filter((line) => line.startsWith("# "))
    .map((line) => line.slice(2));
}

const DEFAULT = [
  "Server",
  "Clients",
  "Memory",
  "Persistence",
  "Stats",
  "Replication",
  "CPU",
  "Modules",
  "Errorstats",
  "Cluster",
  "Keyspace",
];

test("INFO shows the sections that it is asked for, once, in Redis' order", () => {
  const redis = testInstance(commands);
  expect(headings(redis.run("info"))).toEqual(DEFAULT);
  expect(headings(redis.run("info default"))).toEqual(DEFAULT);
  const all = headings(redis.run("info all"));
  expect(all.filter((one) => !DEFAULT.includes(one))).toEqual(["Commandstats", "Latencystats"]);
  expect(headings(redis.run("info everything"))).toEqual(all);
  expect(headings(redis.run("info keyspace CPU cpu bogus"))).toEqual(["CPU", "Keyspace"]);
  expect(redis.run("info bogus")).toBe("$0\r\n\r\n");
});

test("every line of INFO is a heading, a field or empty", () => {
  const redis = testInstance(commands);
  redis.run("set k v");
  redis.run("bogus");
  for (const line of bulk(redis.run("info everything")).split("\r\n")) {
    expect(line).toMatch(/^(?:|# \w+|[\w|.-]+:[^\r\n]*)$/);
  }
});

test("INFO's avg_ttl is a running average of samples", () => {
  const redis = testInstance(commands);
  const averageMs = (): number => {
    redis.instance.time.beginBatch();
    redis.instance.data.expireCycle(1000);
    return Number(/avg_ttl=(\d+)/.exec(redis.run("info keyspace"))![1]);
  };
  for (let i = 0; i < 100; i++) redis.run(`set k${i} v ex 100`);
  expect(averageMs()).toBe(99_950 + 50);
  redis.run("set eternal v");
  redis.clock.advance(50_000);
  // One part in fifty of the new mean, each part rounded down.
  expect(averageMs()).toBe(2000 * 49 + 1000);
  redis.clock.advance(50_001);
  expect(averageMs()).toBe(0);
});

test("INFO counts what has happened", () => {
  const redis = testInstance(commands);
  redis.run("set a 1");
  redis.run("set b 1 ex 100");
  redis.run("get a");
  redis.run("get absent");
  redis.run("get");
  redis.run("bogus");
  const info = bulk(redis.run("info everything"));
  expect(info).toContain("db0:keys=2,expires=1,avg_ttl=0\r\n");
  expect(info).toContain("keyspace_hits:1\r\nkeyspace_misses:1\r\n");
  expect(info).toContain("errorstat_ERR:count=2\r\n");
  expect(info).toContain("total_error_replies:2\r\n");
  expect(info).toMatch(/cmdstat_get:calls=2,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,/);
  expect(info).toContain("rdb_changes_since_last_save:2\r\n");
  expect(info).toContain("redis_version:7.0.15\r\n");
});

test("used_memory follows the data, and the peak stays", () => {
  const redis = testInstance(commands);
  const used = () => Number(/used_memory:(\d+)/.exec(redis.run("info memory"))![1]);
  const before = used();
  redis.send("set", "k", "x".repeat(1_000_000));
  const during = used();
  expect(during - before).toBeGreaterThan(1_000_000);
  redis.run("del k");
  expect(used()).toBeLessThan(during - 1_000_000);
  const peak = Number(/used_memory_peak:(\d+)/.exec(redis.run("info memory"))![1]);
  expect(peak).toBeGreaterThanOrEqual(during);
});

/** An instance with DEBUG allowed, and what its commands have asked of the process. */
function controlled(): { redis: TestClient; instance: Instance; asked: ShutdownRequest[] } {
  const clock = new VirtualClock();
  const asked: ShutdownRequest[] = [];
  const control: ServerControl = {
    ...NO_CONTROL,
    sleep: (durationUs) => clock.advance(durationUs / 1000),
    shutdown: (request) => {
      asked.push(request);
      return !request.force;
    },
    abortShutdown: () => asked.length > 0,
  };
  const random = { nextU32: () => 5 };
  const journal = { enabled: false, append: () => {}, settle: () => {} };
  const instance = createInstance({ clock, random, journal, control }, commands);
  instance.settings.debugCommand = "yes";
  const facts = { address: "127.0.0.1:50000", localAddress: "127.0.0.1:6379", fd: 8 };
  return { redis: new TestClient(instance, instance.clients.connect(facts)), instance, asked };
}

test("SHUTDOWN asks the process to end, and says nothing when it will", () => {
  const { redis, asked } = controlled();
  expect(redis.run("shutdown nosave now")).toBe("");
  expect(asked).toEqual([{ save: "no", now: true, force: false }]);
  expect(redis.session.blocked?.reason).toBe("shutdown");
});

test("SHUTDOWN says when the process cannot end", () => {
  const { redis, asked } = controlled();
  expect(redis.run("shutdown save force")).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
  expect(asked).toEqual([{ save: "yes", now: false, force: true }]);
  expect(redis.run("shutdown abort")).toBe("+OK\r\n");
});

test("DEBUG SLEEP takes its time, which slow log, latency monitor and histogram notice", () => {
  const { redis, instance } = controlled();
  instance.settings.latencyThresholdMs = 100;
  expect(redis.run("debug sleep 0.25")).toBe("+OK\r\n");
  expect(instance.slowlog.newest(1)[0]).toMatchObject({
    durationUs: 250_000,
    args: ["debug", "sleep", "0.25"],
  });
  expect(redis.run("latency latest")).toBe(
    "*1\r\n*4\r\n$7\r\ncommand\r\n:1700000000\r\n:250\r\n:250\r\n",
  );
  expect(redis.run("latency histogram debug")).toBe(
    "*2\r\n$5\r\ndebug\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:270532\r\n:1\r\n",
  );
});

test("DEBUG is refused unless enable-debug-command allows it", () => {
  const redis: TestInstance = testInstance(commands);
  expect(redis.run("debug digest")).toMatch(/^-ERR DEBUG command not allowed\. /);
  redis.instance.settings.debugCommand = "local";
  expect(redis.run("debug digest")).toMatch(/^\+[0-9a-f]{40}\r\n$/);
});

test("DEBUG RELOAD keeps keys, values, encodings and expiries, and drops what has expired", () => {
  const redis = testInstance(commands);
  redis.instance.settings.debugCommand = "yes";
  redis.run("set int 12");
  redis.run("set short text");
  redis.send("set", "long", "x".repeat(1000));
  redis.run("set soon gone px 10");
  redis.run("set later there px 1000");
  redis.run("select 5");
  redis.run("set other database");
  const before = redis.run("debug digest");
  redis.effects();
  expect(redis.run("debug reload")).toBe("+OK\r\n");
  expect(redis.effects()).toEqual([]);
  expect(redis.run("debug digest")).toBe(before);
  redis.run("select 0");
  expect(redis.run("object encoding int")).toBe("$3\r\nint\r\n");
  expect(redis.run("object encoding long")).toBe("$3\r\nraw\r\n");
  expect(redis.run("pttl later")).toBe(":1000\r\n");
  redis.clock.advance(11);
  redis.run("debug reload");
  expect(redis.run("dbsize")).toBe(":4\r\n");
  expect(redis.run("info persistence")).toContain("rdb_changes_since_last_save:0\r\n");
});

test("DEBUG RELOAD is a change for those who watch", () => {
  const redis = testInstance(commands);
  redis.instance.settings.debugCommand = "yes";
  redis.run("set k v");
  redis.run("watch k");
  redis.run("debug reload");
  redis.run("multi");
  expect(redis.run("exec")).toBe("*-1\r\n");
});

test("TIME reads the clock, and LOLWUT ends with the version of Redis", () => {
  const redis = testInstance(commands);
  expect(redis.run("time")).toBe("*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n");
  expect(bulk(redis.run("lolwut"))).toMatch(/\nRedis ver\. 7\.0\.15\n$/);
  expect(redis.run("lolwut")).not.toBe(redis.run("lolwut"));
});

test("LOLWUT draws as large as it is told, and the same of the same chance", () => {
  const text = (command: string) => {
    const latin1 = bulk(testInstance(commands).run(command));
    return Buffer.from(latin1, "latin1").toString("utf8");
  };
  const picture = (command: string) => {
    const lines = text(command).split("\n");
    expect(lines.at(-2)).toMatch(/Redis ver\. 7\.0\.15$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they colour
    const cells = lines.slice(0, -2).map((line) => line.replace(/\x1b\[[\d;]*m/g, ""));
    expect(new Set(cells.map((line) => line.length)).size).toBe(1);
    return [cells[0]!.length, cells.length];
  };
  expect(picture("lolwut")).toEqual([64, 16]);
  expect(picture("lolwut version 5")).toEqual([66, 49]);
  expect(picture("lolwut version 5 40 4 2")).toEqual([40, 11]);
  expect(picture("lolwut version 5 0 -1 1000")).toEqual([1, 100]);
  expect(picture("lolwut version 5 1000 1 200")).toEqual([1000, 1000]);
  expect(picture("lolwut version 6")).toEqual([80, 20]);
  expect(picture("lolwut version 6 30 5 ignored")).toEqual([30, 5]);
  expect(picture("lolwut version 6 2000 -5")).toEqual([1000, 1]);
  expect(picture("lolwut version 4294967301 10")[0]).toBe(10);
  expect(picture("lolwut 10 20")).toEqual([64, 16]);
  for (const command of ["lolwut version 5", "lolwut version 6"]) {
    expect(text(command)).toBe(text(command));
    const redis = testInstance(commands);
    expect(redis.run(command)).not.toBe(redis.run(command));
    expect(redis.run(`${command} x`)).toBe("-ERR value is not an integer or out of range\r\n");
  }
});

test("MEMORY USAGE grows with the value", () => {
  const redis = testInstance(commands);
  redis.run("set short v");
  redis.send("set", "long", "x".repeat(10_000));
  const usage = (key: string) => Number(redis.run(`memory usage ${key}`).slice(1));
  expect(usage("long") - usage("short")).toBeGreaterThanOrEqual(9_900);
});
