/** Conversations of several clients with a server, of which every byte is kept. */
import { connect, type Socket } from "node:net";
import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { lineText } from "../../testing/wire/request.ts";

const CLIENTS = 4;

/** A connection that keeps every byte that comes. */
class RawClient {
  readonly #socket: Socket;
  /** What `CLIENT ID` would answer. */
  readonly id: string;
  #received = "";

  private constructor(socket: Socket, id: string) {
    this.#socket = socket;
    this.id = id;
    socket.on("data", (bytes) => {
      this.#received += bytes.toString("latin1");
    });
    socket.on("close", () => {
      this.#received += "(closed)";
    });
    socket.on("error", () => {});
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write(lineText("client id"), "latin1");
    const id = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    return new RawClient(socket, id.toString("latin1").slice(1, -2));
  }

  send(line: string): void {
    this.#socket.write(lineText(line), "latin1");
  }

  /** What has come since the last call. */
  take(): string {
    const received = this.#received;
    this.#received = "";
    return received.replaceAll("\r\n", " ");
  }

  close(): void {
    this.#socket.destroy();
  }
}

/**
 * A server with which conversations of several clients are held. Each line of one is said by the
 * client whose number it begins with; `0x` is when client 0 goes away, and `{1}` the id of client 1.
 */
export class Side {
  readonly #port: number;
  readonly #control: WireClient;

  constructor(port: number, control: WireClient) {
    this.#port = port;
    this.#control = control;
  }

  static async open(port: number): Promise<Side> {
    return new Side(port, await connectClient(port));
  }

  /** Holds a conversation; returns what each client was sent by each line. */
  async converse(lines: readonly string[]): Promise<readonly string[]> {
    const clients: RawClient[] = [];
    for (let i = 0; i < CLIENTS; i++) clients.push(await RawClient.open(this.#port));
    const heard: string[] = [];
    for (const line of lines) {
      const client = clients[Number(line[0])]!;
      if (line[1] === "x") client.close();
      else client.send(line.slice(2).replace(/\{(\d)\}/g, (_, one) => clients[Number(one)]!.id));
      await this.#settle();
      const sent = clients.map((one, i) => `${i}: ${withoutIds(line, one.take(), clients)}`);
      heard.push(`${line} => ${sent.filter((text) => text.length > 3).join(" | ")}`);
    }
    for (const client of clients) client.close();
    await this.#settle();
    return heard;
  }

  /** Until everything is read here that the server has written by now. */
  async #settle(): Promise<void> {
    // What was sent just now may run in the same turn as the first of these.
    for (let i = 0; i < 3; i++) {
      await ask(this.#control, "PING");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  close(): void {
    this.#control.close();
  }
}

/** What was sent, with `(1)` where it names client 1 by its id, which the servers choose. */
function withoutIds(line: string, sent: string, clients: readonly RawClient[]): string {
  const nameOf = (id: string): string => {
    const found = clients.findIndex((client) => client.id === id);
    return found < 0 ? id : `(${found})`;
  };
  const answersId = /client (getredir|id)/i.test(line);
  return sent
    .replace(
      /(\bid|\bredirect|tracking-redir-broken) :(\d+)/g,
      (_, what, id) => `${what} :${nameOf(id)}`,
    )
    .replace(/:(\d+)/g, (all, id) => (answersId ? `:${nameOf(id)}` : all));
}
