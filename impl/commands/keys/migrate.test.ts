import { expect, test } from "vitest";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import type { PeerAnswer, PeerLinks } from "../../ports/peer-links.ts";
import { commands } from "../index.ts";

/** Another server, of which the test says what it answers. */
class ToldPeers implements PeerLinks {
  readonly answers: PeerAnswer[] = [];
  readonly said: string[] = [];
  reachable = true;
  #links = 0;

  connect(host: string, port: number, timeoutMs: number): number | null {
    this.said.push(`connect ${host}:${port} in ${timeoutMs}`);
    return this.reachable ? ++this.#links : null;
  }

  exchange(link: number, bytes: Uint8Array, lines: number): PeerAnswer {
    const text = Buffer.from(bytes).toString("latin1");
    const words = text.split("\r\n").filter((line) => /^[A-Z]{4,}$/.test(line));
    this.said.push(`${link}: ${words.join(" ")}, ${lines} lines`);
    return (
      this.answers.shift() ?? { lines: Array(lines).fill("+OK"), failure: null, timedOut: false }
    );
  }

  close(link: number): void {
    this.said.push(`close ${link}`);
  }
}

function start(): { redis: TestInstance; peers: ToldPeers } {
  const peers = new ToldPeers();
  const redis = testInstance(commands, undefined, { peerLinks: peers });
  redis.script("MSET a 1 b 2 c 3");
  redis.effects();
  return { redis, peers };
}

test("what has arrived is deleted, which is the effect", () => {
  const { redis, peers } = start();
  expect(redis.send("MIGRATE", "there", "7", "", "5", "0", "KEYS", "a", "x", "b")).toBe("+OK\r\n");
  expect(redis.effects()).toEqual(["DEL a b"]);
  expect(redis.run("EXISTS a b c")).toBe(":1\r\n");
  expect(redis.run("MIGRATE there 7 c 5 100 COPY REPLACE")).toBe("+OK\r\n");
  expect(redis.effects()).toEqual([]);
  expect(redis.run("MIGRATE there 7 x 5 100")).toBe("+NOKEY\r\n");
  expect(peers.said).toEqual([
    "connect there:7 in 1000",
    "1: SELECT RESTORE RESTORE, 3 lines",
    "1: RESTORE REPLACE, 1 lines",
  ]);
});

test("of several keys those that were refused stay", () => {
  const { redis, peers } = start();
  peers.answers.push({
    lines: ["+OK", "+OK", "-BUSYKEY there", "+OK"],
    failure: null,
    timedOut: false,
  });
  const reply = redis.send("MIGRATE", "there", "7", "", "0", "1", "KEYS", "a", "b", "c");
  expect(reply).toBe("-ERR Target instance replied with error: BUSYKEY there\r\n");
  expect(redis.effects()).toEqual(["DEL a c"]);
  redis.run("MIGRATE there 7 b 0 1");
  // After an error nobody knows which database is selected there.
  expect(peers.said.at(-1)).toBe("1: SELECT RESTORE, 2 lines");
});

test("a wrong password or database is an error for every key", () => {
  const { redis, peers } = start();
  peers.answers.push({ lines: ["-WRONGPASS no", "+OK", "+OK"], failure: null, timedOut: false });
  expect(redis.run("MIGRATE there 7 a 0 1 AUTH wrong")).toBe(
    "-ERR Target instance replied with error: WRONGPASS no\r\n",
  );
  peers.answers.push({ lines: ["-ERR DB index", "+OK"], failure: null, timedOut: false });
  expect(redis.run("MIGRATE there 7 a 99 1")).toContain("DB index");
  expect([redis.run("EXISTS a"), redis.effects()]).toEqual([":1\r\n", []]);
});

test("a connection that has gone is made again, once, and not after a timeout", () => {
  const { redis, peers } = start();
  const gone: PeerAnswer = { lines: [], failure: "reading", timedOut: false };
  peers.answers.push(gone);
  expect(redis.run("MIGRATE there 7 a 0 1")).toBe("+OK\r\n");
  peers.answers.push(gone, gone);
  expect(redis.run("MIGRATE there 7 b 0 1")).toBe(
    "-IOERR error or timeout reading to target instance\r\n",
  );
  peers.answers.push({ lines: [], failure: "writing", timedOut: true });
  expect(redis.run("MIGRATE there 7 b 0 1")).toBe(
    "-IOERR error or timeout writing to target instance\r\n",
  );
  expect(redis.run("EXISTS a b")).toBe(":1\r\n");
  expect(redis.effects()).toEqual(["DEL a"]);
  expect(redis.instance.peers.size).toBe(0);
});

test("what has been acknowledged before the connection goes is deleted", () => {
  const { redis, peers } = start();
  peers.answers.push({ lines: ["+OK", "+OK"], failure: "reading", timedOut: true });
  expect(redis.send("MIGRATE", "there", "7", "", "0", "1", "KEYS", "a", "b")).toContain("-IOERR");
  expect(redis.effects()).toEqual(["DEL a"]);
});

test("a server that cannot be reached is an error", () => {
  const { redis, peers } = start();
  peers.reachable = false;
  expect(redis.run("MIGRATE there 7 a 0 50")).toBe(
    "-IOERR error or timeout connecting to the client\r\n",
  );
});

test("within a transaction its effect is a part of it", () => {
  const { redis } = start();
  redis.script("MULTI", "SET a 5", "MIGRATE there 7 a 0 1", "SET d 1", "EXEC");
  expect(redis.effects()).toEqual(["MULTI", "SET a 5", "DEL a", "SET d 1", "EXEC"]);
});

test("connections are kept, no more than 64, and closed when nobody has used them for ten seconds", () => {
  const { redis, peers } = start();
  for (let port = 1; port <= 65; port++) redis.run(`MIGRATE there ${port} a 0 1 COPY`);
  expect(redis.run("INFO stats")).toContain("migrate_cached_sockets:64");
  expect(peers.said.filter((line) => line.startsWith("close"))).toHaveLength(1);
  redis.clock.advance(6000);
  redis.run("MIGRATE there 65 a 0 1 COPY");
  redis.clock.advance(6000);
  redis.instance.time.beginBatch();
  redis.instance.peers.closeIdle(redis.instance.time.nowMs);
  expect(redis.run("INFO stats")).toContain("migrate_cached_sockets:1");
});

test.each([
  ["MIGRATE there 7 a 0", "-ERR wrong number of arguments for 'migrate' command"],
  ["MIGRATE there 7 a x 1", "-ERR value is not an integer or out of range"],
  ["MIGRATE there 7 a 0 1 AUTH", "-ERR syntax error"],
  ["MIGRATE there 7 a 0 1 AUTH2 u", "-ERR syntax error"],
  ["MIGRATE there 7 a 0 1 NOTHING", "-ERR syntax error"],
  [
    "MIGRATE there 7 a 0 1 KEYS b",
    "-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
  ],
])("%s is refused", (line, error) => {
  const { redis, peers } = start();
  expect(redis.run(line)).toBe(`${error}\r\n`);
  expect(peers.said).toEqual([]);
});
