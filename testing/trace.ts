/** What the cores say of the steps of their specifications, kept. */
import type { Trace, TraceFields } from "../impl/ports/trace.ts";

/** The name of a specification. */
export type Spec = Parameters<Trace["step"]>[0];

/** One step, as a core or the simulator names it. */
export interface SpecStep {
  readonly spec: Spec;
  readonly action: string;
  readonly fields: TraceFields;
}

/** A trace that keeps the steps of one specification. */
export class RecordingTrace implements Trace {
  readonly enabled = true;
  readonly #spec: Spec;
  readonly #steps: SpecStep[] = [];

  constructor(spec: Spec = "log") {
    this.#spec = spec;
  }

  step(spec: Spec, action: string, fields: TraceFields): void {
    if (spec === this.#spec) this.#steps.push({ spec, action, fields });
  }

  /** The steps since the last call. */
  take(): SpecStep[] {
    return this.#steps.splice(0);
  }

  /** The steps since the last call, one line each: `Write to=1`. */
  takeLines(): string[] {
    return this.take().map(({ action, fields }) => {
      const values = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`);
      return `${action}${values.join("")}`;
    });
  }
}
