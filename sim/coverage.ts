/** Counts of what has happened, by name: faults, actions of the specifications, commands. */

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Counts one more, or several. */
  count(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  /** How often it has happened. */
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Adds the counts of another tally. */
  add(other: Tally): void {
    for (const [name, times] of other.#counts) this.count(name, times);
  }

  /** The sum of all counts. */
  get total(): number {
    let total = 0;
    for (const times of this.#counts.values()) total += times;
    return total;
  }

  /** The names with their counts, in the order of the alphabet. */
  entries(): readonly (readonly [name: string, times: number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Those of the names that have never happened. */
  missing(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.of(name) === 0);
  }
}
