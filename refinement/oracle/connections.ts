/** The connections of one sequence to the real server, with the ids that it gave them. */

import { ask, connectClient, type WireClient } from "../../testing/wire/client.ts";
import { FORGET_ERRNO } from "./sorting.ts";

/** One connection; its id is the one that `CLIENT ID` would answer. */
export interface Connection {
  readonly client: WireClient;
  readonly id: number;
}

/**
 * Opens connections and knows their ids without asking on them.
 *
 * Redis numbers connections in the order in which it accepts them, and nothing else connects to
 * this server, so the ids follow on from the control connection's.
 */
export class Connections {
  readonly control: WireClient;
  readonly #port: number;
  #lastId: number;

  private constructor(port: number, control: WireClient, id: number) {
    this.#port = port;
    this.control = control;
    this.#lastId = id;
  }

  /**
   * Connects the control connection, on which state is reset and inspected.
   *
   * It has a user of its own and a subscription, so that no CLIENT KILL of a sequence, by type or
   * by user, means it.
   */
  static async open(port: number): Promise<Connections> {
    const control = await connectClient(port);
    await ask(control, "ACL", "SETUSER", "oracle", "on", "nopass", "+@all", "~*", "&*");
    await ask(control, "AUTH", "oracle", "any");
    await ask(control, "HELLO", "3");
    control.send(["SUBSCRIBE", "oracle"]);
    const id = await ask(control, "CLIENT", "ID");
    return new Connections(port, control, Number(id.slice(1, -2)));
  }

  /**
   * Waits until the server has run everything that was written before on any connection.
   *
   * It reads all connections that are readable before it writes a reply, and this request becomes
   * readable after the others.
   */
  async barrier(): Promise<void> {
    await ask(this.control, "PING");
  }

  /**
   * Waits until CLIENT PAUSE has ended: it postpones this request in every mode, and Redis notices
   * the end of a pause up to a tenth of a second late.
   */
  async pauseIsOver(): Promise<void> {
    await ask(this.control, "PUBLISH", "nobody", "");
  }

  /** Lets C's error number be 0, which SORT reads and does not set: reading a score does. It changes no key. */
  async forgetErrno(): Promise<void> {
    await ask(this.control, ...FORGET_ERRNO);
  }

  /** Opens one more connection. */
  async connect(): Promise<Connection> {
    const client = await connectClient(this.#port);
    this.#lastId += 1;
    return { client, id: this.#lastId };
  }
}
