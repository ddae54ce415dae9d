/** A trace as steps of a model. */
import type { Field, Fields, RecordedTrace } from "./trace.ts";

/** An event as an action of a model; null when the model does not take it. */
export type Step<State> = (state: State, fields: Fields) => State | null;

/**
 * The state of a model before each event of a trace.
 *
 * @param steps the model's action for each event but the end
 * @throws Error when the model does not take an event
 */
export function statesThrough<State>(
  { name, events }: RecordedTrace,
  initial: State,
  steps: Readonly<Record<string, Step<State>>>,
): readonly State[] {
  let state = initial;
  return events.map(({ action, fields }, index) => {
    const before = state;
    if (action === "End") return before;
    const after = steps[action]?.(state, fields) ?? null;
    if (after === null) {
      throw new Error(`${name}, event ${index + 1}: the model takes no ${action}`);
    }
    state = after;
    return before;
  });
}

/** A field that holds the words of a command. */
export function words(field: Field | undefined): readonly string[] {
  if (!Array.isArray(field)) throw new TypeError(`${field} is no command`);
  return field.map(String);
}
