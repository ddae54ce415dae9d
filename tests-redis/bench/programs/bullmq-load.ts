/**
 * Jobs through BullMQ. Runs as a process of its own on the client's core: `node bullmq-load.ts PORT
 * CLIENTS DEPTH JOBS`; prints jobs per second, added in bulk and done by one worker that does as many
 * at once as there are clients. The depth is its client's own affair.
 */
import { Queue, Worker } from "bullmq";

const [port, clients, , jobs] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
const BULK = 500;

const connection = { host: "127.0.0.1", port };
const queue = new Queue("bench", { connection });
await queue.obliterate({ force: true });

const startedMs = performance.now();
const done = Promise.withResolvers<void>();
let count = 0;
const worker = new Worker("bench", async ({ data }) => data.i, {
  ...{ connection, concurrency: clients, removeOnComplete: { count: 1000 } },
});
worker.on("completed", () => {
  if (++count === jobs) done.resolve();
});
worker.on("failed", (_, error) => done.reject(error));
worker.on("error", (error) => done.reject(error));
for (let from = 0; from < jobs; from += BULK) {
  const length = Math.min(BULK, jobs - from);
  await queue.addBulk(Array.from({ length }, (_, i) => ({ name: "job", data: { i: from + i } })));
}
await done.promise;
const seconds = (performance.now() - startedMs) / 1000;
await worker.close();
await queue.close();
process.stdout.write(`${jobs / seconds}\n`);
