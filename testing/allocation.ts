/** What requests allocate on the JavaScript heap, for tests of hot paths. */
import v8 from "node:v8";
import { commands } from "../impl/commands/index.ts";
import { Request } from "../impl/resp/request.ts";
import { createInstance } from "../impl/session/executor.ts";

/** Rounds until the code is compiled; the compiler allocates too, so the best round counts. */
const ROUNDS = 60;
const REQUESTS_PER_ROUND = 16_000;
/** Requests that come together: the clocks are read once for each batch. */
const BATCH = 64;
/**
 * What the clocks and the measurement allocate, spread over the requests: about 2 on a busy
 * machine. An object for each request would be 12 at the least.
 */
export const ALLOWED_BYTES = 6;

/** A request's words. */
type Words = readonly string[];

/** Bytes of JavaScript heap that were allocated since the start of the process. */
function allocatedBytes(): number {
  return v8.getHeapStatistics().total_allocated_bytes;
}

/**
 * Bytes that a request allocates between its bytes and those of the reply.
 *
 * @param present requests that make what is there
 * @param requests which come in turn
 */
export function bytesPerRequest(
  present: readonly Words[],
  requests: readonly Words[],
  rounds = ROUNDS,
): number {
  let nowMs = 1_700_000_000_000;
  const clock = { wallMs: () => ++nowMs, wallUs: () => nowMs * 1000, monotonicUs: () => 0 };
  const journal = { enabled: false, append: () => {}, settle: () => {} };
  const instance = createInstance({ clock, journal, random: { nextU32: () => 1 } }, commands);
  const session = instance.clients.connect({ address: "a:1", localAddress: "a:2", fd: 3 });
  const prepared = requests.map((words) => Request.of(...words));
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      if (i % BATCH === 0) instance.time.beginBatch();
      instance.executor.dispatch(session, prepared[i % prepared.length]!);
      session.outbox.drop();
      if (i % BATCH === BATCH - 1) instance.time.settle();
    }
  };
  for (const words of present) instance.executor.dispatch(session, Request.of(...words));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && best >= ALLOWED_BYTES; round++) {
    const before = allocatedBytes();
    run(REQUESTS_PER_ROUND);
    best = Math.min(best, (allocatedBytes() - before) / REQUESTS_PER_ROUND);
  }
  return best;
}
