import fc from "fast-check";
import { latin1 } from "../../impl/resp/request.ts";
import { openHash } from "../../impl/types/hash/hash-view.ts";
import { element } from "../generators/values.ts";
import type { TypeView } from "./type-view.ts";

const pairs = fc.array(fc.tuple(element, element), { minLength: 1, maxLength: 6 });

/** Hashes: fields with their values. */
export const hashView: TypeView<"hash"> = {
  abstract: (keyspace, ref) => {
    const hash = openHash(keyspace, ref);
    const fields = new Map<string, string>();
    for (hash.rewind(); hash.next(); ) {
      const field = latin1(hash.nameBytes, hash.nameOffset, hash.nameLength);
      fields.set(field, latin1(hash.valueBytes, hash.valueOffset, hash.valueLength));
    }
    return { fields };
  },
  reading: (key) => [["HGETALL", key]],
  read: ([reply]) => {
    if (reply?._tag !== "Map" || reply.entries.length === 0) return undefined;
    const texts = reply.entries.map((pair) =>
      pair.map((part) => (part._tag === "Bulk" ? part.bytes : "")),
    );
    return { fields: new Map(texts.map(([field = "", value = ""]) => [field, value])) };
  },
  making: (key, { fields }) => [["HSET", key, ...[...fields].flat()]],
  drawn: pairs.map((drawn) => ({ fields: new Map(drawn) })),
};
