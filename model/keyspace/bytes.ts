/** Binary strings. */
import { Schema } from "effect";

/** A binary string: one character (0-255) per byte. */
export const Bytes = Schema.String.check(Schema.isPattern(/^[\0-\xff]*$/));
/** A binary string: one character (0-255) per byte. */
export type Bytes = string;

const sameSets = (a: ReadonlySet<Bytes>, b: ReadonlySet<Bytes>): boolean =>
  a === b || (a.size === b.size && [...a].every((bytes) => b.has(bytes)));

/** Binary strings, each once. Two sets are the same whatever their order; each string is looked up. */
export const BytesSet = Schema.ReadonlySet(Bytes).pipe(
  Schema.overrideToEquivalence(() => sameSets),
);
