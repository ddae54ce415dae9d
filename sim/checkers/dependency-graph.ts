/**
 * Graphs of what has to come before what among transactions, and the cycles in them, named as by
 * Adya (Weak Consistency: A Generalized Theory and Optimistic Implementations, 1999).
 */

/**
 * Why one transaction comes before another: it wrote the version before the other's (`ww`), wrote
 * what the other read (`wr`), read the version before the other's (`rw`), or had ended before the
 * other began (`rt`).
 */
export type DependencyKind = "ww" | "wr" | "rw" | "rt";

/** One edge, with the reason for people. */
export interface Dependency {
  readonly from: number;
  readonly to: number;
  readonly kind: DependencyKind;
  readonly why: string;
}

/** A cycle: each dependency's end is the next one's beginning. */
export interface Cycle {
  /** The anomaly, as in `G-single`. */
  readonly anomaly: string;
  readonly dependencies: readonly Dependency[];
}

const WITHOUT_TIME: readonly (readonly [string, readonly DependencyKind[]])[] = [
  ["G0", ["ww"]],
  ["G1c", ["ww", "wr"]],
  ["G-single", ["ww", "wr"]],
  ["G2", ["ww", "wr", "rw"]],
];

/** Dependencies between nodes, which are small numbers from 0 on. */
export class DependencyGraph {
  readonly #out: Dependency[][] = [];

  /** Adds a dependency; one of a node on itself is none. */
  add(from: number, to: number, kind: DependencyKind, why: string): void {
    if (from === to) return;
    while (this.#out.length <= Math.max(from, to)) this.#out.push([]);
    this.#out[from]!.push({ from, to, kind, why });
  }

  /** The gravest cycle that there is: those that need no real time come first. */
  worstCycle(): Cycle | null {
    if (this.#component(() => true) === null) return null;
    for (const time of [false, true]) {
      for (const [name, kinds] of WITHOUT_TIME) {
        const allowed = new Set<DependencyKind>(time ? [...kinds, "rt"] : kinds);
        const dependencies =
          name === "G-single" ? this.#singleCycle(allowed) : this.#anyCycle(allowed);
        if (dependencies === null) continue;
        return { anomaly: time ? `${name}-realtime` : name, dependencies };
      }
    }
    return null;
  }

  #anyCycle(allowed: ReadonlySet<DependencyKind>): readonly Dependency[] | null {
    const members = this.#component(({ kind }) => allowed.has(kind));
    if (members === null) return null;
    const inside = ({ kind, to }: Dependency) => allowed.has(kind) && members.has(to);
    const [start] = members;
    for (const first of this.#out[start!]!.filter(inside)) {
      const back = this.#path(first.to, first.from, inside);
      if (back !== null) return [first, ...back];
    }
    return null;
  }

  /** A cycle with exactly one `rw`. */
  #singleCycle(allowed: ReadonlySet<DependencyKind>): readonly Dependency[] | null {
    for (const first of this.#out.flat()) {
      if (first.kind !== "rw") continue;
      const back = this.#path(first.to, first.from, ({ kind }) => allowed.has(kind));
      if (back !== null) return [first, ...back];
    }
    return null;
  }

  /** A shortest path. */
  #path(
    from: number,
    to: number,
    allowed: (dependency: Dependency) => boolean,
  ): readonly Dependency[] | null {
    const cameBy = new Map<number, Dependency | null>([[from, null]]);
    for (const node of cameBy.keys()) {
      if (node === to) return walkBack(cameBy, to);
      for (const dependency of this.#out[node]!) {
        if (!allowed(dependency) || cameBy.has(dependency.to)) continue;
        cameBy.set(dependency.to, dependency);
      }
    }
    return null;
  }

  #component(allowed: (dependency: Dependency) => boolean): ReadonlySet<number> | null {
    return new ComponentSearch(this.#out, allowed).run();
  }
}

/** Looks for a strongly connected component of more than one node (Tarjan, 1972). */
class ComponentSearch {
  readonly #out: readonly (readonly Dependency[])[];
  readonly #allowed: (dependency: Dependency) => boolean;
  /** When each node was first visited, and the earliest on the path that it leads back to. */
  readonly #visitedAt: number[] = [];
  readonly #low: number[] = [];
  readonly #path: number[] = [];
  readonly #onPath = new Set<number>();
  /** The nodes being visited, each with its next edge: a recursion without its depth limit. */
  readonly #calls: { readonly node: number; edge: number }[] = [];
  #visited = 0;

  constructor(
    out: readonly (readonly Dependency[])[],
    allowed: (dependency: Dependency) => boolean,
  ) {
    this.#out = out;
    this.#allowed = allowed;
  }

  run(): ReadonlySet<number> | null {
    for (const root of this.#out.keys()) {
      if (this.#visitedAt[root] === undefined) this.#enter(root);
      while (this.#calls.length > 0) {
        const component = this.#step(this.#calls.at(-1)!);
        if (component !== null) return component;
      }
    }
    return null;
  }

  #enter(node: number): void {
    this.#visitedAt[node] = this.#visited;
    this.#low[node] = this.#visited;
    this.#visited += 1;
    this.#path.push(node);
    this.#onPath.add(node);
    this.#calls.push({ node, edge: 0 });
  }

  #step(call: { readonly node: number; edge: number }): ReadonlySet<number> | null {
    const dependency = this.#out[call.node]![call.edge];
    if (dependency === undefined) return this.#leave(call.node);
    call.edge += 1;
    if (!this.#allowed(dependency)) return null;
    const { to } = dependency;
    if (this.#visitedAt[to] === undefined) this.#enter(to);
    else if (this.#onPath.has(to)) this.#lower(call.node, this.#visitedAt[to]);
    return null;
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node]!, to);
  }

  #leave(node: number): ReadonlySet<number> | null {
    this.#calls.pop();
    const parent = this.#calls.at(-1);
    if (parent !== undefined) this.#lower(parent.node, this.#low[node]!);
    if (this.#low[node] !== this.#visitedAt[node]) return null;
    const members = this.#path.splice(this.#path.lastIndexOf(node));
    for (const member of members) this.#onPath.delete(member);
    return members.length > 1 ? new Set(members) : null;
  }
}

function walkBack(
  cameBy: ReadonlyMap<number, Dependency | null>,
  to: number,
): readonly Dependency[] {
  const path: Dependency[] = [];
  for (let step = cameBy.get(to); step !== undefined && step !== null; step = cameBy.get(step.from))
    path.unshift(step);
  return path;
}
