/** A client: sends one request at a time and waits for the answer, but not for ever. */
import type { Body } from "../protocol.ts";
import type { Network } from "./network.ts";

/** One client on the network. */
export class Client {
  readonly #name: string;
  readonly #network: Network;
  readonly #waiting = new Map<number, (body: Body) => void>();
  #lastId = 0;

  constructor(name: string, network: Network) {
    this.#name = name;
    this.#network = network;
    network.join(name, ({ body }) => {
      // An answer after the time limit finds nobody waiting.
      if (body.in_reply_to !== undefined) this.#waiting.get(body.in_reply_to)?.(body);
    });
  }

  /** Asks a node; null when no answer comes in time. */
  async ask(node: string, body: Body, limitMs: number): Promise<Body | null> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Body | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), limitMs);
      this.#waiting.set(id, (received) => {
        clearTimeout(timer);
        resolve(received);
      });
    });
    this.#network.send({ src: this.#name, dest: node, body: { ...body, msg_id: id } });
    const received = await answer;
    this.#waiting.delete(id);
    return received;
  }
}
