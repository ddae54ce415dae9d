import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { MemoryDisk } from "../../testing/disk.ts";
import { TestServer } from "../../testing/server.ts";
import { requestText } from "../../testing/wire/request.ts";
import { Arena } from "../engine/arena.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";

const LARGE_BYTES = 300_000;

/** A client that is read from as a socket is: into the shared buffer, or where the server wants it. */
class ReadClient {
  readonly server: TestServer;
  readonly #events: ConnectionEvents;
  #into: Uint8Array | null = null;
  replies = "";

  constructor(server: TestServer) {
    this.server = server;
    this.#events = server.core.accept(this.#connection())!;
  }

  #connection(): Connection {
    return {
      ...{ address: "127.0.0.1:50001", localAddress: "127.0.0.1:6379", fd: 9, unsentBytes: 0 },
      write: (bytes, length) => {
        this.replies += Buffer.from(bytes.subarray(0, length)).toString("latin1");
        return true;
      },
      ...{ pause: () => {}, resume: () => {}, end: () => {}, destroy: () => {} },
    };
  }

  /** Sends requests in reads of at most `most` bytes. Returns the replies. */
  send(text: string, most = 65_536): string {
    this.replies = "";
    const { core } = this.server;
    const bytes = Buffer.from(text, "latin1");
    for (let at = 0; at < bytes.length; ) {
      const area = this.#into ?? core.shared.subarray(core.readOffset);
      const length = Math.min(most, area.length, bytes.length - at);
      area.set(bytes.subarray(at, at + length));
      if (this.#into === null) this.#events.received(core.readOffset, length);
      else this.#events.receivedInto(length);
      this.#into = this.#events.readInto();
      at += length;
    }
    core.flush();
    core.verifyInvariants();
    for (const keyspace of this.server.instance.data.databases) keyspace!.verifyInvariants();
    return this.replies;
  }
}

/** A value that is known by its seed. */
function value(bytes: number, seed: number): string {
  return String.fromCharCode(97 + (seed % 26)).repeat(bytes - 4) + String(1000 + (seed % 9000));
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function serving(directives: Readonly<Record<string, string>> = {}): TestServer {
  return new TestServer({ appendonly: "no", ...directives });
}

test("after a large SET the next ones are stored where they were read", () => {
  const adopt = vi.spyOn(Arena.prototype, "adopt");
  const client = new ReadClient(serving());
  for (let i = 0; i < 5; i++) {
    expect(client.send(requestText("SET", `key:${i % 2}`, value(LARGE_BYTES, i)))).toBe("+OK\r\n");
  }
  expect(adopt).toHaveBeenCalledTimes(4);
  adopt.mockRestore();
  expect(client.send(requestText("GET", "key:1"))).toBe(bulk(value(LARGE_BYTES, 3)));
  expect(client.send(requestText("GET", "key:0"))).toBe(bulk(value(LARGE_BYTES, 4)));
});

test("what was stored where it was read is in the next snapshot", () => {
  const disk = new MemoryDisk();
  disk.directories.add("/data");
  const server = TestServer.loaded({ appendonly: "no", save: "" }, disk);
  const client = new ReadClient(server);
  const adopt = vi.spyOn(Arena.prototype, "adopt");
  for (const key of ["a", "b", "c", "d"]) {
    client.send(requestText("SET", key, value(LARGE_BYTES, 1)));
    server.persistence.snapshots.begin();
    // While it is written, and between two of them.
    client.send(requestText("SET", `${key}${key}`, value(LARGE_BYTES, 2)));
    server.turn();
    server.endSync();
  }
  expect(adopt).toHaveBeenCalledTimes(7);
  adopt.mockRestore();
  disk.losePower();
  const again = new ReadClient(TestServer.loaded({ appendonly: "no", save: "" }, disk));
  expect(again.send(requestText("DBSIZE"))).toBe(":7\r\n");
  expect(again.send(requestText("EXISTS", "cc", "d", "dd"))).toBe(":2\r\n");
});

test("whoever tells of the request afterwards tells of it as it was", () => {
  const client = new ReadClient(serving({ "slowlog-log-slower-than": "0" }));
  const text = value(LARGE_BYTES, 1);
  for (let i = 0; i < 3; i++) client.send(requestText("SET", "the:key", text, "EX", "100"));
  const log = client.send(requestText("SLOWLOG", "GET", "1"));
  expect(log).toContain(`*5\r\n$3\r\nSET\r\n$7\r\nthe:key\r\n`);
  expect(log).toContain("$2\r\nEX\r\n$3\r\n100\r\n");
});

test("what lies between key and value is not written over", () => {
  const client = new ReadClient(serving({ "slowlog-log-slower-than": "0" }));
  for (let i = 0; i < 3; i++) {
    client.send(requestText("SETEX", "key", "100", value(LARGE_BYTES, i)));
  }
  const log = client.send(requestText("SLOWLOG", "GET", "1"));
  expect(log).toContain("$5\r\nSETEX\r\n$3\r\nkey\r\n$3\r\n100\r\n");
});

test("with a log every value is copied, since the log reads the request", () => {
  const adopt = vi.spyOn(Arena.prototype, "adopt");
  const client = new ReadClient(TestServer.loaded({ appendonly: "yes" }));
  for (let i = 0; i < 3; i++) client.send(requestText("SET", "key", value(LARGE_BYTES, i)));
  expect(adopt).not.toHaveBeenCalled();
  adopt.mockRestore();
});

test("a connection that sends something else keeps no memory for large values", () => {
  const server = serving();
  const client = new ReadClient(server);
  for (let i = 0; i < 4; i++) client.send(requestText("SET", "key", value(LARGE_BYTES, i)));
  const list = (): number => {
    const [, bytes] = /tot-mem=(\d+)/.exec(client.send(requestText("CLIENT", "LIST")))!;
    return Number(bytes);
  };
  list();
  expect(list()).toBeLessThan(LARGE_BYTES / 2);
});

const KEYS = ["", "k", "key:1", "a-key-of-16-bytes", "k".repeat(70), "l".repeat(1500)];
const key = fc.constantFrom(...KEYS);
const size = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 4, max: 5000 }) },
  { weight: 2, arbitrary: fc.constantFrom(LARGE_BYTES, LARGE_BYTES + 1, 262_144 - 30) },
  { weight: 2, arbitrary: fc.integer({ min: 261_000, max: 264_000 }) },
);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ kind: fc.constant("set" as const), key, size, seed: fc.nat(5000) },
      options: fc.constantFrom<readonly string[]>([], [], ["KEEPTTL"], ["EX", "100"], ["GET"]),
      times: fc.constantFrom(1, 1, 1, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("get" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("append" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("del" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rename" as const), key, to: key }) },
  { weight: 1, arbitrary: fc.constant({ kind: "flush" as const }) },
);

test("large values come out as they went in, whatever else happens", () => {
  const adopt = vi.spyOn(Arena.prototype, "adopt");
  const pieces = fc.constantFrom(1000, 65_536, 1_000_000);
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 20 }), pieces, (steps, most) => {
      const client = new ReadClient(serving());
      const held = new Map<string, string>();
      for (const done of steps) {
        if (done.kind === "set") {
          const text = value(done.size, done.seed);
          const line = requestText("SET", done.key, text, ...done.options);
          const before = held.get(done.key);
          const old = before === undefined ? "$-1\r\n" : bulk(before);
          const replies = client.send(line.repeat(done.times), most);
          if (!done.options.includes("GET")) expect(replies).toBe("+OK\r\n".repeat(done.times));
          else expect(replies).toBe(old + (done.times === 2 ? bulk(text) : ""));
          held.set(done.key, text);
        } else if (done.kind === "get") {
          const present = held.get(done.key);
          const reply = present === undefined ? "$-1\r\n" : bulk(present);
          expect(client.send(requestText("GET", done.key))).toBe(reply);
        } else if (done.kind === "append") {
          held.set(done.key, `${held.get(done.key) ?? ""}more`);
          client.send(requestText("APPEND", done.key, "more"));
        } else if (done.kind === "del") {
          held.delete(done.key);
          client.send(requestText("DEL", done.key));
        } else if (done.kind === "rename") {
          const present = held.get(done.key);
          client.send(requestText("RENAME", done.key, done.to));
          if (present === undefined) continue;
          held.delete(done.key);
          held.set(done.to, present);
        } else {
          held.clear();
          client.send(requestText("FLUSHALL"));
        }
      }
      for (const [name, text] of held) {
        expect(client.send(requestText("GET", name)) === bulk(text), name).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
  expect(adopt.mock.calls.length).toBeGreaterThan(20);
  adopt.mockRestore();
}, 60_000);
