/**
 * Gives names from a small set to what comes and goes: the first free place.
 *
 * A module that replays traces can then name the whole set. TLC would gather the names from all
 * traces again for each state.
 */
export class Places {
  readonly #letter: string;
  readonly #count: number;
  readonly #taken = new Map<string, string>();

  /** Places such as `c1`, `c2` and so on. */
  constructor(letter: string, count: number) {
    this.#letter = letter;
    this.#count = count;
  }

  /**
   * The place of a name, which it keeps until it is freed.
   *
   * @throws Error when all are taken
   */
  of(name: string): string {
    let place = this.#taken.get(name);
    if (place === undefined) {
      const used = new Set(this.#taken.values());
      const names = Array.from({ length: this.#count }, (_, i) => `${this.#letter}${i + 1}`);
      place = names.find((each) => !used.has(each));
      if (place === undefined) throw new Error(`more than ${this.#count} at a time: ${name}`);
      this.#taken.set(name, place);
    }
    return place;
  }

  /** The next of this name is another one. */
  free(name: string): void {
    this.#taken.delete(name);
  }

  freeAll(): void {
    this.#taken.clear();
  }
}
