import v8 from "node:v8";
import { expect, test } from "vitest";
import { Request } from "../../resp/request.ts";
import { createInstance } from "../../session/executor.ts";
import { commands } from "../index.ts";

/** Rounds until the code is compiled; the compiler allocates too, so the best round counts. */
const ROUNDS = 60;
const REQUESTS_PER_ROUND = 16_000;
/** Requests that come together: the clocks are read once for each batch. */
const BATCH = 64;
/**
 * What the clocks and the measurement allocate, spread over the requests: about 2 on a busy
 * machine. An object for each request would be 12 at the least.
 */
const ALLOWED_BYTES = 6;

const PAIRS = Array.from({ length: 10 }, (_, i) => [`key:${i}`, `value:${i}`]);

/** Bytes of JavaScript heap that were allocated since the start of the process. */
function allocatedBytes(): number {
  return v8.getHeapStatistics().total_allocated_bytes;
}

/** Bytes that a request allocates between its bytes and those of the reply. */
function bytesPerRequest(args: readonly string[], rounds = ROUNDS): number {
  let nowMs = 1_700_000_000_000;
  const clock = { wallMs: () => ++nowMs, wallUs: () => nowMs * 1000, monotonicUs: () => 0 };
  const journal = { enabled: false, append: () => {}, settle: () => {} };
  const instance = createInstance({ clock, journal, random: { nextU32: () => 1 } }, commands);
  const session = instance.clients.connect({ address: "a:1", localAddress: "a:2", fd: 3 });
  const request = Request.of(...args);
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      if (i % BATCH === 0) instance.time.beginBatch();
      instance.executor.dispatch(session, request);
      session.outbox.drop();
      if (i % BATCH === BATCH - 1) instance.time.settle();
    }
  };
  instance.executor.dispatch(session, Request.of("mset", ...PAIRS.flat(), "n", "1"));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && best >= ALLOWED_BYTES; round++) {
    const before = allocatedBytes();
    run(REQUESTS_PER_ROUND);
    best = Math.min(best, (allocatedBytes() - before) / REQUESTS_PER_ROUND);
  }
  return best;
}

test.each([
  ["get", "key:1"],
  ["get", "absent"],
  ["set", "key:1", "another value"],
  ["set", "key:1", "12345"],
  ["incr", "n"],
  ["decr", "n"],
  ["mget", ...PAIRS.map(([key]) => key!)],
  ["mset", ...PAIRS.flat()],
  ["exists", "key:1", "absent"],
  ["del", "absent"],
  ["strlen", "key:1"],
  ["type", "key:1"],
])("%s %s allocates nothing", (...args) => {
  expect(bytesPerRequest(args)).toBeLessThan(ALLOWED_BYTES);
});

test("the measurement sees an allocation", () => {
  expect(bytesPerRequest(["lcs", "key:1", "key:2"], 3)).toBeGreaterThan(ALLOWED_BYTES);
});
