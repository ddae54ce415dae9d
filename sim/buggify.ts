/** Chance at the places of the production code that ask for it. */
import type { Buggify, BuggifyPoint } from "../impl/ports/buggify.ts";
import { BUGGIFY_POINTS } from "../impl/ports/buggify.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";

/** How likely a place that a run has chosen fires each time. */
const FIRE_RATE = 0.1;

/** Draws which places fire in a run, and when. */
export class SimBuggify implements Buggify {
  readonly #choices: Choices;
  readonly #fired: Tally;
  readonly #chosen: ReadonlySet<BuggifyPoint>;
  #isOver = false;

  /** @param rate how likely each place is chosen for the run */
  constructor(choices: Choices, fired: Tally, rate: number) {
    this.#choices = choices;
    this.#fired = fired;
    this.#chosen = new Set(BUGGIFY_POINTS.filter(() => choices.chance(rate)));
  }

  fires(point: BuggifyPoint): boolean {
    if (this.#isOver || !this.#chosen.has(point)) return false;
    if (!this.#choices.chance(FIRE_RATE)) return false;
    this.#fired.count(point);
    return true;
  }

  /** From now on nothing fires. */
  heal(): void {
    this.#isOver = true;
  }
}
