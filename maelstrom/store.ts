/**
 * The server behind the node: a whole Veridis in this process, asked over connections of its own
 * as any client would.
 */
import { createServer, type Server, type ServerOptions } from "../impl/server/index.ts";
import { decodeReply, type Reply } from "../refinement/oracle/declarations.ts";
import { connectClient, type WireClient } from "../testing/wire/client.ts";

/** How often an optimistic transaction is tried before it is given up. */
const MAX_ATTEMPTS = 100;

/** Text in the form that the wire client takes: one character per byte. */
export function toWire(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The text that `toWire` was given. */
export function fromWire(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** A connection with the right to use it alone. */
export class StoreConnection {
  readonly #client: WireClient;

  constructor(client: WireClient) {
    this.#client = client;
  }

  /**
   * Sends commands together; returns their replies. Strings are one character per byte.
   *
   * @throws Error when the connection breaks or a reply is an error
   */
  async run(...commands: readonly (readonly string[])[]): Promise<readonly Reply[]> {
    for (const command of commands) this.#client.send(command);
    const { replies, shortage } = await this.#client.receive(commands.length);
    if (shortage !== undefined) throw new Error(`the server's connection: ${shortage}`);
    const decoded = replies.map((bytes) => decodeReply(bytes.toString("latin1")));
    for (const reply of decoded) {
      if (reply.kind === "error") throw new Error(reply.text);
    }
    return decoded;
  }

  /** The string at a key, or null. */
  async get(key: string): Promise<string | null> {
    const [reply] = await this.run(["GET", key]);
    return text(reply!);
  }

  /**
   * MULTI, the commands, EXEC.
   *
   * @returns their replies, or null when a watched key had changed
   */
  async transaction(commands: readonly (readonly string[])[]): Promise<readonly Reply[] | null> {
    const replies = await this.run(["MULTI"], ...commands, ["EXEC"]);
    const result = replies.at(-1)!;
    const items = "items" in result ? result.items : [];
    return items.length === commands.length ? items : null;
  }

  /** Closes the connection. */
  close(): void {
    this.#client.close();
  }
}

/** The text of a string reply, or null of a nil. */
export function text(reply: Reply): string | null {
  return "text" in reply && reply.kind !== "null" ? reply.text : null;
}

/** The server and a pool of connections to it. */
export class Store {
  readonly #server: Server;
  readonly #idle: StoreConnection[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts the server. */
  static async open(options: ServerOptions = {}): Promise<Store> {
    return new Store(await createServer(options));
  }

  /** Lends a connection that nobody else uses meanwhile. One that broke is not used again. */
  async with<T>(use: (connection: StoreConnection) => Promise<T>): Promise<T> {
    const { host, port } = this.#server;
    const connection = this.#idle.pop() ?? new StoreConnection(await connectClient(port, host));
    try {
      const result = await use(connection);
      this.#idle.push(connection);
      return result;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * Sets a key to `to` if `holds` is true of its value, under WATCH, and again when it changed
   * meanwhile.
   *
   * @returns the value that was found
   * @throws Error when others keep changing it
   */
  async setIf(
    key: string,
    holds: (value: string | null) => boolean,
    to: string,
  ): Promise<string | null> {
    return await this.with(async (connection) => {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const [, found] = await connection.run(["WATCH", key], ["GET", key]);
        const value = text(found!);
        if (!holds(value)) {
          await connection.run(["UNWATCH"]);
          return value;
        }
        if ((await connection.transaction([["SET", key, to]])) !== null) return value;
      }
      throw new Error(`others changed the key ${MAX_ATTEMPTS} times meanwhile`);
    });
  }

  /** Stops the server. */
  async close(): Promise<void> {
    for (const connection of this.#idle) connection.close();
    await this.#server.close();
  }
}
