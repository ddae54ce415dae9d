import { assert } from "../assert.ts";

/** As many seconds as Redis looks back: of its eight slots, one is always empty for the next second. */
const SECONDS = 7;

/** The largest buffers that a client had in the last seconds, in bytes: INFO shows them. */
export class RecentMaxima {
  /** One place for each second in turn: which second it is of, and what was seen in it. */
  readonly #seconds = new Float64Array(SECONDS);
  readonly #inputs = new Float64Array(SECONDS);
  readonly #outputs = new Float64Array(SECONDS);

  /** A client has buffers of these sizes. */
  note(nowMs: number, inputBytes: number, outputBytes: number): void {
    const second = Math.floor(nowMs / 1000);
    const place = second % SECONDS;
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#inputs[place] = 0;
      this.#outputs[place] = 0;
    }
    this.#inputs[place] = Math.max(this.#inputs[place]!, inputBytes);
    this.#outputs[place] = Math.max(this.#outputs[place]!, outputBytes);
  }

  /** The largest of what was seen lately. */
  at(nowMs: number): { readonly inputBytes: number; readonly outputBytes: number } {
    const second = Math.floor(nowMs / 1000);
    let inputBytes = 0;
    let outputBytes = 0;
    for (let place = 0; place < SECONDS; place++) {
      if (second - this.#seconds[place]! >= SECONDS) continue;
      inputBytes = Math.max(inputBytes, this.#inputs[place]!);
      outputBytes = Math.max(outputBytes, this.#outputs[place]!);
    }
    return { inputBytes, outputBytes };
  }

  /** Throws when something stands where it would not be found. */
  verifyInvariants(): void {
    for (const [place, second] of this.#seconds.entries()) {
      assert(second === 0 || second % SECONDS === place, "a second in another one's place");
    }
  }
}
