import { assert, CHECKED } from "../assert.ts";

const SAMPLES = 16;

/** How fast a counter grows: the mean over the last sixteen samples. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #next = 0;
  #lastTotal = 0;
  #lastMs = -1;

  /** Takes the counter's value at `nowMs`; take one sample per tick. */
  sample(total: number, nowMs: number): void {
    if (CHECKED) assert(total >= 0 && nowMs >= 0, "a counter and a moment");
    const elapsedMs = nowMs - this.#lastMs;
    if (this.#lastMs >= 0 && elapsedMs > 0) {
      const grown = Math.max(0, total - this.#lastTotal);
      this.#samples[this.#next] = (grown * 1000) / elapsedMs;
      this.#next = (this.#next + 1) % SAMPLES;
    }
    this.#lastTotal = total;
    this.#lastMs = nowMs;
  }

  /** Growth per second. */
  get perSecond(): number {
    let sum = 0;
    for (const sample of this.#samples) sum += sample;
    return sum / SAMPLES;
  }

  /** Forgets the samples. */
  reset(): void {
    this.#samples.fill(0);
    this.#lastMs = -1;
  }

  /** Asserts that what is kept is speeds. */
  verifyInvariants(): void {
    assert(this.#next >= 0 && this.#next < SAMPLES, "the next sample has a place");
    for (const sample of this.#samples) {
      assert(Number.isFinite(sample) && sample >= 0, "a counter does not shrink");
    }
  }
}
