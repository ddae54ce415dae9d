import type { Socket } from "node:net";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import type { PeerAnswer, PeerLinks } from "../peer-links.ts";

/** What the thread is asked. */
type Question =
  | {
      readonly kind: "connect";
      readonly host: string;
      readonly port: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "exchange";
      readonly link: number;
      readonly bytes: Uint8Array;
      readonly lines: number;
      readonly timeoutMs: number;
    }
  | { readonly kind: "close"; readonly link: number };

/** The thread has answered so often. */
const ANSWERS = 0;

/**
 * Links over TCP. A thread of its own has the sockets, and this one sleeps until it has answered:
 * the commands that speak to other servers hold up all others, as in Redis.
 *
 * The thread is started for the first link.
 */
export class SystemPeerLinks implements PeerLinks {
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  readonly #words = new Int32Array(new SharedArrayBuffer(4));

  connect(host: string, port: number, timeoutMs: number): number | null {
    return this.#ask({ kind: "connect", host, port, timeoutMs }) as number | null;
  }

  exchange(link: number, bytes: Uint8Array, lines: number, timeoutMs: number): PeerAnswer {
    return this.#ask({ kind: "exchange", link, bytes, lines, timeoutMs }) as PeerAnswer;
  }

  close(link: number): void {
    this.#ask({ kind: "close", link });
  }

  /** Ends the thread with its sockets. */
  async destroy(): Promise<void> {
    this.#port?.close();
    await this.#worker?.terminate();
    this.#worker = null;
    this.#port = null;
  }

  #ask(question: Question): unknown {
    const port = this.#port ?? this.#start();
    const before = Atomics.load(this.#words, ANSWERS);
    port.postMessage(question);
    Atomics.wait(this.#words, ANSWERS, before);
    return receiveMessageOnPort(port)!.message;
  }

  #start(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker = new Worker(`(${holdSockets.toString()})()`, {
      eval: true,
      workerData: { port: port2, words: this.#words },
      transferList: [port2],
    });
    this.#worker.unref();
    port1.unref();
    this.#port = port1;
    return port1;
  }
}

/** What the thread does. It is run from its text, and so knows nothing outside. */
function holdSockets(): void {
  const { connect } = process.getBuiltinModule("node:net");
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const port = workerData.port as MessagePort;
  const words = workerData.words as Int32Array;
  const links = new Map<number, Socket>();
  let last = 0;

  const answer = (message: unknown): void => {
    port.postMessage(message);
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
  };

  const open = (host: string, to: number, timeoutMs: number): void => {
    // There are ports that no socket has.
    if (to < 1 || to > 65_535) {
      answer(null);
      return;
    }
    const socket = connect({ host, port: to, noDelay: true });
    const done = (link: number | null): void => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      if (link === null) socket.destroy();
      else links.set(link, socket);
      // What happens to a link between two exchanges shows at the next one.
      socket.on("error", () => {});
      answer(link);
    };
    socket.setTimeout(timeoutMs, () => done(null));
    // What refuses shows when something is sent; only a name that means nothing shows at once.
    socket.once("error", (error: NodeJS.ErrnoException) => {
      done(error.syscall === "getaddrinfo" ? null : ++last);
    });
    socket.once("connect", () => done(++last));
  };

  const exchange = (
    socket: Socket | undefined,
    bytes: Uint8Array,
    count: number,
    timeoutMs: number,
  ): void => {
    if (socket === undefined || socket.destroyed || !socket.writable) {
      answer({ lines: [], failure: "writing", timedOut: false });
      return;
    }
    let text = "";
    let isWritten = false;
    let isDone = false;
    const done = (failure: "writing" | "reading" | null, timedOut: boolean): void => {
      if (isDone) return;
      isDone = true;
      socket.removeAllListeners();
      socket.on("error", () => {});
      socket.setTimeout(0);
      const lines = text.split("\n").slice(0, -1).slice(0, count);
      answer({ lines: lines.map((line) => line.replace(/\r$/, "")), failure, timedOut });
    };
    const fail = (timedOut: boolean): void => done(isWritten ? "reading" : "writing", timedOut);
    socket.removeAllListeners();
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.split("\n").length > count) done(null, false);
    });
    socket.on("error", () => fail(false));
    socket.on("end", () => fail(false));
    socket.on("close", () => fail(false));
    socket.setTimeout(timeoutMs, () => fail(true));
    socket.resume();
    socket.write(bytes, () => {
      isWritten = true;
    });
    if (count === 0) done(null, false);
  };

  port.on("message", (question: Question) => {
    if (question.kind === "connect") open(question.host, question.port, question.timeoutMs);
    else if (question.kind === "exchange") {
      const { link, bytes, lines, timeoutMs } = question;
      exchange(links.get(link), bytes, lines, timeoutMs);
    } else {
      links.get(question.link)?.destroy();
      links.delete(question.link);
      answer(null);
    }
  });
}
