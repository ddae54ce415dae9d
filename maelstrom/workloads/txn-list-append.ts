/**
 * The txn-list-append workload: a list is a string to which each element is appended as a line of
 * JSON, a transaction is MULTI … EXEC of APPEND and GET.
 */
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
  return name === "r" ? ["GET", list] : ["APPEND", list, toWire(`${canonical(value)}\n`)];
}

/** A step with what it read; null for a list that does not exist. */
export function completed([name, key, value]: MicroOp, string: string | null): MicroOp {
  if (name === "append") return [name, key, value];
  if (string === null) return [name, key, null];
  const lines = fromWire(string).split("\n").slice(0, -1);
  return [name, key, lines.map((line) => JSON.parse(line))];
}

/** Answers `txn`. */
export const txnListAppend = {
  async txn(body, store) {
    const steps = stepsOf(body);
    if (steps.length === 0) return { type: "txn_ok", txn: [] };
    const commands = steps.map(commandOf);
    const replies = await store.with((connection) => connection.transaction(commands));
    if (replies === null) throw new Error("EXEC did not answer each command");
    const txn = steps.map((step, at) => completed(step, text(replies[at]!)));
    return { type: "txn_ok", txn };
  },
} satisfies Handlers;
