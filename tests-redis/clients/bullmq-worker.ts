/**
 * A BullMQ worker as a process of its own, for tests that kill it: it takes jobs of a queue, says
 * which on standard output, and never finishes one. `node bullmq-worker.ts PORT QUEUE CONCURRENCY`.
 */
import { Worker } from "bullmq";

const [port, queue, concurrency] = process.argv.slice(2);

new Worker(
  queue!,
  async (job) => {
    process.stdout.write(`${job.id}\n`);
    await new Promise(() => {});
  },
  {
    connection: { host: "127.0.0.1", port: Number(port) },
    concurrency: Number(concurrency),
    lockDuration: 500,
    // Nobody looks again within the interval of the worker that looked last, dead or not.
    stalledInterval: 200,
  },
);
