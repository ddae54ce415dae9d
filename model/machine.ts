/**
 * What a model of a protocol looks like from outside: a state machine whose states can be written
 * as TLA+ values, so that its graph can be compared with the one that TLC explores.
 */

/** A constant of a specification that equals nothing but itself, as in `CONSTANT NULL = NULL`. */
export class ModelValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const modelValues = new Map<string, ModelValue>();

/** The model value of a name: the same object whenever the name is the same. */
export function modelValue(name: string): ModelValue {
  let value = modelValues.get(name);
  if (value === undefined) {
    value = new ModelValue(name);
    modelValues.set(name, value);
  }
  return value;
}

/**
 * A value of TLA+. Numbers are integers. Sets and functions are compared by value, whatever the
 * order of their elements; a function from 1..n is a sequence, a function from strings a record,
 * and the empty function, the empty sequence and the empty record are one value.
 */
export type TlaValue =
  | boolean
  | number
  | string
  | ModelValue
  | readonly TlaValue[]
  | ReadonlySet<TlaValue>
  | ReadonlyMap<TlaValue, TlaValue>
  | { readonly [field: string]: TlaValue };

/** The values of a specification's variables, by name. */
export type TlaState = Readonly<Record<string, TlaValue>>;

/** One action of a machine, with every argument that the bounds allow. */
export interface MachineAction<State> {
  /** The function that models the action. Its name is the action's. */
  // biome-ignore lint/complexity/noBannedTypes: each action has arguments of its own
  readonly action: Function;
  /** The name under which TLC knows the action, where that is another, as for a named instance. */
  readonly label?: string;
  /** Every state that the action leads to; none when it is not enabled. */
  successors(state: State): readonly State[];
}

/** A model at chosen bounds. */
export interface Machine<State> {
  initial(): readonly State[];
  readonly actions: readonly MachineAction<State>[];
  /** The state as the specification's variables. */
  encode(state: State): TlaState;
}
