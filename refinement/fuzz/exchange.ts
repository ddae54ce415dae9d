import net from "node:net";

/** A server that neither answers nor closes for so long has not understood. */
const ANSWER_TIMEOUT_MS = 10_000;

/** What a server sent before the connection ended, and whether a reset may have cut it short. */
export type Answer = { readonly text: string; readonly reset: boolean };

/**
 * Sends the pieces of an input in as many writes and waits until the server has closed.
 *
 * @param end when the stream is to end, in milliseconds after the last piece: upon that a server
 *   answers what it has and closes; null when it is to close by itself
 * @throws when the server does neither in time
 */
export function exchange(
  port: number,
  pieces: ReadonlyArray<Uint8Array>,
  end: number | null,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const chunks: Buffer[] = [];
    const text = (): string => Buffer.concat(chunks).toString("latin1");
    const finish = (reset: boolean): void => {
      socket.destroy();
      resolve({ text: text(), reset });
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      socket.destroy();
      const got = JSON.stringify(text().slice(-200));
      reject(new Error(`the server neither answers nor closes; it sent ${got} last`));
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => finish(false));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") finish(true);
      else reject(error);
    });
    socket.on("connect", () => {
      writeAll(socket, pieces, () => {
        if (end === 0) socket.end();
        else if (end !== null) setTimeout(() => socket.end(), end);
      });
    });
  });
}

/** Sends some pieces and goes away without reading a byte. */
export function abandon(port: number, pieces: ReadonlyArray<Uint8Array>): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    socket.pause();
    socket.on("connect", () => writeAll(socket, pieces, () => socket.resetAndDestroy()));
    socket.on("close", () => resolve());
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
  });
}

/** One write per piece, each in a loop turn of its own, so that the server sees several reads. */
function writeAll(
  socket: net.Socket,
  pieces: ReadonlyArray<Uint8Array>,
  done: () => void,
  next = 0,
): void {
  const piece = pieces[next];
  if (piece === undefined || socket.destroyed) {
    done();
    return;
  }
  socket.write(piece);
  setImmediate(() => writeAll(socket, pieces, done, next + 1));
}
