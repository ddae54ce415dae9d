/** Each element goes to one client: what is taken was put, and nobody else is given it. */
import { broken, HOLDS, type Verdict } from "./history.ts";

/** A value that was put somewhere to be taken, or that a client has been given. */
export interface ElementEvent {
  readonly _tag: "Put" | "Taken";
  readonly element: string;
  /** The run of the server that was asked; 0 when it was none. */
  readonly run: number;
  readonly session: number;
}

const GUARANTEE = "each element to one client";

/**
 * Judges what clients were given of values of which each is put once.
 *
 * @param events in the order in which they happened
 * @param stretches runs of the server over which nothing was lost that a client had been told: beyond
 *   one, an element may be there again
 */
export function checkElements(
  events: readonly ElementEvent[],
  stretches: readonly { readonly first: number; readonly last: number }[],
): Verdict {
  const put = new Set<string>();
  const takers = new Map<string, number>();
  for (const { _tag, element, run, session } of events) {
    if (_tag === "Put") {
      put.add(element);
      continue;
    }
    if (!put.has(element)) return broken(GUARANTEE, `${element} is given, and nobody put it`, []);
    const stretch = stretches.findIndex(({ first, last }) => run >= first && run <= last);
    const before = takers.get(`${stretch} ${element}`);
    if (before !== undefined) {
      const what = `${element} is given to client ${before} and to client ${session}`;
      return broken(GUARANTEE, what, []);
    }
    takers.set(`${stretch} ${element}`, session);
  }
  return HOLDS;
}
