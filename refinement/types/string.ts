import fc from "fast-check";
import { latin1 } from "../../impl/resp/request.ts";
import { borderInteger, pick, value } from "../generators/values.ts";
import type { TypeView } from "./type-view.ts";

/** Strings: bytes. */
export const stringView: TypeView<"string"> = {
  abstract: (keyspace, ref) => ({
    bytes: latin1(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref)),
  }),
  reading: (key) => [["GET", key]],
  read: ([reply]) => (reply?._tag === "Bulk" ? { bytes: reply.bytes } : undefined),
  making: (key, { bytes }) => [["SET", key, bytes]],
  drawn: pick([6, value], [3, borderInteger], [1, fc.constant("")]).map((bytes) => ({ bytes })),
};
