/**
 * A client that adds nothing: it writes requests and hands back the raw bytes of each reply.
 *
 * Every check that compares two servers, or a server and a model, talks through it. Strings are
 * binary: one character per byte.
 */

import { connect, type Socket } from "node:net";
import { encodeRequest } from "./request.ts";
import { type Frame, ReplyScanner } from "./scanner.ts";

/** Why `receive` stopped early. */
export type Shortage = "closed" | "timeout";

/** The outcome of `receive`: what arrived, and why it is fewer than asked when it is. */
export interface Received {
  readonly replies: ReadonlyArray<Buffer>;
  readonly shortage?: Shortage;
}

/** One connection to a server that speaks RESP. */
export interface WireClient {
  /** Writes one request in RESP's array form, each argument a binary string. */
  send(args: ReadonlyArray<string>): void;
  /** Writes bytes as they are: several requests, an inline command, or nonsense. */
  sendRaw(bytes: Buffer): void;
  /** Waits for `count` replies; push messages do not count. At most one call at a time. */
  receive(count: number, timeoutMs?: number): Promise<Received>;
  /** Replies that arrived and were not asked for yet. */
  readonly waitingReplies: number;
  /** Waits for `count` RESP3 push messages. At most one call at a time. */
  receivePushes(count: number, timeoutMs?: number): Promise<Received>;
  /** RESP3 push messages that arrived and were not taken yet. */
  readonly waitingPushes: number;
  /** Takes the RESP3 push messages that have arrived so far. */
  takePushes(): ReadonlyArray<Buffer>;
  /** True once the server has closed the connection or it broke. */
  readonly closed: boolean;
  /** Resolves to true when the server closes the connection in time, else to false. */
  waitForClose(timeoutMs?: number): Promise<boolean>;
  /** Closes the connection at once. */
  close(): void;
}

/** Waits this long for a reply unless told otherwise. */
export const DEFAULT_TIMEOUT_MS = 10_000;

class SocketClient implements WireClient {
  readonly #socket: Socket;
  readonly #scanner = new ReplyScanner();
  #replies: Array<Buffer> = [];
  #pushes: Array<Buffer> = [];
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("close", () => this.#onClose());
    socket.on("error", () => this.#onClose());
  }

  get closed(): boolean {
    return this.#closed;
  }

  get waitingReplies(): number {
    return this.#replies.length;
  }

  send(args: ReadonlyArray<string>): void {
    this.sendRaw(encodeRequest(args));
  }

  sendRaw(bytes: Buffer): void {
    if (!this.#closed) this.#socket.write(bytes);
  }

  get waitingPushes(): number {
    return this.#pushes.length;
  }

  receive(count: number, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Received> {
    return this.#take(() => this.#replies, count, timeoutMs);
  }

  receivePushes(count: number, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Received> {
    return this.#take(() => this.#pushes, count, timeoutMs);
  }

  async #take(from: () => Array<Buffer>, count: number, timeoutMs: number): Promise<Received> {
    const inTime = await this.#until(() => from().length >= count, timeoutMs);
    const replies = from().splice(0, count);
    if (replies.length === count) return { replies };
    return { replies, shortage: inTime ? "closed" : "timeout" };
  }

  takePushes(): ReadonlyArray<Buffer> {
    const taken = this.#pushes;
    this.#pushes = [];
    return taken;
  }

  async waitForClose(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<boolean> {
    await this.#until(() => this.#closed, timeoutMs);
    return this.#closed;
  }

  close(): void {
    this.#socket.destroy();
    this.#onClose();
  }

  /** Waits until `done()`, the connection's end (both true) or the time limit (false). */
  async #until(done: () => boolean, timeoutMs: number): Promise<boolean> {
    let expired = false;
    let timer: NodeJS.Timeout | undefined;
    while (!done() && !this.#closed && !expired) {
      timer ??= setTimeout(() => {
        expired = true;
        this.#wake?.();
      }, timeoutMs);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    this.#wake = undefined;
    return !expired || done();
  }

  #onData(chunk: Buffer): void {
    for (const frame of this.#cut(chunk)) {
      if (frame.push) this.#pushes.push(frame.bytes);
      else this.#replies.push(frame.bytes);
    }
    this.#wake?.();
  }

  /** Cuts a chunk into replies; bytes that are not RESP become one last reply, as they came. */
  #cut(chunk: Buffer): ReadonlyArray<Frame> {
    try {
      return this.#scanner.push(chunk);
    } catch {
      this.close();
      return [{ bytes: chunk, push: false }];
    }
  }

  #onClose(): void {
    this.#closed = true;
    this.#wake?.();
  }
}

/**
 * Opens a connection to 127.0.0.1.
 *
 * @throws the socket's error when nothing listens on `port`
 */
export async function connectClient(port: number, host = "127.0.0.1"): Promise<WireClient> {
  const socket = connect({ port, host, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.removeAllListeners("error");
  return new SocketClient(socket);
}

/** Sends one request and returns its reply as a binary string; for set-up and inspection. */
export async function ask(client: WireClient, ...args: ReadonlyArray<string>): Promise<string> {
  client.send(args);
  const { replies, shortage } = await client.receive(1);
  const reply = replies[0];
  if (reply === undefined) throw new Error(`no reply to ${args.join(" ")}: ${shortage}`);
  return reply.toString("latin1");
}
