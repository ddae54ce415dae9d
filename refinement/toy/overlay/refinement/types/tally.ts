import fc from "fast-check";
import type { TypeView } from "./type-view.ts";

/** Tallies: how many marks. */
export const tallyView: TypeView<"tally"> = {
  abstract: (keyspace, ref) => ({ marks: keyspace.valueLength(ref) }),
  reading: (key) => [["MARKS", key]],
  read: ([reply]) => (reply?._tag === "Integer" ? { marks: Number(reply.value) } : undefined),
  making: (key, { marks }) => Array.from({ length: marks }, () => ["MARK", key]),
  drawn: fc.integer({ min: 1, max: 40 }).map((marks) => ({ marks })),
};
