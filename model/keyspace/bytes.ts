/** Binary strings. */
import { Schema } from "effect";

/** A binary string: one character (0-255) per byte. */
export const Bytes = Schema.String.check(Schema.isPattern(/^[\0-\xff]*$/));
/** A binary string: one character (0-255) per byte. */
export type Bytes = string;
