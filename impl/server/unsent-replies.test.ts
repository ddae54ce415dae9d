import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { createServer } from "./create-server.ts";

/** In buffers of the connection's own, and in those that connections lend one another. */
const VALUES_BYTES = [60 * 1024, 256 * 1024];
const LETTERS = "abcdefghij";
/** More replies than the kernel keeps for a client that does not read. */
const REPLIES_BYTES = 20 * 1024 * 1024;

/** Waits until the server has run what was written before on any connection. */
async function settle(socket: Socket): Promise<void> {
  socket.write("PING\r\n");
  await once(socket, "data");
}

it.each(VALUES_BYTES)(
  "keeps replies of %d bytes as they were while they wait for a client that does not read",
  async (valueBytes) => {
    const rounds = Math.ceil(REPLIES_BYTES / (LETTERS.length * valueBytes));
    const server = await createServer({ port: 0 });
    const slow = connect(server.port, "127.0.0.1");
    const other = connect(server.port, "127.0.0.1");
    slow.pause();
    let expected = "";
    for (const letter of LETTERS) {
      const value = letter.repeat(valueBytes);
      other.write(`*3\r\n$3\r\nSET\r\n$1\r\n${letter}\r\n$${valueBytes}\r\n${value}\r\n`);
      await once(other, "data");
      expected += `$${valueBytes}\r\n${value}\r\n`;
    }
    for (let round = 0; round < rounds; round++) {
      for (const letter of LETTERS) {
        // Each in a turn of its own, so that each is a write of its own.
        slow.write(`GET ${letter}\r\n`);
        await settle(other);
      }
    }
    let received = "";
    slow.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    slow.resume();
    while (received.length < rounds * expected.length) await once(slow, "data");
    for (let round = 0; round < rounds; round++) {
      const part = received.slice(round * expected.length, (round + 1) * expected.length);
      expect(part === expected).toBe(true);
    }
    slow.destroy();
    other.destroy();
    await server.close();
  },
);
