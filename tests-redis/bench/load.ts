/**
 * The load generator for what redis-benchmark cannot send: transactions.
 *
 * Sends prepared batches whose replies have a known length, so that it only counts bytes. Runs as
 * a process of its own on the client's core: `node load.ts PORT CLIENTS DEPTH TRANSACTIONS KEYS`;
 * prints the transactions per second.
 */
import net from "node:net";
import { requestText } from "../../testing/wire/request.ts";

const [port, clients, depth, total, keys] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
];

const COMMANDS_PER_TRANSACTION = 5;
const REPLY_BYTES = "+OK\r\n".length + COMMANDS_PER_TRANSACTION * "+QUEUED\r\n".length;
const EXEC_REPLY_BYTES = `*${COMMANDS_PER_TRANSACTION}\r\n`.length + 5 * COMMANDS_PER_TRANSACTION;
const BATCHES_PER_CLIENT = 64;

function randomKey(): string {
  return `key:${String(Math.floor(Math.random() * keys)).padStart(12, "0")}`;
}

function batch(): Buffer {
  let text = "";
  for (let t = 0; t < depth; t++) {
    text += requestText("MULTI");
    for (let i = 0; i < COMMANDS_PER_TRANSACTION; i++)
      text += requestText("SET", randomKey(), "xxx");
    text += requestText("EXEC");
  }
  return Buffer.from(text);
}

const batchReplyBytes = depth * (REPLY_BYTES + EXEC_REPLY_BYTES);
let sent = 0;
let done = 0;
let started = 0;

function client(): Promise<void> {
  const batches = Array.from({ length: BATCHES_PER_CLIENT }, batch);
  return new Promise((resolve, reject) => {
    let received = 0;
    let turn = 0;
    const area = Buffer.allocUnsafe(256 * 1024);
    const socket = net.connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: area,
        callback: (length) => {
          if (area[0] === 45) reject(new Error(area.subarray(0, length).toString("latin1")));
          received += length;
          if (received < batchReplyBytes) return true;
          received -= batchReplyBytes;
          done += depth;
          send();
          return true;
        },
      },
    });
    const send = (): void => {
      if (sent >= total) {
        socket.destroy();
        resolve();
        return;
      }
      sent += depth;
      socket.write(batches[turn++ % BATCHES_PER_CLIENT]!);
    };
    socket.once("error", reject);
    socket.once("connect", () => {
      if (started === 0) started = performance.now();
      send();
    });
  });
}

await Promise.all(Array.from({ length: clients }, client));
process.stdout.write(`${(done / (performance.now() - started)) * 1000}\n`);
