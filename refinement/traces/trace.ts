/** Recorded runs, as steps of a specification, and the module in which TLC reads them. */

/** What an event says: a text, an integer, a boolean, or a list of these. */
export type Field = string | number | boolean | readonly Field[];

/** The fields of an event, by name. */
export type Fields = Readonly<Record<string, Field>>;

/** One step of a run: the action and what it chose. */
export interface TraceEvent {
  readonly action: string;
  readonly fields: Fields;
}

/** One recorded run. Its last event is `End`: a trace without it was cut off. */
export interface RecordedTrace {
  readonly spec: string;
  /** Where it comes from, for people: a seed, or a live run. */
  readonly name: string;
  /** The parameters of the run. */
  readonly begin: Fields;
  readonly events: readonly TraceEvent[];
}

/** The event that ends every trace. */
export const END: TraceEvent = { action: "End", fields: {} };

/** TLC's integers have 32 bits. */
const LARGEST_INTEGER = 2 ** 31 - 1;

/** A field as an expression of TLA+. */
export function expression(field: Field): string {
  if (typeof field === "boolean") return field ? "TRUE" : "FALSE";
  if (typeof field === "string") return text(field);
  if (typeof field !== "number") return `<<${field.map(expression).join(", ")}>>`;
  if (!Number.isInteger(field) || Math.abs(field) > LARGEST_INTEGER) {
    throw new RangeError(`${field} is not an integer of 32 bits, as TLC has them`);
  }
  return String(field);
}

/** The parser knows few escapes: any other character is written as its number. */
function text(value: string): string {
  const escaped = value.replace(/[^ -~]|["\\%]/g, (char) => {
    if (char === '"' || char === "\\") return `\\${char}`;
    return `%${char.codePointAt(0)!.toString(16)};`;
  });
  return `"${escaped}"`;
}

function record(fields: Fields): string {
  const parts = Object.entries(fields).map(([name, field]) => `${name} |-> ${expression(field)}`);
  // TLA+ has no record without a field.
  return parts.length === 0 ? '[nothing |-> "nothing"]' : `[${parts.join(", ")}]`;
}

/** The module `TraceData`: every trace with its parameters and its events. */
export function traceModule(traces: readonly RecordedTrace[]): string {
  const entries = traces.map(({ begin, events }) => {
    const lines = events.map(({ action, fields }) => `    ${record({ action, ...fields })}`);
    return `  [begin |-> ${record(begin)}, events |-> <<\n${lines.join(",\n")}\n  >>]`;
  });
  return `---- MODULE TraceData ----\nTraces == <<\n${entries.join(",\n")}\n>>\n====\n`;
}
