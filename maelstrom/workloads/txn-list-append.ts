/**
 * The txn-list-append workload: a list is a list whose elements are JSON, a transaction is MULTI …
 * EXEC of RPUSH and LRANGE.
 */
import type { Reply } from "../../refinement/oracle/declarations.ts";
import { type Body, canonical, ErrorCode, RpcError } from "../protocol.ts";
import { type Handlers, required } from "../serve.ts";
import { fromWire, text, toWire } from "../store.ts";

/** One step of a transaction: a read, with null for what is to be read, or an append. */
export type MicroOp = readonly ["r" | "append", unknown, unknown];

/**
 * The steps of a request.
 *
 * @throws RpcError when they are none
 */
export function stepsOf(body: Body): readonly MicroOp[] {
  const steps = required(body, "txn");
  if (!Array.isArray(steps)) throw malformed();
  return steps.map((step: unknown) => {
    if (!isMicroOp(step)) throw malformed();
    return step;
  });
}

function isMicroOp(step: unknown): step is MicroOp {
  return Array.isArray(step) && step.length === 3 && (step[0] === "r" || step[0] === "append");
}

function malformed(): RpcError {
  return new RpcError(ErrorCode.malformedRequest, "txn is no list of reads and appends");
}

/** The command that does a step. */
export function commandOf([name, key, value]: MicroOp): readonly string[] {
  const list = toWire(`list:${canonical(key)}`);
  return name === "r" ? ["LRANGE", list, "0", "-1"] : ["RPUSH", list, toWire(canonical(value))];
}

/** A step with what it read; null for a list that does not exist. */
export function completed([name, key, value]: MicroOp, reply: Reply): MicroOp {
  if (name === "append") return [name, key, value];
  const elements = "items" in reply ? reply.items.map((item) => fromWire(text(item)!)) : [];
  return [name, key, elements.length === 0 ? null : elements.map((json) => JSON.parse(json))];
}

/** Answers `txn`. */
export const txnListAppend = {
  async txn(body, store) {
    const steps = stepsOf(body);
    if (steps.length === 0) return { type: "txn_ok", txn: [] };
    const commands = steps.map(commandOf);
    const replies = await store.with((connection) => connection.transaction(commands));
    if (replies === null) throw new Error("EXEC did not answer each command");
    const txn = steps.map((step, at) => completed(step, replies[at]!));
    return { type: "txn_ok", txn };
  },
} satisfies Handlers;
