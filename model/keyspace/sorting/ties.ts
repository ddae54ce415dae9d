/** Replies in which the order of equal elements is free. */
import { type Reply, satisfies } from "../reply.ts";

/** What is shown of one element. */
export type Row = ReadonlyArray<Reply>;

const textOf = (row: Row): string =>
  JSON.stringify(row.map((one) => (one._tag === "Bulk" ? one.bytes : null)));

/**
 * The rows from `from` to before `to`, each group of equal ones in any order.
 *
 * @param ties whether a row is equal to the one before it
 */
export const someOrder = (
  rows: ReadonlyArray<Row>,
  ties: ReadonlyArray<boolean>,
  from: number,
  to: number,
): Reply =>
  satisfies("sorted, equal elements in any order", (reply) => {
    if (reply._tag !== "Array") return false;
    const width = rows[0]?.length ?? 1;
    const count = Math.max(0, to - from);
    if (reply.items.length !== count * width) return false;
    const groupOf: Array<number> = [];
    for (const [i, tie] of ties.entries()) groupOf.push(tie ? (groupOf[i - 1] ?? 0) : i);
    const left = new Map<string, number>();
    const name = (group: number | undefined, row: Row): string => `${group} ${textOf(row)}`;
    for (const [i, row] of rows.entries()) {
      const key = name(groupOf[i], row);
      left.set(key, (left.get(key) ?? 0) + 1);
    }
    return Array.from({ length: count }, (_, i) => i).every((i) => {
      const row = reply.items.slice(i * width, (i + 1) * width);
      const key = name(groupOf[from + i], row);
      const some = left.get(key) ?? 0;
      left.set(key, some - 1);
      return some > 0;
    });
  });
