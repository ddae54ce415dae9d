/** The node's loop: messages in, handlers, messages out. */
import { createInterface } from "node:readline";
import { type Body, decodeMessage, ErrorCode, encodeMessage, RpcError } from "./protocol.ts";
import type { Store } from "./store.ts";

/** Answers a request: the body of the answer, or an RpcError thrown. */
export type Handler = (body: Body, store: Store) => Promise<Body> | Body;

/** Handlers by the type of the request. */
export type Handlers = Readonly<Record<string, Handler>>;

/** A node: who it is, once it has been told. */
export class Node {
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #store: Store;
  readonly #send: (line: string) => void;
  #id: string | null = null;
  #serves = false;

  constructor(handlers: Handlers, store: Store, send: (line: string) => void) {
    this.#handlers = new Map(Object.entries(handlers));
    this.#store = store;
    this.#send = send;
  }

  /** Takes one line; the answer is sent when it is there. Requests are served side by side. */
  async take(line: string): Promise<void> {
    const message = decodeMessage(line);
    const answer = await this.#answer(message.body).catch(errorBody);
    if (message.body.msg_id === undefined) return;
    const body = { ...answer, in_reply_to: message.body.msg_id };
    this.#send(encodeMessage({ src: this.#id ?? message.dest, dest: message.src, body }));
  }

  async #answer(body: Body): Promise<Body> {
    if (body.type === "init") return this.#initialize(body);
    const handler = this.#handlers.get(body.type);
    if (handler === undefined) throw new RpcError(ErrorCode.notSupported, `no ${body.type} here`);
    if (!this.#serves) {
      const why = this.#id === null ? "no init has come" : "the first node alone has the data";
      throw new RpcError(ErrorCode.temporarilyUnavailable, why);
    }
    return await handler(body, this.#store);
  }

  /** The data is on one node, the first. */
  #initialize(body: Body): Body {
    const { node_id: id, node_ids: ids } = body;
    if (typeof id !== "string" || !Array.isArray(ids)) {
      throw new RpcError(ErrorCode.malformedRequest, "init without node_id and node_ids");
    }
    this.#id = id;
    this.#serves = ids[0] === id;
    return { type: "init_ok" };
  }
}

/** An error's body. One that is not foreseen leaves open what has happened. */
function errorBody(error: unknown): Body {
  if (error instanceof RpcError) return { type: "error", code: error.code, text: error.message };
  const text = error instanceof Error ? error.message : String(error);
  return { type: "error", code: ErrorCode.crash, text };
}

/** Serves standard input until it ends. Complaints go to standard error. */
export async function serve(handlers: Handlers, store: Store): Promise<void> {
  const node = new Node(handlers, store, (line) => process.stdout.write(line));
  for await (const line of createInterface({ input: process.stdin })) {
    node.take(line).catch((error: unknown) => console.error(`${error}: ${line}`));
  }
  await store.close();
}

/** A field that must be there. */
export function required(body: Body, field: string): unknown {
  if (!(field in body)) throw new RpcError(ErrorCode.malformedRequest, `${field} is missing`);
  return body[field];
}
