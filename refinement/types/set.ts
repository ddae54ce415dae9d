import fc from "fast-check";
import { latin1 } from "../../impl/resp/request.ts";
import { setsOf } from "../../impl/types/set/sets.ts";
import { element, pick, smallInteger } from "../generators/values.ts";
import type { TypeView } from "./type-view.ts";

const few = pick(
  [3, fc.array(element, { minLength: 1, maxLength: 6 })],
  [3, fc.array(smallInteger, { minLength: 1, maxLength: 8 })],
  [1, fc.array(element, { minLength: 20, maxLength: 40 })],
);

/** Redis keeps so many integers without a table, and no more. */
const atTheBorder = fc
  .integer({ min: 511, max: 513 })
  .map((count) => Array.from({ length: count }, (_, i) => String(i)));

/** Sets: members. */
export const setView: TypeView<"set"> = {
  abstract: (keyspace, ref) => {
    const view = setsOf(keyspace).view.open(keyspace, ref);
    const members = new Set<string>();
    for (view.rewind(); view.next(); ) {
      members.add(latin1(view.bytes, view.offset, view.memberLength));
    }
    return { members };
  },
  reading: (key) => [["SMEMBERS", key]],
  read: ([reply]) => {
    if (reply?._tag !== "Set" || reply.items.length === 0) return undefined;
    const texts = reply.items.map((item) => (item._tag === "Bulk" ? item.bytes : ""));
    return { members: new Set(texts) };
  },
  making: (key, { members }) => [["SADD", key, ...members]],
  drawn: pick([60, few], [1, atTheBorder]).map((members) => ({ members: new Set(members) })),
};
