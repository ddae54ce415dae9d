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
   * It has a user of its own, so that no CLIENT KILL of a sequence by user means it; `spared` is
   * for those by type.
   */
  static async open(port: number): Promise<Connections> {
    const control = await connectClient(port);
    await ask(control, "ACL", "SETUSER", "oracle", "on", "nopass", "+@all", "~*", "&*");
    await ask(control, "AUTH", "oracle", "any");
    await ask(control, "HELLO", "3");
    const id = await ask(control, "CLIENT", "ID");
    return new Connections(port, control, Number(id.slice(1, -2)));
  }

  /**
   * Does something that may disconnect clients of one type.
   *
   * @param isOfSubscribers whether that type is `pubsub`: else the control connection is one of
   *   these meanwhile, so that it stays
   */
  async spared(isOfSubscribers: boolean, act: () => Promise<void>): Promise<void> {
    if (isOfSubscribers) {
      await act();
      return;
    }
    this.control.send(["SUBSCRIBE", "oracle"]);
    await this.control.receivePushes(1);
    await act();
    this.control.send(["UNSUBSCRIBE"]);
    await this.control.receivePushes(1);
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
   * the end of a pause up to a tenth of a second late. No pattern hears it.
   */
  async pauseIsOver(): Promise<void> {
    await ask(this.control, "SPUBLISH", "nobody", "");
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
