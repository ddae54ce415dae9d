/**
 * The load that redis-benchmark cannot send: each entry is read for a group, then acknowledged.
 *
 * Runs as a process of its own on the client's core: `node group-load.ts PORT CLIENTS DEPTH
 * ENTRIES`, with the stream `stream` and its group `g`; prints entries per second.
 */
import { connectClient } from "../../../testing/wire/client.ts";
import { requestText } from "../../../testing/wire/request.ts";

const [port, clients, depth, entries] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];

const READ = ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "stream", ">"];
const READS = requestText(...READ).repeat(depth);
const ID = /\d+-\d+/;
let left = entries;

/** Acknowledges what it has read together with reading more. */
async function work(): Promise<void> {
  const client = await connectClient(port);
  let acknowledged = 0;
  let text = "";
  while (left > 0 || acknowledged > 0) {
    const reads = left > 0 ? depth : 0;
    left -= reads;
    client.sendRaw(Buffer.from(reads > 0 ? text + READS : text));
    const { replies, shortage } = await client.receive(acknowledged + reads);
    if (shortage !== undefined) throw new Error(`a reply is missing: ${shortage}`);
    const read = replies.slice(acknowledged);
    if (replies.slice(0, acknowledged).some((reply) => reply.toString() !== ":1\r\n")) {
      throw new Error("an entry was not there to be acknowledged");
    }
    text = "";
    for (const reply of read) {
      const id = ID.exec(reply.toString("latin1"));
      if (id === null) throw new Error(`no entry was read: ${reply.toString("latin1")}`);
      text += requestText("XACK", "stream", "g", id[0]);
    }
    acknowledged = read.length;
  }
  client.close();
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: clients }, work));
process.stdout.write(`${(entries / (performance.now() - startedMs)) * 1000}\n`);
