/** The lin-kv workload: a key's value is a string that holds it as JSON. */
import { type Body, canonical, ErrorCode, RpcError } from "../protocol.ts";
import { type Handlers, required } from "../serve.ts";
import { fromWire, toWire } from "../store.ts";

/** The string that holds a key. */
export function keyOf(body: Body): string {
  return toWire(`kv:${canonical(required(body, "key"))}`);
}

/** A field's JSON value as it is stored. */
export function stored(body: Body, field: string): string {
  return toWire(canonical(required(body, field)));
}

function missing(): RpcError {
  return new RpcError(ErrorCode.keyDoesNotExist, "key does not exist");
}

/** Answers `read`, `write` and `cas`. */
export const linKv = {
  async read(body, store) {
    const value = await store.with((connection) => connection.get(keyOf(body)));
    if (value === null) throw missing();
    return { type: "read_ok", value: JSON.parse(fromWire(value)) };
  },

  async write(body, store) {
    await store.with((connection) => connection.run(["SET", keyOf(body), stored(body, "value")]));
    return { type: "write_ok" };
  },

  async cas(body, store) {
    const [from, to] = [stored(body, "from"), stored(body, "to")];
    const creates = body["create_if_not_exists"] === true;
    const holds = (value: string | null) => value === from || (value === null && creates);
    const found = await store.setIf(keyOf(body), holds, to);
    if (holds(found)) return { type: "cas_ok" };
    if (found === null) throw missing();
    const text = `expected ${fromWire(from)}, but had ${fromWire(found)}`;
    throw new RpcError(ErrorCode.preconditionFailed, text);
  },
} satisfies Handlers;
