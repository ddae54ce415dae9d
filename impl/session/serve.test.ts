import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type TestClient, type TestInstance, testInstance } from "../../testing/instance.ts";
import { waitingToys } from "../../testing/waiting-toys.ts";
import { commands } from "../commands/index.ts";
import { RUNNING } from "../gate/outbox.ts";
import { latin1 } from "../resp/request.ts";
import { STRING_TYPE } from "../types/string/index.ts";
import { resumeUnblocked, tick } from "./blocking.ts";
import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import { push, settlePushed } from "./push.ts";
import { serveReady } from "./serve.ts";

function start(): TestInstance {
  return testInstance([...commands, ...waitingToys]);
}

/** What a client has got meanwhile. */
function taken({ session }: TestClient): string {
  const text = latin1(session.reply.bytes, 0, session.reply.length);
  session.outbox.drop();
  return text;
}

function letTimePass(redis: TestInstance, ms: number): void {
  const { instance } = redis;
  redis.clock.advance(ms);
  instance.time.beginBatch();
  tick(instance);
  settlePushed(instance, () => {});
  resumeUnblocked(instance);
  redis.instance.verifyInvariants();
}

const pair = (key: string, value: string): string =>
  `*2\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
const NIL = "*-1\r\n";

describe("a client that waits for keys", () => {
  it("is served when one is there, after the reply and the effects of the command that made it", () => {
    const redis = start();
    const waiter = redis.connect();
    expect(waiter.run("take j k 0")).toBe("");
    expect(waiter.session.blocked?.reason).toBe("keys");
    redis.effects();
    expect(redis.run("set k v")).toBe("+OK\r\n");
    expect(taken(waiter)).toBe(pair("k", "v"));
    expect(redis.effects()).toEqual(["SELECT 0", "set k v", "DEL k"]);
    expect(redis.run("exists k")).toBe(":0\r\n");
    expect(resumeUnblocked(redis.instance)).toEqual([waiter.session]);
    expect(waiter.run("ping")).toBe("+PONG\r\n");
  });

  it("is served in turn: who began first comes first, and each value goes to one", () => {
    const redis = start();
    const [first, second] = [redis.connect(), redis.connect()];
    first.run("take k 0");
    second.run("take k 0");
    redis.run("set k 1");
    expect([taken(first), taken(second)]).toEqual([pair("k", "1"), ""]);
    redis.run("set k 2");
    expect([taken(first), taken(second)]).toEqual(["", pair("k", "2")]);
  });

  it("gets the key that became ready first, not the one that it named first", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("take a b 0");
    for (const line of ["multi", "set b 1", "set a 2", "exec"]) redis.run(line);
    expect(taken(waiter)).toBe(pair("b", "1"));
    expect(redis.run("exists a b")).toBe(":1\r\n");
  });

  it("is served after EXEC, by what is there then", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("take k 0");
    redis.effects();
    for (const line of ["multi", "set k 1", "set k 2", "exec"]) redis.run(line);
    expect(taken(waiter)).toBe(pair("k", "2"));
    expect(redis.effects().slice(-4)).toEqual(["set k 1", "set k 2", "EXEC", "DEL k"]);
    waiter.run("take k 0");
    for (const line of ["multi", "set k 1", "del k", "exec"]) redis.run(line);
    expect(taken(waiter)).toBe("");
    expect(waiter.session.blocked).not.toBeNull();
  });

  it("may make a key ready for the next one", () => {
    const redis = start();
    const [last, middle] = [redis.connect(), redis.connect()];
    last.run("take b 0");
    middle.run("pass a b 0");
    redis.effects();
    redis.run("set a v");
    expect(taken(middle)).toBe("$1\r\nv\r\n");
    expect(taken(last)).toBe(pair("b", "v"));
    const units = ["set a v", "MULTI", "DEL a", "SET b v", "EXEC", "DEL b"];
    expect(redis.effects().slice(-units.length)).toEqual(units);
    expect(redis.run("dbsize")).toBe(":0\r\n");
  });

  it("never waits within EXEC", () => {
    const redis = start();
    for (const line of ["multi", "take k 0"]) redis.run(line);
    expect(redis.run("exec")).toBe(`*1\r\n${NIL}`);
    expect(redis.session.blocked).toBeNull();
  });

  it("gets nil when its time is up, and nothing after that", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("take k 10");
    letTimePass(redis, 9);
    expect(taken(waiter)).toBe("");
    letTimePass(redis, 1);
    expect(taken(waiter)).toBe(NIL);
    redis.run("set k v");
    expect(taken(waiter)).toBe("");
    expect(redis.run("get k")).toBe("$1\r\nv\r\n");
  });

  it("is ended by CLIENT UNBLOCK as by its time, or by an error", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("take k 0");
    expect(redis.run(`client unblock ${waiter.session.id}`)).toBe(":1\r\n");
    expect(taken(waiter)).toBe(NIL);
    waiter.run("take k 0");
    expect(redis.run(`client unblock ${waiter.session.id} error`)).toBe(":1\r\n");
    expect(taken(waiter)).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    redis.run("set k v");
    expect(taken(waiter)).toBe("");
  });

  it("leaves its value to the next when it goes", () => {
    const redis = start();
    const [gone, next] = [redis.connect(), redis.connect()];
    gone.run("take k 0");
    next.run("take k 0");
    redis.instance.clients.disconnect(gone.session);
    redis.run("set k v");
    expect(taken(next)).toBe(pair("k", "v"));
    expect(taken(gone)).toBe("");
  });

  it("is served by RENAME and SWAPDB, and not by FLUSHALL", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("take k 0");
    redis.run("flushall");
    redis.run("set other v");
    redis.run("rename other k");
    expect(taken(waiter)).toBe(pair("k", "v"));
    waiter.run("take k 0");
    redis.run("select 1");
    redis.run("set k one");
    expect(taken(waiter)).toBe("");
    redis.run("swapdb 0 1");
    expect(taken(waiter)).toBe(pair("k", "one"));
  });

  it("does not get what has expired", () => {
    const redis = start();
    const waiter = redis.connect();
    redis.run("select 1");
    redis.run("set k v px 5");
    waiter.run("take k 0");
    redis.clock.advance(6);
    redis.run("swapdb 0 1");
    expect(taken(waiter)).toBe("");
    expect(waiter.session.blocked).not.toBeNull();
  });

  it("counts once in INFO, however often it is tried", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("take k 0");
    redis.run("set k v");
    expect(redis.run("info commandstats")).toContain("cmdstat_take:calls=1,");
    expect(redis.run("info clients")).toContain("blocked_clients:0\r\n");
  });

  it("is silent after CLIENT REPLY SKIP, and speaks again afterwards", () => {
    const redis = start();
    const waiter = redis.connect();
    waiter.run("client reply skip");
    waiter.run("take k 0");
    redis.run("set k v");
    expect(taken(waiter)).toBe("");
    resumeUnblocked(redis.instance);
    expect(waiter.run("ping")).toBe("+PONG\r\n");
  });
});

test("what a command pushes to a session that waits comes before what it is served", () => {
  const tell: Command = {
    ...{ name: "tell", arity: 2, flags: [], acl: [], group: "generic", since: "1.0.0" },
    summary: "Pushes to a session",
    handler: ({ instance, request, reply }: Call): void => {
      const session = instance.clients.sessions.get(Number(request.text(1)))!;
      push(instance, session, RUNNING, (writer) => writer.simple("told"));
      reply.ok();
    },
  };
  const redis = testInstance([...commands, ...waitingToys, tell]);
  const waiter = redis.connect();
  const { id } = waiter.session;
  waiter.run("take k 0");
  for (const line of ["multi", "set k v", `tell ${id}`, "exec"]) redis.run(line);
  expect(taken(waiter)).toBe(`+told\r\n${pair("k", "v")}`);
  waiter.run("take k 0");
  for (const line of ["multi", `tell ${id}`, `client unblock ${id}`, "exec"]) redis.run(line);
  expect(taken(waiter)).toBe(`+told\r\n${NIL}`);
});

test("nobody who does not wait pays: the registry hears of changes only while somebody waits", () => {
  const redis = start();
  const waiter = redis.connect();
  const { changes } = redis.instance.data;
  expect(changes.areUnheard).toBe(true);
  waiter.run("take k 0");
  expect(changes.areUnheard).toBe(false);
  redis.run("set k v");
  expect(changes.areUnheard).toBe(true);
});

test("who waits for another type is not served, and keeps its place", () => {
  const redis = start();
  const waiter = redis.connect();
  waiter.run("take k 0");
  const { keys } = redis.instance.clients.waits;
  const wait = { database: 0, keys: ["k"], type: STRING_TYPE + 1, endsWithKey: false };
  const other = redis.connect().session;
  keys.add(other, wait);
  expect([...keys.waitersFor({ database: 0, key: "k" }, STRING_TYPE)]).toEqual([waiter.session]);
  expect([...keys.waitersFor({ database: 0, key: "k" }, STRING_TYPE + 1)]).toEqual([other]);
  keys.remove(other);
  redis.run("set k v");
  expect(taken(waiter)).toBe(pair("k", "v"));
});

// ---- By chance, against lists of waiters and of ready keys

interface Waiter {
  readonly client: number;
  readonly keys: readonly string[];
  /** Where PASS puts it; null for TAKE. */
  readonly to: string | null;
  readonly untilMs: number;
}

/** What must happen, said plainly. */
class Plainly {
  data = [new Map<string, string>(), new Map<string, string>()];
  waiters: Waiter[] = [];
  /** The keys that are waited for, in the order in which they came to be. */
  waited: string[] = [];
  ready: string[] = [];
  got = new Map<number, string>();
  nowMs = 0;

  wait(waiter: Waiter): void {
    const key = waiter.keys.find((each) => this.data[0]!.has(each));
    if (key !== undefined) {
      this.#give(waiter, key);
      return;
    }
    this.waiters.push(waiter);
    for (const each of waiter.keys) if (!this.waited.includes(each)) this.waited.push(each);
  }

  /** A key of database 0 has changed. */
  changed(key: string): void {
    if (!this.data[0]!.has(key)) return;
    if (this.waited.includes(key) && !this.ready.includes(key)) this.ready.push(key);
  }

  set(key: string, value: string): void {
    this.data[0]!.set(key, value);
    this.changed(key);
  }

  swap(): void {
    this.data.reverse();
    for (const key of this.waited) this.changed(key);
  }

  serve(): void {
    for (let key = this.ready.shift(); key !== undefined; key = this.ready.shift()) {
      for (const waiter of this.waiters.filter(({ keys }) => keys.includes(key!))) {
        if (!this.data[0]!.has(key)) break;
        this.#end(waiter);
        this.#give(waiter, key);
      }
    }
  }

  end(client: number, reply: string | null): void {
    const waiter = this.waiters.find((each) => each.client === client);
    if (waiter === undefined) return;
    this.#end(waiter);
    if (reply !== null) this.#say(client, reply);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const { client, untilMs } of [...this.waiters]) {
      if (untilMs <= this.nowMs) this.end(client, NIL);
    }
  }

  #end(waiter: Waiter): void {
    this.waiters = this.waiters.filter((each) => each !== waiter);
    this.waited = this.waited.filter((key) => this.waiters.some(({ keys }) => keys.includes(key)));
  }

  #give({ client, to }: Waiter, key: string): void {
    const value = this.data[0]!.get(key)!;
    this.data[0]!.delete(key);
    if (to === null) this.#say(client, pair(key, value));
    else {
      this.set(to, value);
      this.#say(client, `$${value.length}\r\n${value}\r\n`);
    }
  }

  #say(client: number, text: string): void {
    this.got.set(client, (this.got.get(client) ?? "") + text);
  }
}

const CLIENTS = 4;
const key = fc.constantFrom("a", "b", "c");
const client = fc.nat(CLIENTS - 1);
const write = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key }),
  fc.record({ do: fc.constant("del" as const), key }),
  fc.record({ do: fc.constant("rename" as const), key, to: key }),
  fc.record({ do: fc.constant("move away" as const), key }),
  fc.record({ do: fc.constant("swap" as const) }),
  fc.record({ do: fc.constant("flush" as const) }),
);
const timeoutMs = fc.constantFrom(0, 10, 20, 30);
const input = fc.oneof(
  fc.record({
    do: fc.constant("take" as const),
    client,
    keys: fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
    timeoutMs,
  }),
  fc.record({ do: fc.constant("pass" as const), client, key, to: key, timeoutMs }),
  fc.record({ do: fc.constant("write" as const), write }),
  fc.record({ do: fc.constant("exec" as const), writes: fc.array(write, { maxLength: 5 }) }),
  fc.record({ do: fc.constant("time" as const), ms: fc.constantFrom(5, 10) }),
  fc.record({ do: fc.constant("unblock" as const), client, error: fc.boolean() }),
  fc.record({ do: fc.constant("leave" as const), client }),
);

it("serves as lists of waiters and ready keys do, whatever is written, ends and goes", () => {
  const property = fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
    const redis = start();
    const { instance } = redis;
    const clients = Array.from({ length: CLIENTS }, () => redis.connect());
    const plainly = new Plainly();
    let number = 0;
    /** Writes on both sides; the line that does it. */
    const line = (one: typeof write extends fc.Arbitrary<infer W> ? W : never): string => {
      const [here, there] = plainly.data as [Map<string, string>, Map<string, string>];
      switch (one.do) {
        case "set":
          plainly.set(one.key, String(++number));
          return `set ${one.key} ${number}`;
        case "del":
          here.delete(one.key);
          return `del ${one.key}`;
        case "rename": {
          const value = here.get(one.key);
          if (value !== undefined) {
            here.delete(one.key);
            plainly.set(one.to, value);
          }
          return `rename ${one.key} ${one.to}`;
        }
        case "move away": {
          const value = here.get(one.key);
          if (value !== undefined && !there.has(one.key)) {
            here.delete(one.key);
            there.set(one.key, value);
          }
          return `move ${one.key} 1`;
        }
        case "swap":
          plainly.swap();
          return "swapdb 0 1";
        case "flush":
          here.clear();
          return "flushdb";
      }
    };
    for (const step of inputs) {
      const one = "client" in step ? clients[step.client]! : redis;
      const isWaiting = one.session.blocked !== null;
      switch (step.do) {
        case "take":
        case "pass": {
          if (isWaiting) break;
          const isPass = step.do === "pass";
          const keys = isPass ? [step.key] : step.keys;
          const to = isPass ? step.to : null;
          const untilMs =
            step.timeoutMs === 0 ? Number.POSITIVE_INFINITY : plainly.nowMs + step.timeoutMs;
          plainly.wait({ client: step.client, keys, to, untilMs });
          plainly.serve();
          const words = isPass ? ["pass", step.key, step.to] : ["take", ...step.keys];
          const reply = one.send(...words, String(step.timeoutMs));
          expect(reply).toBe(plainly.got.get(step.client) ?? "");
          plainly.got.delete(step.client);
          break;
        }
        case "write":
          redis.run(line(step.write));
          plainly.serve();
          break;
        case "exec":
          redis.run("multi");
          for (const each of step.writes) redis.run(line(each));
          redis.run("exec");
          plainly.serve();
          break;
        case "time":
          plainly.pass(step.ms);
          letTimePass(redis, step.ms);
          break;
        case "unblock": {
          const error = "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n";
          plainly.end(step.client, step.error ? error : NIL);
          const how = step.error ? "error" : "timeout";
          const wasWaiting = redis.run(`client unblock ${one.session.id} ${how}`);
          expect(wasWaiting).toBe(isWaiting ? ":1\r\n" : ":0\r\n");
          break;
        }
        case "leave":
          plainly.end(step.client, null);
          instance.clients.disconnect(one.session);
          clients[step.client] = redis.connect();
      }
      resumeUnblocked(instance);
      redis.instance.verifyInvariants();
      clients.forEach((each, i) => {
        expect(taken(each)).toBe(plainly.got.get(i) ?? "");
        const waits = plainly.waiters.some((waiter) => waiter.client === i);
        expect(each.session.blocked !== null).toBe(waits);
      });
      plainly.got.clear();
      for (const { keys } of plainly.waiters) {
        for (const each of keys) expect(plainly.data[0]!.has(each)).toBe(false);
      }
      expect(redis.run("dbsize")).toBe(`:${plainly.data[0]!.size}\r\n`);
    }
    serveReady(instance, () => expect.unreachable("a wake-up was lost"));
  });
  fc.assert(property, { numRuns: 300 });
});
