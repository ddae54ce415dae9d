/** What the generators produce: steps of several connections, in one global order. */

/** A binary string, one character per byte. */
export type Bytes = string;

/**
 * An argument: bytes, the id that the server gave to one of the sequence's connections, or a limit on
 * memory by how much more than what is in use it allows.
 */
export type Arg = Bytes | { readonly client: number } | { readonly roomBytes: number };

/** One command as it will be sent, and which of its options it uses (for coverage). */
export interface Invocation {
  /** The name in the command table, for example `SET` or `CLIENT|KILL`. */
  readonly name: string;
  readonly options: ReadonlyArray<string>;
  readonly args: ReadonlyArray<Arg>;
}

/** One step of a sequence. Connections are numbered from 0. */
export type Step =
  | { readonly _tag: "Command"; readonly connection: number; readonly invocation: Invocation }
  /** Time passes: `ms` milliseconds, more than any short expiry that the generators use. */
  | { readonly _tag: "Wait"; readonly ms: number }
  /** The client goes away without a word; its next command comes from a new connection. */
  | { readonly _tag: "Disconnect"; readonly connection: number };

/** A whole run from an empty keyspace. */
export interface Sequence {
  /** One per connection: the protocol that it starts with. */
  readonly protocols: ReadonlyArray<2 | 3>;
  readonly steps: ReadonlyArray<Step>;
}

/**
 * Replaces references to connections by their ids, and room by a limit.
 *
 * @param usedBytes what is in use; where that is not known, a limit allows nothing or is none
 */
export function resolveArgs(
  args: ReadonlyArray<Arg>,
  clientId: (connection: number) => number,
  usedBytes?: () => number,
): ReadonlyArray<Bytes> {
  const limit = (roomBytes: number): number => {
    if (usedBytes === undefined) return roomBytes < 0 ? 1 : 0;
    return Math.max(1, usedBytes() + roomBytes);
  };
  return args.map((arg) => {
    if (typeof arg === "string") return arg;
    return String("client" in arg ? clientId(arg.client) : limit(arg.roomBytes));
  });
}

/** How long a Wait step lasts, in milliseconds: longer than the short lifetimes in `values.ts`. */
export const WAIT_MS = 5;

/** Time passes, enough for every short lifetime to end. */
export const wait: Step = { _tag: "Wait", ms: WAIT_MS };

/** A command with these arguments, none of which counts as an option. */
export const call = (name: string, ...args: ReadonlyArray<Arg>): Invocation => ({
  name,
  options: [],
  args: [...name.split("|"), ...args],
});

/** A connection sends a command. */
export const step = (connection: number, invocation: Invocation): Step => ({
  _tag: "Command",
  connection,
  invocation,
});
