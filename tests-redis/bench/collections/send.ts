import { connectClient } from "../../../testing/wire/client.ts";
import { requestText } from "../../../testing/wire/request.ts";

/** Requests that are sent before their replies are awaited. */
const BATCH = 500;
const LONG_MS = 120_000;

/** Sends requests through one connection, many at a time. @throws on an error reply */
export async function sendAll(port: number, requests: Iterable<readonly string[]>): Promise<void> {
  const client = await connectClient(port);
  let text = "";
  let count = 0;
  const flush = async (): Promise<void> => {
    client.sendRaw(Buffer.from(text, "latin1"));
    const { replies, shortage } = await client.receive(count, LONG_MS);
    if (shortage !== undefined) throw new Error(`a reply is missing: ${shortage}`);
    const error = replies.find((reply) => reply[0] === 45);
    if (error !== undefined) throw new Error(error.toString("latin1"));
    text = "";
    count = 0;
  };
  try {
    for (const words of requests) {
      text += requestText(...words);
      if (++count === BATCH) await flush();
    }
    if (count > 0) await flush();
  } finally {
    client.close();
  }
}

/** Twelve digits, as redis-benchmark writes random numbers. */
export function padded(i: number): string {
  return String(i).padStart(12, "0");
}

/** One command that is given many elements, in requests of at most a hundred of them. */
export function* inChunks(
  words: readonly string[],
  count: number,
  element: (i: number) => readonly string[],
): Generator<readonly string[]> {
  const CHUNK = 100;
  for (let from = 0; from < count; from += CHUNK) {
    const request = [...words];
    for (let i = from; i < Math.min(count, from + CHUNK); i++) request.push(...element(i));
    yield request;
  }
}
