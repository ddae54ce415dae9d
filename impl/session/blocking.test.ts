import { expect, test } from "vitest";
import { testInstance } from "../../testing/instance.ts";
import { commands } from "../commands/index.ts";
import { latin1 } from "../resp/request.ts";
import { resumeUnblocked, tick } from "./blocking.ts";
import type { Session } from "./session.ts";

/** Takes the replies that a session has got meanwhile. */
function taken(session: Session): string {
  const { reply } = session;
  const text = latin1(reply.bytes, 0, reply.length);
  session.outbox.drop();
  return text;
}

test("WAIT blocks until its time is up, then tells how many replicas there are", () => {
  const redis = testInstance(commands);
  expect(redis.run("wait 1 100")).toBe("");
  expect(redis.session.blocked?.reason).toBe("wait");
  redis.clock.advance(99);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(redis.session.blocked).not.toBeNull();
  redis.clock.advance(1);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(taken(redis.session)).toBe(":0\r\n");
  expect(resumeUnblocked(redis.instance)).toEqual([redis.session]);
  expect(resumeUnblocked(redis.instance)).toEqual([]);
  redis.instance.verifyInvariants();
});

test("WAIT with a timeout of 0 waits for ever", () => {
  const redis = testInstance(commands);
  redis.run("wait 1 0");
  redis.clock.advance(1e12);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(redis.session.blocked).not.toBeNull();
});

test("CLIENT UNBLOCK ends a wait like its time-out, or by an error", () => {
  const redis = testInstance(commands);
  const other = redis.connect();
  other.run("wait 1 0");
  expect(redis.run(`client unblock ${other.session.id}`)).toBe(":1\r\n");
  expect(taken(other.session)).toBe(":0\r\n");
  other.run("wait 1 0");
  expect(redis.run(`client unblock ${other.session.id} error`)).toBe(":1\r\n");
  expect(taken(other.session)).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
  expect(redis.run(`client unblock ${other.session.id}`)).toBe(":0\r\n");
  expect(redis.run("info commandstats")).toContain("cmdstat_wait:calls=2,usec=");
  expect(redis.run("info commandstats")).toMatch(/cmdstat_wait:.*failed_calls=1\r/);
  expect(redis.run("info commandstats")).toMatch(/cmdstat_client\|unblock:.*failed_calls=0\r/);
});

test("CLIENT REPLY SKIP and OFF hold for the reply of a wait that ends later", () => {
  const redis = testInstance(commands);
  redis.run("client reply skip");
  redis.run("wait 1 10");
  redis.clock.advance(10);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(taken(redis.session)).toBe("");
  expect(redis.run("ping")).toBe("+PONG\r\n");
});

test("CLIENT PAUSE WRITE holds writes back and runs them afterwards, in order", () => {
  const redis = testInstance(commands);
  const writer = redis.connect();
  const reader = redis.connect();
  redis.run("client pause 1000 write");
  expect(writer.run("set k 1")).toBe("");
  expect(reader.run("get k")).toBe("$-1\r\n");
  expect(redis.run("client unblock 2")).toBe(":0\r\n");
  expect(redis.run("info clients")).toContain("blocked_clients:1\r\n");
  expect(redis.run("client unpause")).toBe("+OK\r\n");
  expect(resumeUnblocked(redis.instance)).toEqual([writer.session]);
  expect(taken(writer.session)).toBe("+OK\r\n");
  expect(reader.run("get k")).toBe("$1\r\n1\r\n");
});

test("CLIENT PAUSE WRITE holds a write back that MULTI would queue, and an EXEC with writes", () => {
  const redis = testInstance(commands);
  const [early, late] = [redis.connect(), redis.connect()];
  early.run("multi");
  early.run("set k 1");
  late.run("multi");
  redis.run("client pause 1000 write");
  expect(early.run("exec")).toBe("");
  expect(late.run("get k")).toBe("+QUEUED\r\n");
  expect(late.run("set k 2")).toBe("");
  redis.run("client unpause");
  resumeUnblocked(redis.instance);
  expect(taken(early.session)).toBe("*1\r\n+OK\r\n");
  expect(taken(late.session)).toBe("+QUEUED\r\n");
});

test("CLIENT PAUSE ends by itself, and a longer or stricter one prevails", () => {
  const redis = testInstance(commands);
  const other = redis.connect();
  redis.run("client pause 1000 write");
  redis.run("client pause 10 all");
  expect(other.run("ping")).toBe("");
  redis.clock.advance(999);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(resumeUnblocked(redis.instance)).toEqual([]);
  redis.clock.advance(1);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(resumeUnblocked(redis.instance)).toEqual([other.session]);
  expect(taken(other.session)).toBe("+PONG\r\n");
});

test("a request that was held back is held back again by a new pause", () => {
  const redis = testInstance(commands);
  const writer = redis.connect();
  redis.run("client pause 1000 write");
  writer.run("set k 1");
  redis.run("client unpause");
  redis.run("client pause 1000 write");
  expect(resumeUnblocked(redis.instance)).toEqual([]);
  expect(writer.session.blocked?.reason).toBe("paused");
  redis.run("client unpause");
  resumeUnblocked(redis.instance);
  expect(taken(writer.session)).toBe("+OK\r\n");
});

test("a waiting session that goes away is forgotten", () => {
  const redis = testInstance(commands);
  const other = redis.connect();
  other.run("wait 1 10");
  redis.instance.clients.disconnect(other.session);
  redis.clock.advance(10);
  redis.instance.time.beginBatch();
  tick(redis.instance);
  expect(resumeUnblocked(redis.instance)).toEqual([]);
  redis.instance.verifyInvariants();
});

test("a session that is killed between its wait's end and its resumption is left out", () => {
  const redis = testInstance(commands);
  const other = redis.connect();
  redis.run("client pause 1000 write");
  other.run("set k 1");
  redis.run("client unpause");
  redis.run(`client kill id ${other.session.id}`);
  expect(resumeUnblocked(redis.instance)).toEqual([]);
  expect(redis.instance.clients.closing).toEqual([other.session]);
  expect(redis.run("get k")).toBe("$-1\r\n");
});

test("during CLIENT PAUSE keys whose time is past are gone for readers, and stay", () => {
  const redis = testInstance(commands);
  redis.run("set a 1 px 5");
  redis.run("set b 1 px 5");
  redis.run("client pause 1000 write");
  redis.effects();
  redis.clock.advance(10);
  expect(redis.run("get a")).toBe("$-1\r\n");
  expect(redis.run("randomkey")).toMatch(/^\$1\r\n[ab]\r\n$/);
  expect(redis.run("scan 0")).toBe("*2\r\n$1\r\n0\r\n*0\r\n");
  expect(redis.instance.data.expireCycle(10)).toBe(0);
  expect(redis.run("dbsize")).toBe(":2\r\n");
  expect(redis.run("info stats")).toContain("expired_keys:0\r\n");
  expect(redis.effects()).toEqual([]);
  redis.run("client unpause");
  expect(redis.run("get a")).toBe("$-1\r\n");
  expect(redis.run("dbsize")).toBe(":1\r\n");
  expect(redis.effects()).toEqual(["DEL a"]);
});

test("a write in the EXEC that pauses finds the place of an expired key free", () => {
  const redis = testInstance(commands);
  redis.run("set a old px 5");
  redis.clock.advance(10);
  for (const line of ["multi", "client pause 1000", "set a new nx keepttl"]) redis.run(line);
  expect(redis.run("exec")).toBe("*2\r\n+OK\r\n+OK\r\n");
  redis.run("client unpause");
  expect(redis.instance.data.databases[0]!.expiringCount).toBe(0);
});
