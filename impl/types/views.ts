import type { Keyspace } from "../engine/keyspace.ts";

/**
 * One view of a type for each keyspace, made when it is first asked for. It is put on one value
 * after the other, so that no value costs an object.
 */
export class Views<View> {
  readonly #make: (keyspace: Keyspace) => View;
  readonly #byKeyspace = new WeakMap<Keyspace, View>();
  #lastKeyspace: Keyspace | null = null;
  #last: View | null = null;

  constructor(make: (keyspace: Keyspace) => View) {
    this.#make = make;
  }

  /** The keyspace's view. */
  of(keyspace: Keyspace): View {
    if (keyspace === this.#lastKeyspace) return this.#last!;
    let view = this.#byKeyspace.get(keyspace);
    if (view === undefined) {
      view = this.#make(keyspace);
      this.#byKeyspace.set(keyspace, view);
    }
    this.#lastKeyspace = keyspace;
    this.#last = view;
    return view;
  }
}
