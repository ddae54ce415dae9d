/** Numbers that every client raises by one: what they know of them, and what may be served. */
import type { Evidence, Served } from "./ledger.ts";

/** What one judgement found: a wrong in words, if any, and what is missing. */
export interface CounterJudgement {
  readonly wrong: string | null;
  readonly lost: readonly Evidence[];
}

/**
 * A number that is held by one key or, in transactions, by several at once.
 *
 * Each success raises it by one, so that every value that somebody was told must have been reached.
 */
export class Counter {
  readonly keys: readonly string[];
  #start = 0;
  #attempts = 0;
  /** By value. */
  readonly #evidence = new Map<number, Evidence>();

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  /** Somebody is about to raise it. */
  attempt(): void {
    this.#attempts++;
  }

  /** Somebody was told that it has this value. */
  learn(value: number, evidence: Evidence): void {
    if (value > this.#start && !this.#evidence.has(value)) this.#evidence.set(value, evidence);
  }

  /** Judges what is served after a crash; from then on that is where it starts. */
  judge(served: Served, mayLose: boolean): CounterJudgement {
    const texts = this.keys.map((key) => served.get(key) ?? "0");
    const value = Number(texts[0]);
    const known = Math.max(this.#start, ...this.#evidence.keys());
    const most = this.#start + this.#attempts;
    const lost = [...this.#evidence].filter(([one]) => one > value).map(([, evidence]) => evidence);
    this.#start = value;
    this.#attempts = 0;
    this.#evidence.clear();
    return { wrong: this.#wrong(texts, value, known, most, mayLose), lost };
  }

  #wrong(
    texts: readonly string[],
    value: number,
    known: number,
    most: number,
    mayLose: boolean,
  ): string | null {
    const name = this.keys.join(" and ");
    if (new Set(texts).size > 1) return `a transaction is torn: ${name} are ${texts.join(" and ")}`;
    if (value > most) return `${name} is ${value}, and was raised to ${most} at most`;
    if (value < known && !mayLose) return `${name} was known to be ${known}; ${value} is served`;
    return null;
  }
}
