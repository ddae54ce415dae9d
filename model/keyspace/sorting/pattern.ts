/** What the patterns of SORT's BY and GET stand for. */
import { lookup } from "../call.ts";
import type { Call } from "../command.ts";
import type { Bytes } from "../reply.ts";
import { cString } from "../text.ts";

/** Whether a pattern names another key for each element; any other is constant. */
export const isVariable = (pattern: Bytes): boolean => cString(pattern).includes("*");

/** What a pattern stands for where the element is this one: a string, or a field of a hash. */
export const valueFor = (call: Call, pattern: Bytes, element: Bytes): Bytes | undefined => {
  if (cString(pattern) === "#") return element;
  if (!isVariable(pattern)) return undefined;
  const star = pattern.indexOf("*");
  const arrow = cString(pattern).indexOf("->", star + 1);
  // An arrow with nothing behind it belongs to the key.
  const hasField = arrow >= 0 && arrow + 2 < cString(pattern).length;
  const end = hasField ? arrow : pattern.length;
  const key = pattern.slice(0, star) + element + pattern.slice(star + 1, end);
  const value = lookup(call, key)?.value;
  if (hasField) {
    return value?.type === "hash" ? value.fields.get(pattern.slice(arrow + 2)) : undefined;
  }
  return value?.type === "string" ? value.bytes : undefined;
};
