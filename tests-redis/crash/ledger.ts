/**
 * What clients know: which writes they sent, which were acknowledged, which values they were
 * shown; and the judgement on what a server serves after a crash.
 *
 * Each writer has keys of its own and numbers its writes, so that what is served tells how many of
 * them it contains. The log is one sequence: of each writer's writes a beginning must be there,
 * and with a write everything that its sender had seen before it. Nothing acknowledged or shown
 * may be missing, unless the judge allows for what a policy may lose.
 */

import { Counter } from "./counter.ts";
import type { Evidence, Loss, Served } from "./evidence.ts";

/** One write: the values that it gives to keys, all or none; null where it removes the key. */
export interface Write {
  readonly number: number;
  readonly values: ReadonlyMap<string, string | null>;
  /** For each writer the highest number of its writes that the sender had seen. */
  readonly seen: ReadonlyMap<string, number>;
}

/** What one judgement found. */
export interface Judgement {
  /** What is wrong, in words; empty when nothing is. */
  readonly wrongs: readonly string[];
  /** Acknowledged or shown writes that are missing. */
  readonly lost: number;
  /** Milliseconds from the first to the last of them, as their clients saw it. */
  readonly lostSpanMs: number;
  /** Writes whose outcome was unknown, and those of them that are there. */
  readonly unknown: number;
  readonly unknownServed: number;
}

/**
 * How much may be lost of what was acknowledged or shown. A judge is given any number of them, and
 * what is lost must be allowed by each.
 */
export type Allowance =
  /** Nothing that its client learned before `untilMs`. */
  | { readonly lose: "nothing"; readonly untilMs?: number }
  /**
   * Of what was learned before `untilMs` no more than was acknowledged within `spanMs`; what was
   * learned before `fromMs` counts as of then.
   */
  | {
      readonly lose: "span";
      readonly spanMs: number;
      readonly fromMs?: number;
      readonly untilMs?: number;
    };

/** One writer's history since the last judgement. */
class Writer {
  readonly name: string;
  /** The values of its keys before the first of `writes`. */
  base: Map<string, string | null>;
  writes: Write[] = [];
  /** By number: that a write happened. */
  readonly evidence = new Map<number, Evidence>();
  /** The number before the first of `writes`. */
  start = 0;

  constructor(name: string, keys: readonly string[]) {
    this.name = name;
    this.base = new Map(keys.map((key) => [key, null]));
  }

  get sent(): number {
    return this.start + this.writes.length;
  }

  /** The numbers of writes that its clients know of and of which none may be lost. */
  kept(allowances: readonly Allowance[]): readonly number[] {
    return [...this.evidence]
      .filter(([, evidence]) => allowances.some((one) => !allows(one, evidence)))
      .map(([number]) => number);
  }

  /** The numbers of writes after which exactly what is served is there, ascending. */
  matching(served: Served): readonly number[] {
    const values = new Map(this.base);
    const isServed = (key: string): boolean => (served.get(key) ?? null) === values.get(key);
    const differing = new Set([...values.keys()].filter((key) => !isServed(key)));
    const found = differing.size === 0 ? [this.start] : [];
    for (const write of this.writes) {
      for (const [key, value] of write.values) {
        values.set(key, value);
        if (isServed(key)) differing.delete(key);
        else differing.add(key);
      }
      if (differing.size === 0) found.push(write.number);
    }
    return found;
  }
}

/** All that the clients of one server know. */
export class Ledger {
  readonly #writers = new Map<string, Writer>();
  readonly #counters: Counter[] = [];

  /** Adds a writer, whose keys nobody else writes. They are absent now. */
  addWriter(name: string, keys: readonly string[]): void {
    this.#writers.set(name, new Writer(name, keys));
  }

  /** Adds a number that everybody raises. Its keys are absent now. */
  addCounter(keys: readonly string[]): Counter {
    const counter = new Counter(keys);
    this.#counters.push(counter);
    return counter;
  }

  /** All keys, in a fixed order. */
  get keys(): readonly string[] {
    return [
      ...[...this.#writers.values()].flatMap((writer) => [...writer.base.keys()]),
      ...this.#counters.flatMap((counter) => counter.keys),
    ];
  }

  /** A write is about to be sent; returns its number, counted from 1 over the writer's life. */
  send(
    name: string,
    values: ReadonlyMap<string, string | null>,
    seen: ReadonlyMap<string, number>,
  ): number {
    const writer = this.#writer(name);
    const number = writer.sent + 1;
    writer.writes.push({ number, values, seen });
    return number;
  }

  /** A reply acknowledged a write, or showed its value. */
  learn(name: string, number: number, evidence: Evidence): void {
    const known = this.#writer(name).evidence;
    if (!known.has(number)) known.set(number, evidence);
  }

  /** The value of a writer's key after a number of its writes. */
  valueAfter(name: string, number: number, key: string): string | null {
    const writer = this.#writer(name);
    for (let at = number - writer.start - 1; at >= 0; at--) {
      const value = writer.writes[at]?.values.get(key);
      if (value !== undefined) return value;
    }
    return writer.base.get(key) ?? null;
  }

  /**
   * Judges what is served after a crash; from then on that is what the clients know.
   *
   * @param allowances where there are none, all may be lost
   */
  judge(served: Served, allowances: readonly Allowance[]): Judgement {
    const wrongs: string[] = [];
    const lost: Loss[] = [];
    const bounds = new Map<string, { readonly least: number; readonly most: number }>();
    let unknown = 0;
    let unknownServed = 0;
    for (const writer of this.#writers.values()) {
      const matching = writer.matching(served);
      const most = matching.at(-1);
      if (most === undefined) {
        wrongs.push(`no number of ${writer.name}'s writes explains ${describe(writer, served)}`);
        continue;
      }
      const known = Math.max(writer.start, ...writer.evidence.keys());
      const kept = Math.max(writer.start, ...writer.kept(allowances));
      // One that may be lost and changes nothing, such as a second removal, need not be there.
      const least = matching.find((number) => number >= kept) ?? most;
      bounds.set(writer.name, { least, most });
      for (const [number, evidence] of writer.evidence) {
        if (number <= most) continue;
        const wrong = `${writer.name}'s write ${number} was acknowledged or shown; ${most} is served`;
        lost.push({ whose: writer.name, number, evidence, wrong });
      }
      unknown += Math.max(0, writer.sent - known);
      unknownServed += Math.max(0, most - known);
    }
    wrongs.push(...this.#uncaused(bounds));
    for (const counter of this.#counters) {
      const judgement = counter.judge(served);
      if (judgement.wrong !== null) wrongs.push(judgement.wrong);
      lost.push(...judgement.lost);
    }
    for (const allowance of allowances) wrongs.push(...forbidden(lost, allowance));
    wrongs.push(...this.#strange(served));
    this.#begin(served);
    const lostSpanMs = Math.max(0, spanOf(lost));
    return { wrongs, lost: lost.length, lostSpanMs, unknown, unknownServed };
  }

  /** Keys that nobody has ever written. */
  #strange(served: Served): readonly string[] {
    const known = new Set(this.keys);
    const strange = [...served.keys()].filter((key) => !known.has(key));
    return strange.slice(0, MAX_WRONGS).map((key) => `nobody wrote ${key}, which is served`);
  }

  /** Writes that are there although something that their sender had seen before is not. */
  #uncaused(bounds: ReadonlyMap<string, { readonly least: number; readonly most: number }>) {
    const wrongs: string[] = [];
    for (const [name, { least }] of bounds) {
      for (const { number, seen } of this.#writer(name).writes) {
        if (number > least) break;
        for (const [other, count] of seen) {
          const there = bounds.get(other)?.most ?? count;
          if (there >= count) continue;
          wrongs.push(
            `${name}'s write ${number} is there; ${other}'s write ${count}, seen before, is not`,
          );
        }
      }
    }
    return wrongs.slice(0, MAX_WRONGS);
  }

  #begin(served: Served): void {
    for (const writer of this.#writers.values()) {
      writer.start = writer.sent;
      writer.writes = [];
      writer.evidence.clear();
      for (const key of writer.base.keys()) writer.base.set(key, served.get(key) ?? null);
    }
  }

  #writer(name: string): Writer {
    const writer = this.#writers.get(name);
    if (writer === undefined) throw new Error(`no writer is called ${name}`);
    return writer;
  }
}

const MAX_WRONGS = 5;
const MAX_SHOWN_CHARS = 60;

/** Whether it may be lost that a client was told of a write, other losses aside. */
function allows(allowance: Allowance, { atMs }: Evidence): boolean {
  return allowance.lose !== "nothing" || atMs >= (allowance.untilMs ?? Number.POSITIVE_INFINITY);
}

/** What is wrong with losses, given that so much may be lost. */
function forbidden(lost: readonly Loss[], allowance: Allowance): readonly string[] {
  if (allowance.lose === "nothing") {
    const worst = new Map<string, Loss>();
    for (const loss of lost) {
      if (allows(allowance, loss.evidence)) continue;
      if (loss.number > (worst.get(loss.whose)?.number ?? 0)) worst.set(loss.whose, loss);
    }
    return [...worst.values()].map(({ wrong }) => wrong);
  }
  const { fromMs, untilMs = Number.POSITIVE_INFINITY } = allowance;
  const spanMs = spanOf(
    lost.filter(({ evidence }) => evidence.atMs < untilMs),
    fromMs,
  );
  if (spanMs <= allowance.spanMs) return [];
  return [`acknowledged writes of ${Math.round(spanMs)} ms are lost`];
}

/** From the first of them, or `fromMs` where that is later, to the last; as their clients saw it. */
function spanOf(lost: readonly Loss[], fromMs = Number.NEGATIVE_INFINITY): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { evidence } of lost) {
    first = Math.min(first, Math.max(evidence.atMs, fromMs));
    last = Math.max(last, evidence.askedMs);
  }
  return last - first;
}

function describe(writer: Writer, served: Served): string {
  const values = [...writer.base.keys()].map((key) => {
    const value = served.get(key) ?? "(nil)";
    return `${key}=${value.length > MAX_SHOWN_CHARS ? `…${value.slice(-MAX_SHOWN_CHARS)}` : value}`;
  });
  return values.join(" ");
}
