/** Numbers that every client raises by one: what they know of them, and what may be served. */
import type { Evidence, Loss, Served } from "./evidence.ts";

/** What one judgement found: a wrong in words, if any, and what is missing. */
export interface CounterJudgement {
  readonly wrong: string | null;
  readonly lost: readonly Loss[];
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
  judge(served: Served): CounterJudgement {
    const texts = this.keys.map((key) => served.get(key) ?? "0");
    const value = Number(texts[0]);
    const most = this.#start + this.#attempts;
    const whose = this.keys.join(" and ");
    const lost = [...this.#evidence]
      .filter(([one]) => one > value)
      .map(([number, evidence]) => ({
        whose,
        number,
        evidence,
        wrong: `${whose} was known to be ${number}; ${value} is served`,
      }));
    const wrong =
      value < this.#start ? `${whose} lasted as ${this.#start}; ${value} is served` : null;
    this.#start = value;
    this.#attempts = 0;
    this.#evidence.clear();
    return { wrong: wrong ?? impossible(whose, texts, value, most), lost };
  }
}

function impossible(
  whose: string,
  texts: readonly string[],
  value: number,
  most: number,
): string | null {
  if (new Set(texts).size > 1) return `a transaction is torn: ${whose} are ${texts.join(" and ")}`;
  return value > most ? `${whose} is ${value}, and was raised to ${most} at most` : null;
}
