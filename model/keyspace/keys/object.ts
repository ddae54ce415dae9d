/** OBJECT: how a value is kept. */
import { answer, argument, lookup } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { bulk, integer, nil, one, oneOf, type Reply } from "../reply.ts";
import { count } from "../shapes.ts";
import type { Value } from "../types.ts";

/** OBJECT ENCODING key */
export const encoding: Meaning = (call) => {
  const entry = lookup(call, argument(call, 2));
  return answer(call, entry === undefined ? nil : bulk(entry.value.encoding));
};

/**
 * OBJECT REFCOUNT key
 *
 * Redis shares the integers below 10000, but not their copies, and a value with the command in the
 * transaction that has just stored it.
 */
export const refcount: Meaning = (call) => {
  const entry = lookup(call, argument(call, 2));
  if (entry === undefined) return answer(call, nil);
  const counts: Array<Reply> = [one];
  if (call.insideExec) counts.push(integer(2));
  if (isShareable(entry.value)) counts.push(SHARED);
  return answer(call, counts.length === 1 ? one : oneOf(counts));
};

const isShareable = (value: Value): boolean =>
  value.type === "string" && value.encoding === "int" && /^[0-9]{1,4}$/.test(value.bytes);

const SHARED = integer(2n ** 31n - 1n);

const frequencyIsKept = (call: Call): boolean => call.state.config.maxmemoryPolicy.endsWith("-lfu");

/** OBJECT IDLETIME key: seconds, which other clients' reads reset */
export const idletime: Meaning = (call) => {
  if (lookup(call, argument(call, 2)) === undefined) return answer(call, nil);
  return frequencyIsKept(call) ? fail("LfuSelected") : answer(call, count);
};

/** OBJECT FREQ key: a logarithmic counter that grows by chance */
export const freq: Meaning = (call) => {
  if (lookup(call, argument(call, 2)) === undefined) return answer(call, nil);
  return frequencyIsKept(call) ? answer(call, count) : fail("LfuNotSelected");
};
