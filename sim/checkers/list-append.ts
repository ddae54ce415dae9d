/**
 * Strict serializability of transactions that append to lists and read them, judged by the graph
 * of their dependencies, as Elle does (Kingsbury and Alvaro, Elle: Inferring Isolation Anomalies
 * from Experimental Observations, 2020). A list that was read tells who wrote it and in which
 * order, so that the order of versions is known and not guessed. Time and space grow with the
 * history, not with its concurrency.
 */
import { strict as assert } from "node:assert";
import { type Cycle, DependencyGraph } from "./dependency-graph.ts";
import {
  type Broken,
  broken,
  HOLDS,
  type History as RecordedHistory,
  type Verdict,
} from "./history.ts";

/** A list's name. */
export type ListKey = string | number;

/** An append of a value that is appended to that list only once, or a read with what it saw. */
export type ListOp =
  | readonly ["append", ListKey, number]
  | readonly ["r", ListKey, readonly number[] | null];

/** A transaction. The reads of one that is not known to be committed are not looked at. */
export interface ListTransaction {
  readonly id: number;
  readonly session: number;
  readonly ops: readonly ListOp[];
  readonly invokedAt: number;
  readonly outcome:
    | { readonly _tag: "Committed"; readonly at: number }
    | { readonly _tag: "Aborted"; readonly at: number }
    | { readonly _tag: "Unknown" };
}

/** A recorded history as transactions: one that returned is committed, its result is its steps. */
export function listTransactions(
  history: RecordedHistory<readonly ListOp[], readonly ListOp[]>,
): readonly ListTransaction[] {
  return history.map(({ id, session, op, invokedAt, outcome }) => {
    if (outcome._tag === "Unknown") {
      return { id, session, ops: op, invokedAt, outcome: { _tag: "Unknown" } };
    }
    const { at, result } = outcome;
    return { id, session, ops: result, invokedAt, outcome: { _tag: "Committed", at } };
  });
}

type History = readonly ListTransaction[];

const GUARANTEE = "strict serializability of list-append";

/** Judges a history of list-append transactions. */
export function checkListAppend(history: readonly ListTransaction[]): Verdict {
  const versions = new Versions(history);
  for (const transaction of history) {
    if (transaction.outcome._tag !== "Committed") continue;
    const anomaly = internalAnomaly(transaction) ?? versions.readAnomaly(transaction);
    if (anomaly !== null) return anomaly;
  }
  const cycle = dependencies(history, versions).worstCycle();
  return cycle === null ? HOLDS : cycleAnomaly(cycle, history);
}

function anomaly(name: string, what: string, transactions: readonly ListTransaction[]): Broken {
  const ids = transactions.map(({ id }) => id);
  return broken(GUARANTEE, `${name}: ${what}`, ids, transactions.map(describe));
}

function describe({ id, session, ops, outcome }: ListTransaction): string {
  const parts = ops.map(([name, key, value]) => {
    return name === "r" ? `${key} is ${JSON.stringify(value)}` : `${key} << ${value}`;
  });
  return `  ${id} of session ${session}, ${outcome._tag.toLowerCase()}: ${parts.join("; ")}`;
}

/** Whether a transaction's reads agree with what it had itself read and appended before. */
function internalAnomaly(transaction: ListTransaction): Broken | null {
  const known = new Map<ListKey, { readonly whole: boolean; readonly list: readonly number[] }>();
  for (const op of transaction.ops) {
    const [name, key, value] = op;
    const { whole, list } = known.get(key) ?? { whole: false, list: [] };
    if (name === "append") {
      known.set(key, { whole, list: [...list, value] });
      continue;
    }
    assert(value !== null, `transaction ${transaction.id} committed without what it read`);
    const end = value.slice(value.length - list.length);
    const agrees = (!whole || value.length === list.length) && sameList(end, list);
    if (!agrees || value.length < list.length) {
      return anomaly("internal", `${transaction.id} does not see its own past`, [transaction]);
    }
    known.set(key, { whole: true, list: value });
  }
  return null;
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}

/** One list's values in the order in which they were appended, as far as anyone has seen. */
interface Version {
  list: readonly number[];
  /** Who has seen all of it. */
  reader: ListTransaction | null;
  /** Who appended each value. */
  readonly writers: Map<number, ListTransaction>;
}

/** The versions of all lists. */
class Versions {
  readonly #byKey = new Map<ListKey, Version>();
  /** What took effect: transactions that committed, and others whose appends were seen. */
  readonly #happened = new Set<ListTransaction>();

  constructor(history: History) {
    for (const transaction of history) {
      for (const op of transaction.ops) this.#note(transaction, op);
      if (transaction.outcome._tag === "Committed") this.#happened.add(transaction);
    }
    for (const { list, writers } of this.#byKey.values()) {
      for (const value of list) {
        const writer = writers.get(value);
        if (writer !== undefined) this.#happened.add(writer);
      }
    }
  }

  #note(transaction: ListTransaction, [name, key, value]: ListOp): void {
    const version = this.of(key);
    if (name === "append") {
      assert(!version.writers.has(value), `${value} is appended to ${key} twice`);
      version.writers.set(value, transaction);
    } else if (transaction.outcome._tag === "Committed" && value !== null) {
      if (value.length <= version.list.length) return;
      version.list = value;
      version.reader = transaction;
    }
  }

  /** One list. */
  of(key: ListKey): Version {
    let version = this.#byKey.get(key);
    if (version === undefined) {
      version = { list: [], reader: null, writers: new Map() };
      this.#byKey.set(key, version);
    }
    return version;
  }

  /** All lists. */
  entries(): Iterable<[ListKey, Version]> {
    return this.#byKey.entries();
  }

  /** Who appended what comes next after the first `length` values: all that nobody saw come last. */
  next({ list, writers }: Version, length: number): [ListTransaction, number][] {
    const next = list[length];
    if (next !== undefined) return [[writers.get(next)!, next]];
    const seen = new Set(list);
    return [...writers]
      .filter(([value, writer]) => !seen.has(value) && this.#happened.has(writer))
      .map(([value, writer]) => [writer, value]);
  }

  /** What is wrong with a transaction's reads by themselves. */
  readAnomaly(transaction: ListTransaction): Broken | null {
    for (const [name, key, value] of transaction.ops) {
      if (name !== "r" || value === null) continue;
      const found = this.#listAnomaly(transaction, key, value);
      if (found !== null) return found;
    }
    return null;
  }

  #listAnomaly(by: ListTransaction, key: ListKey, list: readonly number[]): Broken | null {
    const version = this.of(key);
    if (new Set(list).size < list.length) {
      return anomaly("duplicate", `${by.id} sees a value of ${key} twice`, [by]);
    }
    if (!sameList(list, version.list.slice(0, list.length))) {
      const readers = [by, version.reader!];
      return anomaly("incompatible order", `two reads of ${key} disagree`, readers);
    }
    for (const value of list) {
      const writer = version.writers.get(value);
      if (writer === undefined) {
        return anomaly("phantom", `nobody appended the ${value} of ${key}`, [by]);
      }
      if (writer.outcome._tag === "Aborted") {
        return anomaly("G1a", `${by.id} reads what ${writer.id} aborted`, [by, writer]);
      }
    }
    return this.#intermediate(by, key, list) ?? this.#torn(by, key, list);
  }

  /** A read that ends within what another transaction appended. */
  #intermediate(by: ListTransaction, key: ListKey, list: readonly number[]): Broken | null {
    const last = list.at(-1);
    const writer = last === undefined ? undefined : this.of(key).writers.get(last);
    if (writer === undefined || writer === by) return null;
    const final = writer.ops.findLast(([name, other]) => name === "append" && other === key);
    if (final?.[2] === last) return null;
    return anomaly("G1b", `${by.id} reads the middle of ${writer.id}`, [by, writer]);
  }

  /** A read that has an append of a transaction without the one that the transaction made before. */
  #torn(by: ListTransaction, key: ListKey, list: readonly number[]): Broken | null {
    for (const [at, value] of list.entries()) {
      const writer = this.of(key).writers.get(value)!;
      const appends = writer.ops.filter(([name, other]) => name === "append" && other === key);
      const before = appends[appends.findIndex((op) => op[2] === value) - 1]?.[2];
      if (before === undefined || before === null) continue;
      if (list.slice(0, at).some((earlier) => earlier === before)) continue;
      return anomaly("torn", `${by.id} reads ${writer.id} without its beginning`, [by, writer]);
    }
    return null;
  }
}

/** The graph; transactions are numbered by their place in the history. */
function dependencies(history: History, versions: Versions): DependencyGraph {
  const graph = new DependencyGraph();
  const place = new Map(history.map((transaction, at) => [transaction, at]));
  const at = (transaction: ListTransaction): number => place.get(transaction)!;
  for (const [key, version] of versions.entries()) {
    for (const [from, to, why] of versionOrder(versions, key, version))
      graph.add(at(from), at(to), "ww", why);
  }
  for (const transaction of history) {
    if (transaction.outcome._tag !== "Committed") continue;
    for (const [name, key, list] of transaction.ops) {
      if (name !== "r" || list === null) continue;
      const version = versions.of(key);
      const last = list.findLast((value) => version.writers.get(value) !== transaction);
      if (last !== undefined) {
        const why = `reads its ${last} of ${key}`;
        graph.add(at(version.writers.get(last)!), at(transaction), "wr", why);
      }
      for (const [writer, value] of versions.next(version, list.length)) {
        const why = `appends ${value} to ${key}, which the former had not seen`;
        graph.add(at(transaction), at(writer), "rw", why);
      }
    }
  }
  addRealTime(graph, history);
  return graph;
}

/** Each value's writer comes before the next value's. */
function versionOrder(
  versions: Versions,
  key: ListKey,
  version: Version,
): [ListTransaction, ListTransaction, string][] {
  const { list, writers } = version;
  const edges: [ListTransaction, ListTransaction, string][] = [];
  for (const [at, value] of list.entries()) {
    for (const [next, later] of versions.next(version, at + 1)) {
      edges.push([writers.get(value)!, next, `appends ${later} to ${key} after its ${value}`]);
    }
  }
  return edges;
}

/**
 * Real time, with a number of edges that is linear: the returns are a chain of moments, each
 * transaction leads to the moment of its return, and the last moment before an invocation to it.
 */
function addRealTime(graph: DependencyGraph, history: History): void {
  const returns = [...history.entries()].flatMap(([at, { outcome }]) =>
    outcome._tag === "Committed" ? [{ at, moment: outcome.at }] : [],
  );
  returns.sort((a, b) => a.moment - b.moment);
  const invocations = [...history.entries()].sort(([, a], [, b]) => a.invokedAt - b.invokedAt);
  let passed = 0;
  for (const [to, { invokedAt }] of invocations) {
    for (; passed < returns.length && returns[passed]!.moment < invokedAt; passed += 1) {
      const moment = history.length + passed;
      graph.add(returns[passed]!.at, moment, "rt", "");
      if (passed > 0) graph.add(moment - 1, moment, "rt", "");
    }
    if (passed > 0) graph.add(history.length + passed - 1, to, "rt", "");
  }
}

function cycleAnomaly({ anomaly: name, dependencies }: Cycle, history: History): Broken {
  // Begin at a transaction, not at a moment.
  const first = dependencies.findIndex(({ from }) => from < history.length);
  const cycle = [...dependencies.slice(first), ...dependencies.slice(0, first)];
  const members: ListTransaction[] = [];
  const lines: string[] = [];
  for (const { from, to, why } of cycle) {
    const transaction = history[from];
    if (transaction !== undefined) members.push(transaction);
    const next = history[to];
    if (next === undefined) continue;
    const reason = why === "" ? "began after the former's end" : why;
    lines.push(`  ${members.at(-1)!.id} < ${next.id}: ${next.id} ${reason}`);
  }
  const ids = members.map(({ id }) => id);
  const what = `${name}: each of ${ids.join(", ")} comes before the next, and the last before the first`;
  return broken(GUARANTEE, what, ids, [...members.map(describe), ...lines]);
}
