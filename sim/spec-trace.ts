/** The steps of the specifications that a run has taken, as the cores and the simulator name them. */
import type { Trace, TraceFields } from "../impl/ports/trace.ts";
import type { Tally } from "./coverage.ts";

/** The name of a specification. */
export type Spec = "log" | "transactions";

/** One step. */
export interface SpecStep {
  readonly spec: Spec;
  readonly action: string;
  readonly fields: TraceFields;
}

/** Counts the steps of a run, and keeps them when somebody wants them. */
export class SpecTrace implements Trace {
  readonly enabled: boolean;
  readonly steps: SpecStep[] = [];
  readonly #taken: Tally;
  readonly #keeps: boolean;

  /** @param taken counts steps as `log.Write` */
  constructor(taken: Tally, enabled: boolean, keeps: boolean) {
    this.enabled = enabled;
    this.#taken = taken;
    this.#keeps = keeps;
  }

  step(spec: Spec, action: string, fields: TraceFields): void {
    if (!this.enabled) return;
    this.#taken.count(`${spec}.${action}`);
    if (this.#keeps) this.steps.push({ spec, action, fields });
  }
}
