/**
 * Linearizability: each operation seems to take effect at one moment between its invocation and
 * its return (Herlihy and Wing, 1990). An operation whose outcome is unknown takes effect at one
 * moment after its invocation, or never.
 */
import { assertHistory, type Broken, broken, type History, type Undecided } from "./history.ts";
import { LinearSearch, type SearchResult } from "./linear-search.ts";
import { type SequentialModel, UNKNOWN } from "./sequential-model.ts";

/** What the checker found: with a legal order for each partition where there is one. */
export type Linearization =
  | {
      readonly _tag: "Holds";
      /** Ids in a legal order, by partition. Unknown ones that need not have happened are absent. */
      readonly orders: ReadonlyMap<string, readonly number[]>;
      /** Configurations that were looked at. */
      readonly states: number;
    }
  | Broken
  | Undecided;

/** How to judge. */
export interface LinearizabilityOptions<State> {
  /** Configurations to look at in each partition before giving up. */
  readonly maxStates?: number;
  /** Where the history starts; the model's initial state unless given. */
  readonly initial?: State;
  /** The name in the verdict. */
  readonly guarantee?: string;
}

const MAX_STATES = 1_000_000;
/** Histories longer than this are explained without being made shorter first. */
const MAX_SHORTENED = 400;
const MAX_SHORTEN_STATES = 20_000;
const MAX_LINES = 40;

/** Judges a history, partition by partition. */
export function checkLinearizability<State, Op, Result>(
  model: SequentialModel<State, Op, Result>,
  history: History<Op, Result>,
  options: LinearizabilityOptions<State> = {},
): Linearization {
  assertHistory(history);
  const { maxStates = MAX_STATES, initial = model.initial } = options;
  const orders = new Map<string, readonly number[]>();
  let states = 0;
  let undecided: Undecided | null = null;
  for (const [partition, part] of partitions(model, history)) {
    const result = new LinearSearch(model, part, initial, maxStates).run();
    states += result.states;
    if (result._tag === "None") {
      const explain = new Explanation(model, initial, options.guarantee ?? "linearizability");
      return explain.violation(partition, part, result);
    }
    if (result._tag === "Limit") {
      const where = partition === "" ? "" : ` of ${partition}`;
      undecided ??= {
        _tag: "Undecided",
        why: `no verdict after ${result.states} configurations${where}`,
      };
    } else {
      const order = result.order.map((index) => part[index]!.id);
      orders.set(partition, order);
    }
  }
  return undecided ?? { _tag: "Holds", orders, states };
}

function partitions<State, Op, Result>(
  model: SequentialModel<State, Op, Result>,
  history: History<Op, Result>,
): ReadonlyMap<string, History<Op, Result>> {
  if (model.partition === undefined) return new Map([["", history]]);
  return Map.groupBy(history, ({ op }) => model.partition!(op));
}

type None = Extract<SearchResult, { _tag: "None" }>;

/** Tells people why a history has no legal order. */
class Explanation<State, Op, Result> {
  readonly #model: SequentialModel<State, Op, Result>;
  readonly #initial: State;
  readonly #guarantee: string;

  constructor(model: SequentialModel<State, Op, Result>, initial: State, guarantee: string) {
    this.#model = model;
    this.#initial = initial;
    this.#guarantee = guarantee;
  }

  violation(partition: string, history: History<Op, Result>, none: None): Broken {
    const [short, result] = this.#shorten(history, none);
    const culprit = short[result.culprit]!;
    const where = partition === "" ? "" : ` on ${partition}`;
    const what = `no order of the operations${where} explains ${this.#line(culprit)}`;
    const lines = [
      "the operations:",
      ...tail([...short].sort((a, b) => a.invokedAt - b.invokedAt).map((o) => this.#timed(o))),
      "the longest order, with the state after each:",
      ...tail(this.#steps(short, result.order)),
    ];
    const ids = short.map(({ id }) => id);
    return broken(this.#guarantee, what, ids, lines);
  }

  /** Leaves out what is not needed: what came later, then each read without which no order exists. */
  #shorten(history: History<Op, Result>, none: None): [History<Op, Result>, None] {
    const end = history[none.culprit]!.outcome;
    const endAt = end._tag === "Returned" ? end.at : end.until;
    const earlier = history.filter(({ invokedAt }) => invokedAt <= endAt);
    const result = this.#without(earlier);
    if (result === null || earlier.length > MAX_SHORTENED) return [history, none];
    let short: [History<Op, Result>, None] = [earlier, result];
    for (const operation of earlier) {
      if (this.#model.reads?.(operation.op) !== true) continue;
      const rest = short[0].filter((other) => other !== operation);
      const still = this.#without(rest);
      if (still !== null) short = [rest, still];
    }
    return short;
  }

  #without(history: History<Op, Result>): None | null {
    const search = new LinearSearch(this.#model, history, this.#initial, MAX_SHORTEN_STATES);
    const result = search.run();
    return result._tag === "None" ? result : null;
  }

  #line({ id, session, op, outcome }: History<Op, Result>[number]): string {
    const seen = outcome._tag === "Returned" ? outcome.result : UNKNOWN;
    return `${this.#model.describe(op, seen)} (operation ${id} of session ${session})`;
  }

  #timed(operation: History<Op, Result>[number]): string {
    const { invokedAt, outcome } = operation;
    const end = outcome._tag === "Returned" ? outcome.at : `unknown until ${outcome.until}`;
    return `  [${invokedAt}, ${end}] ${this.#line(operation)}`;
  }

  #steps(history: History<Op, Result>, order: readonly number[]): string[] {
    let state = this.#initial;
    const lines = [`  start: ${this.#model.key(state)}`];
    for (const index of order) {
      const operation = history[index]!;
      const { outcome } = operation;
      const seen = outcome._tag === "Returned" ? outcome.result : UNKNOWN;
      state = this.#model.step(state, operation.op, seen) ?? state;
      lines.push(`  ${this.#line(operation)}: ${this.#model.key(state)}`);
    }
    return lines;
  }
}

function tail(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines;
  const left = lines.length - MAX_LINES;
  return [`  … ${left} before`, ...lines.slice(left)];
}
