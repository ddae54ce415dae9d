import net from "node:net";

const READ_BYTES = 256 * 1024;
const BATCHES_PER_CLIENT = 64;

/** Requests whose replies have a known length, so that a load only counts bytes. */
export interface Batches {
  readonly port: number;
  readonly clients: number;
  /** Makes the bytes of one batch; each client draws some and sends them in turn. */
  batch(): Buffer;
  /** Requests in a batch. */
  readonly requests: number;
  /** Bytes of the replies to a batch. */
  readonly replyBytes: number;
  /** Requests to send in all. */
  readonly total: number;
}

/** A connection that counts the bytes which it gets. @throws when the first of some is an error's */
export function countingSocket(
  port: number,
  onBytes: (length: number) => void,
  onError: (error: Error) => void,
): net.Socket {
  const area = Buffer.allocUnsafe(READ_BYTES);
  const socket = net.connect({
    port,
    host: "127.0.0.1",
    noDelay: true,
    onread: {
      buffer: area,
      callback: (length) => {
        if (area[0] === 45) onError(new Error(area.subarray(0, length).toString("latin1")));
        else onBytes(length);
        return true;
      },
    },
  });
  socket.once("error", onError);
  return socket;
}

/** Sends them, each client the next batch when the replies to its last are there. */
export async function sendBatches(load: Batches): Promise<void> {
  let sent = 0;
  const client = (): Promise<void> => {
    const batches = Array.from({ length: BATCHES_PER_CLIENT }, () => load.batch());
    return new Promise((resolve, reject) => {
      let received = 0;
      let turn = 0;
      const send = (): void => {
        if (sent >= load.total) {
          socket.destroy();
          resolve();
          return;
        }
        sent += load.requests;
        socket.write(batches[turn++ % BATCHES_PER_CLIENT]!);
      };
      const onBytes = (length: number): void => {
        received += length;
        if (received < load.replyBytes) return;
        received -= load.replyBytes;
        send();
      };
      const socket = countingSocket(load.port, onBytes, reject);
      socket.once("connect", send);
    });
  };
  await Promise.all(Array.from({ length: load.clients }, client));
}
