/** bee-queue: small fast jobs, on the old interface of node-redis. */
import BeeQueue from "bee-queue";
import { expect, test } from "vitest";
import { atEnd, serverForTests, upTo } from "./application.ts";
import { until } from "./target.ts";

const target = serverForTests();

interface Task {
  readonly i: number;
}

async function queueOf(name: string, settings: BeeQueue.QueueSettings = {}) {
  const redis = { host: "127.0.0.1", port: target.port };
  const queue = new BeeQueue<Task>(name, { redis, ...settings });
  queue.on("error", () => {});
  atEnd(() => queue.close(1).catch(() => {}));
  return await queue.ready();
}

test("two workers do each job exactly once, and the producer hears of each", async () => {
  const producer = await queueOf("tasks", { isWorker: false });
  const done: number[] = [];
  for (let w = 0; w < 2; w++) {
    const worker = await queueOf("tasks", { getEvents: false });
    worker.process(5, async ({ data: { i } }) => {
      done.push(i);
      return i * i;
    });
  }
  const results = upTo(200).map(async (i) => {
    const job = producer.createJob({ i });
    const result = new Promise((resolve) => job.on("succeeded", resolve));
    await job.save();
    return await result;
  });
  expect(await Promise.all(results)).toEqual(upTo(200).map((i) => i * i));
  expect(done.sort((a, b) => a - b)).toEqual(upTo(200));
  expect(await producer.checkHealth()).toMatchObject({
    ...{ waiting: 0, active: 0, succeeded: 200, failed: 0 },
  });
});

test("many jobs saved at once, progress, failures that are tried again", async () => {
  const queue = await queueOf("tried", { activateDelayedJobs: true });
  const jobs = upTo(30).map((i) => queue.createJob({ i }).retries(2).backoff("fixed", 10));
  expect(await queue.saveAll(jobs)).toEqual(new Map());
  const progress: unknown[] = [];
  const failed = new Promise((resolve) => jobs[7]!.on("failed", resolve));
  jobs[3]!.on("progress", (of) => progress.push(of));
  const attempts = upTo(30).map(() => 0);
  queue.process(async (job) => {
    const { i } = job.data;
    attempts[i]!++;
    if (i === 3) job.reportProgress({ half: true });
    if (i === 7) throw new Error("never");
    if (i % 5 === 0 && attempts[i]! < 3) throw new Error("not yet");
    return i;
  });
  expect(((await failed) as Error).message).toBe("never");
  await until("all are done", async () => (await queue.checkHealth()).succeeded === 29, 20_000);
  expect(attempts).toEqual(upTo(30).map((i) => (i === 7 || i % 5 === 0 ? 3 : 1)));
  expect(progress).toEqual([{ half: true }]);
  expect((await queue.getJob(jobs[7]!.id)).status).toBe("failed");
});

test("delayed jobs run in the order of their times", async () => {
  const queue = await queueOf("delayed", { activateDelayedJobs: true, delayedDebounce: 10 });
  const order: number[] = [];
  const delays = [700, 500, 800, 600];
  const startMs = Date.now();
  for (const [i, delay] of delays.entries()) {
    await queue
      .createJob({ i })
      .delayUntil(startMs + delay)
      .save();
  }
  queue.process(async ({ data: { i } }) => void order.push(i));
  await until("all are done", () => order.length === delays.length);
  expect(order).toEqual([1, 3, 0, 2]);
});

test("a job of a worker that is gone is found stalled and done by another", async () => {
  const gone = await queueOf("stalled", { stallInterval: 200 });
  let taken = 0;
  gone.process(2, async () => {
    taken++;
    await new Promise(() => {});
  });
  const ids = await Promise.all(upTo(6).map(async (i) => (await gone.createJob({ i }).save()).id));
  await until("two are taken", () => taken === 2);
  await gone.close(1).catch(() => {});
  const heir = await queueOf("stalled", { stallInterval: 200 });
  const done: number[] = [];
  heir.process(async ({ data: { i } }) => void done.push(i));
  const looking = setInterval(() => void heir.checkStalledJobs().catch(() => {}), 100);
  atEnd(() => clearInterval(looking));
  await until("all are done", () => done.length === ids.length, 10_000);
  clearInterval(looking);
  expect(done.sort()).toEqual(upTo(6));
});
