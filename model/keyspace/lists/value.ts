/** Lists. */
import { Schema } from "effect";
import { Bytes } from "../bytes.ts";

/** A list from left to right. There is no empty one. */
export const ListValue = Schema.Struct({
  type: Schema.Literal("list"),
  items: Schema.Array(Bytes).check(Schema.isMinLength(1)),
  encoding: Schema.Literal("quicklist"),
});
/** A list from left to right. There is no empty one. */
export interface ListValue extends Schema.Schema.Type<typeof ListValue> {}
