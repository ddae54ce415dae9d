/** A client that follows a server as replicas do, and shows the commands that it is sent. */

import { connect, type Socket } from "node:net";
import { requestsOf } from "./request.ts";
import { ReplyScanner } from "./scanner.ts";

const LF = 10;
const DOLLAR = 36;

/** A connection after SYNC. */
export interface FollowerClient {
  /** The snapshot, an RDB file. */
  readonly snapshot: Buffer;
  /**
   * Takes the commands that arrive up to the first that `isLast` accepts, that one included.
   *
   * @throws when none has come in time
   */
  until(isLast: (command: readonly string[]) => boolean): Promise<readonly (readonly string[])[]>;
  /** Closes the connection at once. */
  close(): void;
}

const TIMEOUT_MS = 10_000;

class Follower implements FollowerClient {
  readonly #socket: Socket;
  readonly #scanner = new ReplyScanner();
  #head = Buffer.alloc(0);
  #snapshot: Buffer | null = null;
  #commands: (readonly string[])[] = [];
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("error", () => socket.destroy());
    socket.write("SYNC\r\n");
  }

  get snapshot(): Buffer {
    if (this.#snapshot === null) throw new Error("the snapshot has not arrived");
    return this.#snapshot;
  }

  async ready(): Promise<void> {
    await this.#waitFor(() => this.#snapshot !== null);
  }

  async until(
    isLast: (command: readonly string[]) => boolean,
  ): Promise<readonly (readonly string[])[]> {
    await this.#waitFor(() => this.#commands.some(isLast));
    return this.#commands.splice(0, this.#commands.findIndex(isLast) + 1);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #waitFor(condition: () => boolean): Promise<void> {
    const untilMs = performance.now() + TIMEOUT_MS;
    while (!condition()) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || this.#socket.destroyed) throw new Error("the stream has fallen silent");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #received(chunk: Buffer): void {
    if (this.#snapshot === null) this.#readSnapshot(chunk);
    else this.#readCommands(chunk);
    this.#wake();
  }

  /** `$length`, a line end, and so many bytes with nothing behind them. */
  #readSnapshot(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    // A line feed alone only says that the server is still there.
    while (this.#head[0] === LF) this.#head = this.#head.subarray(1);
    const lineEnd = this.#head.indexOf(LF);
    if (lineEnd === -1) return;
    if (this.#head[0] !== DOLLAR) throw new Error(this.#head.toString("latin1", 0, lineEnd));
    const start = lineEnd + 1;
    const end = start + Number(this.#head.toString("latin1", 1, lineEnd - 1));
    if (this.#head.length < end) return;
    this.#snapshot = this.#head.subarray(start, end);
    this.#readCommands(this.#head.subarray(end));
  }

  #readCommands(bytes: Buffer): void {
    for (const { bytes: frame } of this.#scanner.push(bytes)) {
      this.#commands.push(...requestsOf(frame.toString("latin1")));
    }
  }
}

/** Connects to 127.0.0.1, sends SYNC and reads the snapshot. */
export async function connectFollower(port: number): Promise<FollowerClient> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const follower = new Follower(socket);
  await follower.ready();
  return follower;
}
