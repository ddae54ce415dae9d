import net from "node:net";
import { expect, test } from "vitest";
import { TestServer } from "../../testing/server.ts";
import { requestText } from "../../testing/wire/request.ts";
import { createServer } from "./create-server.ts";

const LENGTH = 300_000;

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

test("a long reply leaves before the end of the loop turn", () => {
  const server = new TestServer({ appendonly: "no" });
  const client = server.connect();
  client.ask(`SETRANGE k ${LENGTH - 1} v`, "SET short v");
  client.send("GET short", "GET k");
  expect(client.take()).toBe(bulk("v") + bulk(`${"\0".repeat(LENGTH - 1)}v`));
  server.turn();
  expect(client.take()).toBe("");
});

test("a long reply waits for the log like any other", () => {
  const server = TestServer.loaded({ appendfsync: "always" });
  const client = server.connect();
  client.send(`SETRANGE k ${LENGTH - 1} v`, "GET k");
  expect(client.take()).toBe("");
  server.turn();
  expect(client.take()).toBe("");
  server.endSync();
  expect(client.take()).toHaveLength(LENGTH + 20);
  client.send("GET k");
  expect(client.take()).toHaveLength(LENGTH + 11);
  server.close();
});

test("long values go in and come out as they are, whoever reads slowly meanwhile", async () => {
  const server = await createServer();
  try {
    const lengths = [100_000, 131_072, 262_144, 1_000_000, 1_048_576, 3_000_000];
    const letters = "abcdef";
    const rounds = 12;
    const exchange = (offset: number): Promise<void> =>
      new Promise((resolve, reject) => {
        let expected = "";
        let requests = "";
        for (let i = 0; i < rounds; i++) {
          const at = (i + offset) % lengths.length;
          const value = letters[(i * 5 + offset) % 6]!.repeat(lengths[at]!);
          requests += requestText("SET", `k${offset}:${at}`, value);
          requests += requestText("GET", `k${offset}:${at}`);
          requests += requestText("GET", `k${offset}:${at}`);
          expected += `+OK\r\n${bulk(value)}${bulk(value)}`;
        }
        const socket = net.connect(server.port, "127.0.0.1", () => socket.write(requests));
        const pieces: Buffer[] = [];
        let received = 0;
        socket.once("error", reject);
        socket.on("data", (piece: Buffer) => {
          pieces.push(piece);
          received += piece.length;
          // The other ones go on meanwhile.
          socket.pause();
          setImmediate(() => socket.resume());
          if (received < expected.length) return;
          socket.destroy();
          if (Buffer.concat(pieces).equals(Buffer.from(expected))) resolve();
          else reject(new Error("other bytes came back"));
        });
      });
    await Promise.all([0, 1, 2, 3].map(exchange));
  } finally {
    await server.close();
  }
});
