import fc from "fast-check";
import { latin1 } from "../../impl/resp/request.ts";
import { ListView } from "../../impl/types/list/view.ts";
import { element } from "../generators/values.ts";
import type { TypeView } from "./type-view.ts";

/** Lists: items from left to right. */
export const listView: TypeView<"list"> = {
  abstract: (keyspace, ref) => {
    const list = new ListView(keyspace);
    list.open(ref);
    const items: string[] = [];
    for (let more = list.seek(0); more; more = list.next()) {
      const { bytes, offset, length } = list.read();
      items.push(latin1(bytes, offset, length));
    }
    return { items };
  },
  reading: (key) => [["LRANGE", key, "0", "-1"]],
  read: ([reply]) => {
    if (reply?._tag !== "Array" || reply.items.length === 0) return undefined;
    return { items: reply.items.map((item) => (item._tag === "Bulk" ? item.bytes : "")) };
  },
  making: (key, { items }) => [["RPUSH", key, ...items]],
  drawn: fc.array(element, { minLength: 1, maxLength: 7 }).map((items) => ({ items })),
};
