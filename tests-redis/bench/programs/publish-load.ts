/**
 * Messages to subscribers that listen, counted where they arrive. Runs as a process of its own on
 * the client's core: `node publish-load.ts PORT CLIENTS DEPTH MESSAGES SUBSCRIBERS`; prints messages
 * per second, of which each has reached every subscriber.
 */
import { requestText } from "../../../testing/wire/request.ts";
import { countingSocket, sendBatches } from "../batches.ts";

const [port, clients, depth, total, subscribers] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
];

const CHANNEL = "channel";
const MESSAGE = "a message of thirty-two bytes...";
const CONFIRMATION_BYTES = `*3\r\n$9\r\nsubscribe\r\n$7\r\n${CHANNEL}\r\n:1\r\n`.length;
const MESSAGE_BYTES = `*3\r\n$7\r\nmessage\r\n$7\r\n${CHANNEL}\r\n$32\r\n${MESSAGE}\r\n`.length;

// Whole batches are sent until there are enough.
const published = Math.ceil(total / depth) * depth;

interface Subscriber {
  readonly listens: Promise<void>;
  readonly hasAll: Promise<void>;
}

function subscribe(): Subscriber {
  const [listens, hasAll] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const fail = (error: Error): void => {
    listens.reject(error);
    hasAll.reject(error);
  };
  let received = 0;
  const onBytes = (length: number): void => {
    received += length;
    if (received >= CONFIRMATION_BYTES) listens.resolve();
    if (received < CONFIRMATION_BYTES + published * MESSAGE_BYTES) return;
    hasAll.resolve();
    socket.destroy();
  };
  const socket = countingSocket(port, onBytes, fail);
  socket.once("close", () => fail(new Error("a subscriber was sent away")));
  socket.once("connect", () => socket.write(requestText("SUBSCRIBE", CHANNEL)));
  return { listens: listens.promise, hasAll: hasAll.promise };
}

const all = Array.from({ length: subscribers }, subscribe);
await Promise.all(all.map(({ listens }) => listens));
const request = requestText("PUBLISH", CHANNEL, MESSAGE).repeat(depth);
const startedMs = performance.now();
await sendBatches({
  ...{ port, clients, total: published, requests: depth },
  batch: () => Buffer.from(request),
  replyBytes: depth * `:${subscribers}\r\n`.length,
});
await Promise.all(all.map(({ hasAll }) => hasAll));
process.stdout.write(`${(published / (performance.now() - startedMs)) * 1000}\n`);
