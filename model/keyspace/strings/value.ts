/** Strings. */
import { Schema } from "effect";
import { Bytes } from "../bytes.ts";
import { parseInteger } from "../numbers.ts";

const EMBSTR_LIMIT_BYTES = 44;

/** A string, and how Redis would keep it. */
export const StringValue = Schema.Struct({
  type: Schema.Literal("string"),
  bytes: Bytes,
  encoding: Schema.Literals(["int", "embstr", "raw"]),
}).check(
  Schema.makeFilter(({ bytes, encoding }) => {
    if (encoding === "int") return parseInteger(bytes) !== undefined;
    return encoding === "raw" || bytes.length <= EMBSTR_LIMIT_BYTES;
  }),
);
/** A string, and how Redis would keep it. */
export interface StringValue extends Schema.Schema.Type<typeof StringValue> {}

/** A string that is stored whole: Redis picks the most compact encoding. */
export const compact = (bytes: Bytes): StringValue =>
  parseInteger(bytes) === undefined ? unparsed(bytes) : { type: "string", bytes, encoding: "int" };

/** A string whose digits, if it has any, stay text. */
export const unparsed = (bytes: Bytes): StringValue => {
  const encoding = bytes.length <= EMBSTR_LIMIT_BYTES ? "embstr" : "raw";
  return { type: "string", bytes, encoding };
};

/** A string that was changed in place. */
export const raw = (bytes: Bytes): StringValue => ({ type: "string", bytes, encoding: "raw" });
