import fc from "fast-check";
import { latin1 } from "../../impl/resp/request.ts";
import { openSortedSet } from "../../impl/types/zset/view.ts";
import { formatDouble } from "../../model/keyspace/doubles.ts";
import { compareMembers } from "../../model/keyspace/zsets/value.ts";
import { element, scoreNumber } from "../generators/values.ts";
import type { TypeView } from "./type-view.ts";

const members = fc.uniqueArray(fc.record({ name: element, score: scoreNumber }), {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 6,
});

/** Sorted sets: members by score and name. */
export const zsetView: TypeView<"zset"> = {
  abstract: (keyspace, ref) => {
    const zset = openSortedSet(keyspace, ref);
    const found: Array<{ name: string; score: number }> = [];
    for (zset.begin(0, zset.length, false); zset.next(); ) {
      const name = latin1(zset.nameBytes, zset.nameOffset, zset.nameLength);
      found.push({ name, score: zset.score });
    }
    return { members: found };
  },
  reading: (key) => [["ZRANGE", key, "0", "-1", "WITHSCORES"]],
  read: ([reply]) => {
    if (reply?._tag !== "Array" || reply.items.length === 0) return undefined;
    const found = reply.items.map((item) => {
      const [name, score] = item._tag === "Array" ? item.items : [];
      const text = score?._tag === "Double" ? score.text : "nan";
      return { name: name?._tag === "Bulk" ? name.bytes : "", score: numberOf(text) };
    });
    return { members: found };
  },
  making: (key, content) => [
    ["ZADD", key, ...content.members.flatMap(({ name, score }) => [formatDouble(score), name])],
  ],
  drawn: members.map((drawn) => ({ members: drawn.toSorted(compareMembers) })),
};

function numberOf(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  return text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
