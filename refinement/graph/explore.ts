/** Explores a model breadth-first. */
import type { Machine } from "../../model/machine.ts";
import { Graph, type States } from "./graph.ts";

/** The label of an action's edges. */
export function labelOf(action: {
  readonly action: { readonly name: string };
  readonly label?: string;
}): string {
  return action.label ?? action.action.name;
}

/**
 * The graph of every state that the machine reaches.
 *
 * @param limit the most states to visit: a model without bounds is an error, not an endless run
 */
export function explore<State>(machine: Machine<State>, states: States, limit: number): Graph {
  const graph = new Graph();
  let frontier: [key: string, state: State][] = [];
  for (const state of machine.initial()) {
    const key = states.keyOf(machine.encode(state));
    if (!graph.has(key)) frontier.push([key, state]);
    graph.addInitial(key);
  }
  while (frontier.length > 0) {
    const next: [key: string, state: State][] = [];
    for (const [key, state] of frontier) {
      for (const action of machine.actions) {
        for (const successor of action.successors(state)) {
          const to = states.keyOf(machine.encode(successor));
          if (!graph.has(to)) next.push([to, successor]);
          graph.addEdge(key, labelOf(action), to);
        }
      }
    }
    if (graph.states.length > limit) throw new Error(`the model has more than ${limit} states`);
    frontier = next;
  }
  return graph;
}
