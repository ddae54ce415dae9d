/** What a run ends with when a guarantee is broken. */

/** A guarantee that a run has broken. */
export interface Violation {
  /** The check that noticed: `reply`, `state`, `gate`, `acknowledged`, … */
  readonly check: string;
  /** One sentence for people. */
  readonly what: string;
  /** The explanation, one step a line. */
  readonly lines: readonly string[];
}

/** Thrown where a check fails; it ends the run. */
export class Violated extends Error {
  readonly violation: Violation;

  constructor(check: string, what: string, lines: readonly string[] = []) {
    super(`${check}: ${what}`);
    this.violation = { check, what, lines };
  }
}
