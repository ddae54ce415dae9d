/**
 * The load generator for what redis-benchmark cannot send: transactions. Runs as a process of its
 * own on the client's core: `node load.ts PORT CLIENTS DEPTH TRANSACTIONS KEYS`; prints the
 * transactions per second.
 */
import { requestText } from "../../testing/wire/request.ts";
import { sendBatches } from "./batches.ts";

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

const startedMs = performance.now();
const replyBytes = depth * (REPLY_BYTES + EXEC_REPLY_BYTES);
await sendBatches({ port, clients, batch, requests: depth, replyBytes, total });
process.stdout.write(`${(total / (performance.now() - startedMs)) * 1000}\n`);
