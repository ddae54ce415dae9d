/** Ends a run that hangs in one payload, and says in which. */
import { Worker } from "node:worker_threads";

/** No payload takes so long, however busy the machine. */
const LIMIT_MS = 60_000;
const MOST_BYTES = 64 * 1024;

const SOURCE = `
const { workerData } = require("node:worker_threads");
const { counter, bytes, limitMs } = workerData;
const seen = new Int32Array(counter);
let last = -1;
setInterval(() => {
  const now = Atomics.load(seen, 0);
  if (now !== last) { last = now; return; }
  const payload = Buffer.from(bytes).subarray(0, seen[1]).toString("hex");
  console.error("fuzz:restore: hangs in the payload after " + payload);
  process.exit(1);
}, limitMs);
`;

/** Told of each payload that has been judged. */
export interface Watch {
  alive(payload: Uint8Array): void;
  stop(): void;
}

/** Begins to watch. */
export function watchForHang(): Watch {
  const counter = new SharedArrayBuffer(8);
  const bytes = new SharedArrayBuffer(MOST_BYTES);
  const words = new Int32Array(counter);
  const last = new Uint8Array(bytes);
  const worker = new Worker(SOURCE, {
    eval: true,
    workerData: { counter, bytes, limitMs: LIMIT_MS },
  });
  worker.unref();
  return {
    alive(payload) {
      const length = Math.min(payload.length, MOST_BYTES);
      last.set(payload.subarray(0, length));
      words[1] = length;
      Atomics.add(words, 0, 1);
    },
    stop: () => void worker.terminate(),
  };
}
