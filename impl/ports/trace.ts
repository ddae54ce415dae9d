/** The trace port: where the cores say which steps of their specifications they take. */

/** What a step chose: the arguments of the action. */
export type TraceFields = Readonly<Record<string, string | number | boolean>>;

/**
 * Takes the steps as they happen. A core asks `enabled` before it puts an event together, so that
 * a server without a trace does nothing for it.
 */
export interface Trace {
  readonly enabled: boolean;
  /**
   * One step.
   *
   * @param spec the specification's name, as in `log`
   * @param action the action's name in the specification
   */
  step(
    spec: "log" | "transactions" | "blocking" | "tracking",
    action: string,
    fields: TraceFields,
  ): void;
}

/** Nobody listens. */
export const NO_TRACE: Trace = { enabled: false, step: () => {} };
