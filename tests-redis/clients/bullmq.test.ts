/** BullMQ: queues of jobs, of which each is done exactly once. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  FlowProducer,
  type Job,
  Queue,
  QueueEvents,
  UnrecoverableError,
  Worker,
  type WorkerOptions,
} from "bullmq";
import { expect, test } from "vitest";
import { atEnd, nodeRedis, serverForTests, upTo } from "./application.ts";
import { startDurableTarget, until } from "./target.ts";

const WORKER = fileURLToPath(new URL("bullmq-worker.ts", import.meta.url));

const target = serverForTests();
let queues = 0;

/** Closes it at the end of the test. */
function opened<T extends { on(event: "error", what: () => void): unknown; close(): unknown }>(
  what: T,
): T {
  what.on("error", () => {});
  atEnd(async () => await what.close());
  return what;
}

function connection(port = target.port) {
  return { host: "127.0.0.1", port, maxRetriesPerRequest: null, retryStrategy: () => 20 };
}

function queueOf(port = target.port): Queue {
  return opened(new Queue(`queue-${++queues}`, { connection: connection(port) }));
}

type Processor = (job: Job) => Promise<unknown>;

function work(
  { name }: { readonly name: string },
  processor: Processor,
  options: Partial<WorkerOptions> = {},
): Worker {
  return opened(new Worker(name, processor, { connection: connection(), ...options }));
}

async function eventsOf({ name }: Queue): Promise<QueueEvents> {
  // From the first event on, whenever its connection stands.
  const events = opened(new QueueEvents(name, { connection: connection(), lastEventId: "0" }));
  await events.waitUntilReady();
  return events;
}

async function allCompleted(queue: Queue, count: number): Promise<void> {
  await until(`${count} jobs`, async () => (await queue.getCompletedCount()) === count, 20_000);
}

/** Jobs with the numbers from 0 on. */
function numbered(count: number) {
  return upTo(count).map((i) => ({ name: "numbered", data: { i } }));
}

/** Each number once, in any order. */
function expectEachOnce(done: readonly number[], count: number): void {
  expect([...done].sort((a, b) => a - b)).toEqual(upTo(count));
}

test("three workers do each of 300 jobs exactly once, and results come back", async () => {
  const queue = queueOf();
  const events = await eventsOf(queue);
  const done: number[] = [];
  for (let w = 0; w < 3; w++) {
    work(
      queue,
      async (job) => {
        done.push(job.data.i);
        return job.data.i * 2;
      },
      { concurrency: 10 },
    );
  }
  const jobs = await queue.addBulk(numbered(300));
  // Each job that is waited for listens to its queue.
  queue.setMaxListeners(jobs.length + 1);
  const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
  expect(results).toEqual(upTo(300).map((i) => i * 2));
  expectEachOnce(done, 300);
  expect(await queue.getJobCounts()).toMatchObject({
    ...{ active: 0, completed: 300, delayed: 0, failed: 0, waiting: 0, prioritized: 0 },
  });
});

test("through node-redis as well", async () => {
  const client = await nodeRedis(target.port);
  const name = `queue-${++queues}`;
  const queue = opened(new Queue(name, { connection: client }));
  const done: number[] = [];
  opened(new Worker(name, async (job) => void done.push(job.data.i), { connection: client }));
  await queue.addBulk(numbered(100));
  await allCompleted(queue, 100);
  expect(done).toEqual(upTo(100));
});

test("events tell of a job's life in order", async () => {
  const queue = queueOf();
  const events = await eventsOf(queue);
  const heard: string[] = [];
  for (const event of ["added", "waiting", "active", "progress", "completed"] as const) {
    events.on(event, ({ jobId }: { jobId: string }) => heard.push(`${event} ${jobId}`));
  }
  work(queue, async (job) => {
    await job.updateProgress(50);
    await job.log("half of it");
    return "whole";
  });
  const job = await queue.add("lived", {}, { jobId: "the-one" });
  expect(await job.waitUntilFinished(events)).toBe("whole");
  await until("the last event", () => heard.includes("completed the-one"));
  expect(heard).toEqual(
    ["added", "waiting", "active", "progress", "completed"].map((event) => `${event} the-one`),
  );
  expect((await queue.getJobLogs("the-one")).logs).toEqual(["half of it"]);
  expect(await queue.getJob("the-one")).toMatchObject({ progress: 50, returnvalue: "whole" });
});

test("delayed jobs run in the order of their times, and none before its own", async () => {
  const queue = queueOf();
  const started: Array<{ i: number; early: boolean }> = [];
  const delays = [300, 100, 200, 0, 150, 250, 50];
  const jobs = await queue.addBulk(
    delays.map((delay, i) => ({ name: "delayed", data: { i }, opts: { delay } })),
  );
  expect(await queue.getDelayedCount()).toBe(delays.length - 1);
  work(queue, async (job) => {
    started.push({ i: job.data.i, early: Date.now() < job.timestamp + delays[job.data.i]! });
  });
  await allCompleted(queue, jobs.length);
  expect(started.map(({ i }) => i)).toEqual([3, 6, 1, 4, 2, 5, 0]);
  expect(started.filter(({ early }) => early)).toEqual([]);
});

test("priorities: the smaller first, equal ones in their order, none before all, LIFO first", async () => {
  const queue = queueOf();
  await queue.pause();
  await queue.add("p", "low 1", { priority: 10 });
  await queue.add("p", "high 1", { priority: 1 });
  await queue.add("p", "low 2", { priority: 10 });
  await queue.add("p", "none 1");
  await queue.add("p", "middle", { priority: 5 });
  await queue.add("p", "high 2", { priority: 1 });
  await queue.add("p", "none 2");
  await queue.add("p", "last in", { lifo: true });
  const changed = await queue.add("p", "raised", { priority: 100 });
  await changed.changePriority({ priority: 2 });
  const order: string[] = [];
  work(queue, async (job) => void order.push(job.data));
  expect(await queue.count()).toBe(9);
  await queue.resume();
  await allCompleted(queue, 9);
  expect(order).toEqual([
    "last in",
    "none 1",
    "none 2",
    "high 1",
    "high 2",
    "raised",
    "middle",
    "low 1",
    "low 2",
  ]);
});

test("repeatable jobs: so often and no more, a pattern, and the end of both", async () => {
  const queue = queueOf();
  const runs: string[] = [];
  work(queue, async (job) => void runs.push(job.name));
  await queue.upsertJobScheduler("ticking", { every: 50, limit: 5 }, { name: "tick" });
  await queue.upsertJobScheduler("each-second", { pattern: "* * * * * *" }, { name: "cron" });
  await until("ticks", () => runs.filter((name) => name === "tick").length === 5);
  await until("a second's", () => runs.includes("cron"));
  expect(await queue.removeJobScheduler("each-second")).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(runs.filter((name) => name === "tick")).toHaveLength(5);
  expect(await queue.removeJobScheduler("ticking")).toBe(true);
  expect(await queue.getJobSchedulersCount()).toBe(0);
  expect(await queue.getDelayedCount()).toBe(0);
});

test("flows: parents wait for their children and get what they returned", async () => {
  const [parents, children] = [queueOf(), queueOf()];
  const flows = opened(new FlowProducer({ connection: connection() }));
  let finished = 0;
  work(
    children,
    async (job) => {
      finished++;
      return job.data.i;
    },
    { concurrency: 5 },
  );
  const seen: number[] = [];
  work(parents, async (job) => {
    seen.push(finished);
    const values = Object.values(await job.getChildrenValues<number>());
    return values.reduce((sum, value) => sum + value, 0);
  });
  const trees = await Promise.all(
    upTo(5).map((tree) =>
      flows.add({
        name: `root ${tree}`,
        queueName: parents.name,
        children: [
          {
            name: "middle",
            queueName: parents.name,
            children: numbered(10).map((job) => ({ ...job, queueName: children.name })),
          },
          { name: "leaf", queueName: children.name, data: { i: 1000 } },
        ],
      }),
    ),
  );
  await allCompleted(parents, 10);
  expect(finished).toBe(55);
  for (const { job } of trees) {
    const root = await parents.getJob(job.id!);
    expect(root?.returnvalue).toBe(1045);
  }
  expect(seen.at(-1)).toBe(55);
});

test("a child that fails for good fails its parent", async () => {
  const [parents, children] = [queueOf(), queueOf()];
  const flows = opened(new FlowProducer({ connection: connection() }));
  work(parents, async () => "never");
  work(children, async () => {
    throw new UnrecoverableError("no use");
  });
  const opts = { attempts: 5, failParentOnFailure: true };
  const child = { name: "child", queueName: children.name, opts };
  await flows.add({ name: "parent", queueName: parents.name, children: [child] });
  await until("the parent's end", async () => (await parents.getFailedCount()) === 1);
  expect(await children.getFailedCount()).toBe(1);
  expect((await children.getFailed())[0]).toMatchObject({
    ...{ failedReason: "no use", attemptsMade: 1 },
  });
});

test("failures are tried again after growing waits, then kept, and can be retried by hand", async () => {
  const queue = queueOf();
  let healed = false;
  const attempts = new Map<string, number>();
  work(queue, async (job) => {
    attempts.set(job.id!, job.attemptsMade + 1);
    if (job.data.i % 2 === 1 && !healed && job.attemptsMade < 2) throw new Error("not yet");
    if (job.data.i === 0 && !healed) throw new Error("not at all");
  });
  const opts = { attempts: 3, backoff: { type: "exponential", delay: 20 } };
  await queue.addBulk(numbered(10).map((job) => ({ ...job, opts })));
  await until("nine done, one failed", async () => {
    const { completed, failed } = await queue.getJobCounts();
    return completed === 9 && failed === 1;
  });
  expect([...attempts.values()].reduce((sum, count) => sum + count, 0)).toBe(4 + 5 * 3 + 3);
  healed = true;
  await queue.retryJobs({ state: "failed" });
  await allCompleted(queue, 10);
  expect(await queue.getFailedCount()).toBe(0);
});

test("a limited queue starts no more jobs in a window than it may", async () => {
  const queue = queueOf();
  const atMs: number[] = [];
  const limiter = { max: 5, duration: 200 };
  await queue.addBulk(numbered(20));
  const startMs = performance.now();
  work(queue, async () => void atMs.push(performance.now()), { limiter, concurrency: 10 });
  await allCompleted(queue, 20);
  // The sixth waits for the second window, the eleventh for the third.
  for (let i = 0; i < 20; i++) {
    expect(atMs[i]! - startMs).toBeGreaterThan(Math.floor(i / 5) * limiter.duration * 0.95);
  }
});

test("what is added twice runs once; what is removed, drained or obliterated does not", async () => {
  const queue = queueOf();
  await queue.pause();
  for (let i = 0; i < 5; i++) await queue.add("same", { i }, { jobId: "one" });
  for (let i = 0; i < 5; i++) await queue.add("like", { i }, { deduplication: { id: "two" } });
  const removed = await queue.add("removed", { i: 10 });
  await removed.remove();
  const ran: string[] = [];
  work(queue, async (job) => void ran.push(`${job.name} ${job.data.i}`));
  await queue.resume();
  await allCompleted(queue, 2);
  expect(ran).toEqual(["same 0", "like 0"]);
  await queue.pause();
  await queue.addBulk(numbered(50));
  await queue.drain();
  expect(await queue.count()).toBe(0);
  await queue.addBulk(numbered(50));
  await queue.obliterate({ force: true });
  expect(await queue.getJobCounts()).toMatchObject({ waiting: 0, completed: 0 });
  expect(ran).toHaveLength(2);
});

test("jobs of a worker that is killed are found stalled and done by another, once each", async () => {
  const queue = queueOf();
  const events = await eventsOf(queue);
  const stalled = new Set<string>();
  events.on("stalled", ({ jobId }) => stalled.add(jobId));
  const jobs = await queue.addBulk(numbered(20));
  const child = spawn(process.execPath, [WORKER, String(target.port), queue.name, "4"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(async () => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until("four jobs taken", () => said.trim().split("\n").length === 4, 20_000);
  const taken = said.trim().split("\n");
  child.kill("SIGKILL");
  const done: number[] = [];
  work(queue, async (job) => void done.push(job.data.i), { stalledInterval: 200 });
  await allCompleted(queue, jobs.length);
  expectEachOnce(done, jobs.length);
  await until("they were told of", () => stalled.size === 4);
  expect([...stalled].sort()).toEqual(taken.sort());
});

test("a queue outlives a restart of the server with its log on", async () => {
  const durable = await startDurableTarget();
  const queue = queueOf(durable.port);
  const done: number[] = [];
  const options = { connection: connection(durable.port), concurrency: 2 };
  const first = work(queue, async (job) => void done.push(job.data.i), options);
  await queue.addBulk(numbered(100).map((job) => ({ ...job, opts: { delay: job.data.i % 2 } })));
  await until("some are done", () => done.length >= 10);
  await first.close();
  await queue.add("later", { i: 100 }, { delay: 300 });
  await durable.restart();
  expect(await queue.getCompletedCount()).toBe(done.length);
  work(queue, async (job) => void done.push(job.data.i), options);
  await allCompleted(queue, 101);
  expectEachOnce(done, 101);
});
