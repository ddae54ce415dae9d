/** A state graph with labelled edges, small enough in memory for hundreds of thousands of states. */
import assert from "node:assert/strict";
import type { TlaState } from "../../model/machine.ts";
import { canonical, parseValue, splitState } from "./value.ts";

/**
 * The values of variables met so far, each with a number, so that a state is a short text of
 * numbers whichever side it comes from. Both graphs of a comparison share one.
 */
export class States {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** TLC's text of a value to its number: the same texts come again and again. */
  readonly #printed = new Map<string, number>();
  /** The model's values are immutable and shared between states. */
  readonly #objects = new WeakMap<object, number>();
  #variables: readonly string[] | null = null;

  /** The key of a state of the model. */
  keyOf(state: TlaState): string {
    const names = Object.keys(state).sort();
    this.#sameVariables(names);
    return names.map((name) => this.#numberOf(state[name]!)).join(",");
  }

  /** The key of a state as TLC prints it. */
  keyOfText(text: string): string {
    const parts = splitState(text).sort(([a], [b]) => (a < b ? -1 : 1));
    this.#sameVariables(parts.map(([name]) => name));
    return parts.map(([, value]) => this.#numberOfText(value)).join(",");
  }

  /** The values of a state, in their canonical form, by the name of the variable. */
  describe(key: string): ReadonlyMap<string, string> {
    const texts = key.split(",").map((number) => this.#texts[Number(number)]!);
    return new Map(this.#variables!.map((name, index) => [name, texts[index]!]));
  }

  #numberOf(value: TlaState[string]): number {
    if (typeof value !== "object") return this.#intern(canonical(value));
    let number = this.#objects.get(value);
    if (number === undefined) {
      number = this.#intern(canonical(value));
      this.#objects.set(value, number);
    }
    return number;
  }

  #numberOfText(text: string): number {
    let number = this.#printed.get(text);
    if (number === undefined) {
      number = this.#intern(canonical(parseValue(text)));
      this.#printed.set(text, number);
    }
    return number;
  }

  #intern(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }

  #sameVariables(names: readonly string[]): void {
    this.#variables ??= names;
    if (names.join() === this.#variables.join()) return;
    throw new Error(`a state has the variables ${names}, another had ${this.#variables}`);
  }
}

/** An edge out of a state: the action's label and the state it leads to. */
export interface Edge {
  readonly label: string;
  readonly to: string;
}

/** States by key, and the set of their labelled edges. */
export class Graph {
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  /** For each state the edges out of it, as `label * 2^32 + state`; a set, once sealed. */
  readonly #edges: number[][] = [];
  readonly #labels: string[] = [];
  readonly #labelNumbers = new Map<string, number>();
  readonly #initial = new Set<string>();

  /** The keys of all states, in the order in which they were met. */
  get states(): readonly string[] {
    return this.#keys;
  }

  get initial(): ReadonlySet<string> {
    return this.#initial;
  }

  /** How many different edges there are. */
  get edgeCount(): number {
    return this.#edges.reduce((sum, edges) => sum + edges.length, 0);
  }

  /** The labels of all edges, each once. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  has(key: string): boolean {
    return this.#numbers.has(key);
  }

  addInitial(key: string): void {
    this.#numberOf(key);
    this.#initial.add(key);
  }

  addState(key: string): void {
    this.#numberOf(key);
  }

  /** Adds an edge; an edge that is there already is no second one. Self-loops are edges. */
  addEdge(from: string, label: string, to: string): void {
    const edges = this.#edges[this.#numberOf(from)]!;
    const edge = this.#labelOf(label) * 2 ** 32 + this.#numberOf(to);
    if (!edges.includes(edge)) edges.push(edge);
  }

  /** The edges out of a state, in the order of labels and then of the states they lead to. */
  *edgesOf(key: string): Iterable<Edge> {
    const number = this.#numbers.get(key);
    assert(number !== undefined, "the state is in the graph");
    for (const edge of this.#edges[number]!) {
      const label = Math.floor(edge / 2 ** 32);
      yield { label: this.#labels[label]!, to: this.#keys[edge - label * 2 ** 32]! };
    }
  }

  #numberOf(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#keys.length;
      this.#keys.push(key);
      this.#edges.push([]);
      this.#numbers.set(key, number);
    }
    return number;
  }

  #labelOf(label: string): number {
    let number = this.#labelNumbers.get(label);
    if (number === undefined) {
      number = this.#labels.length;
      this.#labels.push(label);
      this.#labelNumbers.set(label, number);
    }
    return number;
  }
}
