/** Tallies. */
import { Schema } from "effect";

/** How many marks there are: at least one. */
export const TallyValue = Schema.Struct({
  type: Schema.Literal("tally"),
  marks: Schema.Int.check(Schema.isGreaterThan(0)),
  encoding: Schema.Literal("unary"),
});
/** How many marks there are: at least one. */
export interface TallyValue extends Schema.Schema.Type<typeof TallyValue> {}
