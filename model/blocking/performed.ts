/** What a command does when it runs. */
import type { Data, Unit, Words } from "./state.ts";

/** What a command does when it runs. */
export interface Performed {
  readonly data: Data;
  readonly reply: Words;
  readonly effects: Unit;
  /** Keys that were not there before and are now; a stream comes with each entry. */
  readonly come: readonly string[];
}

/** The reply of a command that has found nothing. */
export const NIL: Words = ["nil"];

/** True when a key is there. */
export function isThere(data: Data, key: string): boolean {
  return data[key]!.length > 0;
}

/** A key that comes, unless it is there already. */
export function came(data: Data, key: string): readonly string[] {
  return isThere(data, key) ? [] : [key];
}

/** A command that changes nothing. */
export function nothing(data: Data, reply: Words): Performed {
  return { data, reply, effects: [], come: [] };
}
