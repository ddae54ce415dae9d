import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";
import { lineText } from "../../testing/wire/request.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import type { ServerCore } from "./server-core.ts";

function serverCore(password = ""): ServerCore {
  const protection = password === "" ? {} : { requirepass: password };
  const { core } = new TestServer({ appendonly: "no", ...protection });
  core.lookAhead.minKeys = 0;
  return core;
}

/** A client whose bytes come in reads as the test cuts them. */
class PipelineClient {
  readonly core: ServerCore;
  readonly #events: ConnectionEvents;
  replies = "";
  ended = false;

  constructor(core = serverCore()) {
    this.core = core;
    this.#events = this.core.accept(this.#connection())!;
  }

  #connection(): Connection {
    return {
      address: "127.0.0.1:50001",
      localAddress: "127.0.0.1:6379",
      fd: 9,
      unsentBytes: 0,
      write: (bytes, length) => {
        this.replies += Buffer.from(bytes.subarray(0, length)).toString("latin1");
        return true;
      },
      pause: () => {},
      resume: () => {},
      end: () => {
        this.ended = true;
      },
      destroy: () => {},
    };
  }

  /** One read and the end of its loop turn. */
  read(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    bytes.copy(this.core.shared, this.core.readOffset);
    this.#events.received(this.core.readOffset, bytes.length);
    this.core.flush();
    this.core.verifyInvariants();
  }
}

const KEYS = ["a", "b", "a-key-of-16-bytes", "k".repeat(70)];
const key = fc.constantFrom(...KEYS);
const request = fc.oneof(
  { weight: 6, arbitrary: key.map((k) => `GET ${k}`) },
  { weight: 6, arbitrary: fc.tuple(key, fc.nat(20)).map(([k, v]) => `SET ${k} ${v}`) },
  { weight: 6, arbitrary: key.map((k) => `INCR ${k}`) },
  { weight: 2, arbitrary: key.map((k) => `DEL ${k}`) },
  { weight: 2, arbitrary: fc.tuple(key, key).map(([a, b]) => `MGET ${a} ${b}`) },
  { weight: 2, arbitrary: fc.tuple(key, key).map(([a, b]) => `RENAME ${a} ${b}`) },
  fc.constantFrom("SELECT 1", "SELECT 0", "SWAPDB 0 1", "FLUSHDB", "PING", "DBSIZE", "NOSUCH x"),
  fc.constantFrom("MULTI", "EXEC", "DISCARD", "WATCH a", "RESET", "CLIENT REPLY SKIP"),
);

describe("requests of a pipeline have the same replies as requests one by one", () => {
  test("whatever they are and wherever the reads cut them", () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
        (lines, cuts) => {
          const alone = new PipelineClient();
          for (const line of lines) alone.read(lineText(line));
          const piped = new PipelineClient();
          const text = lines.map(lineText).join("");
          for (let at = 0, i = 0; at < text.length; i++) {
            const length = cuts[i % cuts.length]!;
            piped.read(text.slice(at, at + length));
            at += length;
          }
          expect(piped.replies).toBe(alone.replies);
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test("in a large index too, and while it grows", () => {
    const client = new PipelineClient();
    const values = Array.from({ length: 3000 }, (_, i) => `${i}`);
    for (let at = 0; at < values.length; at += 100) {
      const part = values.slice(at, at + 100);
      client.read(part.map((value) => lineText(`SET key:${value} ${value}`)).join(""));
    }
    client.replies = "";
    for (let at = 0; at < values.length; at += 100) {
      const part = values.slice(at, at + 100);
      client.read(part.map((value) => lineText(`GET key:${value}`)).join(""));
    }
    const expected = values.map((value) => `$${value.length}\r\n${value}\r\n`).join("");
    expect(client.replies).toBe(expected);
  });
});

describe("what was looked at is judged by the limits of its turn", () => {
  test("a client that must authenticate again may not send eleven arguments", () => {
    const client = new PipelineClient(serverCore("secret"));
    client.read(lineText("AUTH secret"));
    client.replies = "";
    const wide = `MGET ${Array.from({ length: 10 }, () => "k").join(" ")}`;
    client.read(lineText("RESET") + lineText(wide) + lineText("PING"));
    expect(client.replies).toBe(
      "+RESET\r\n-ERR Protocol error: unauthenticated multibulk length\r\n",
    );
    expect(client.ended).toBe(true);
  });

  test("a client that has authenticated may", () => {
    const client = new PipelineClient(serverCore("secret"));
    const wide = `MGET ${Array.from({ length: 10 }, () => "k").join(" ")}`;
    client.read(lineText("AUTH secret") + lineText(wide));
    expect(client.replies).toBe(`+OK\r\n*10\r\n${"$-1\r\n".repeat(10)}`);
  });

  test("nothing behind QUIT is executed", () => {
    const client = new PipelineClient();
    client.read(lineText("SET a 1") + lineText("QUIT") + lineText("SET a 2"));
    expect(client.replies).toBe("+OK\r\n+OK\r\n");
    const { instance } = client.core;
    expect(instance.statistics.commandsProcessed).toBe(2);
  });

  test("what stands behind a request that has to wait is executed once, afterwards", () => {
    const client = new PipelineClient();
    const other = new PipelineClient(client.core);
    client.read(lineText("CLIENT PAUSE 1000 WRITE") + lineText("INCR a") + lineText("INCR a"));
    expect(client.replies).toBe("+OK\r\n");
    other.read(lineText("CLIENT UNPAUSE") + lineText("GET a"));
    expect(other.replies).toBe("+OK\r\n$-1\r\n");
    expect(client.replies).toBe("+OK\r\n:1\r\n:2\r\n");
  });
});
