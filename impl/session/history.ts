import { assert } from "../assert.ts";
import type { Random } from "../ports/random.ts";

/** Numbers of 32 bits that make a name. */
const NAME_WORDS = 5;

/** The identity of what replicas follow: the name of this server's history of writes. */
export class History {
  readonly #random: Random;
  #id = "";

  constructor(random: Random) {
    this.#random = random;
  }

  /** Forty hexadecimal digits; drawn when it is asked for first. */
  get id(): string {
    if (this.#id === "") this.change();
    return this.#id;
  }

  /** Begins a new history. */
  change(): void {
    this.#id = Array.from({ length: NAME_WORDS }, () =>
      this.#random.nextU32().toString(16).padStart(8, "0"),
    ).join("");
    assert(/^[0-9a-f]{40}$/.test(this.#id), "a history's name has forty hexadecimal digits");
  }
}
