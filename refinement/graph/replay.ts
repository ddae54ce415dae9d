/** Replays a behaviour of a specification on its model. */
import type { Machine, TlaState } from "../../model/machine.ts";
import { labelOf } from "./explore.ts";
import { canonical } from "./value.ts";

/** A step of a behaviour: the action's label, null for the initial state, and the state after it. */
export interface Step {
  readonly action: string | null;
  readonly state: TlaState;
}

/**
 * Takes the model through the steps.
 *
 * @returns the number (from 1) of the first step that the model does not have, or null when the
 *   behaviour is one of the model
 */
export function replay<State>(machine: Machine<State>, steps: readonly Step[]): number | null {
  let current: State | undefined;
  for (const [index, { action, state }] of steps.entries()) {
    const wanted = canonical(state);
    const candidates: readonly State[] =
      current === undefined
        ? machine.initial()
        : machine.actions
            .filter((entry) => labelOf(entry) === action)
            .flatMap((entry) => entry.successors(current!));
    current = candidates.find((candidate) => canonical(machine.encode(candidate)) === wanted);
    if (current === undefined) return index + 1;
  }
  return null;
}
