/** The states of the protocol of client-side caching: `specs/tracking/Tracking.tla`, variable by variable. */

/** A client: after a disconnect the name stands for its next connection. */
export type ClientName = string;

/** A command as the words that a client sends, as in `["GET", "x"]`. */
export type Command = readonly string[];

/** The counter that each key holds; 0 for a key that is not there. */
export type Data = Readonly<Record<string, number>>;

/** What the log appends at once: effects. Its place, from 1, is its LSN. */
export type Unit = readonly Command[];

/**
 * How a client's cache is looked after: of what it reads it is told (`on`; `noloop` but for its own
 * changes), of what it reads behind CACHING (`optin`), or not behind it (`optout`), or of all keys.
 */
export type Mode = "off" | "on" | "noloop" | "optin" | "optout" | "bcast" | "bcast-noloop";

/** Who is told in the place of a client that is told by nobody any more. */
export const GONE = "gone";
/** Nobody has changed a key in this turn. */
export const CLEAN = "clean";
/** A key has changed by no client's command. */
export const NOBODY = "nobody";
/** Every key. */
export const ALL = "all";

/**
 * What goes to a client, and waits until the log is durable up to `dep`: `reply` with the words of
 * its commands, `invalid` with keys, or `broken`, when whoever is told in its place is gone.
 */
export interface Item {
  readonly val: readonly string[];
  readonly dep: number;
}

/** One client's side of the server. */
export interface ClientState {
  /** Commands that were sent and not taken. */
  readonly wire: readonly Command[];
  readonly how: Mode;
  /** Who is told: the client itself, another one, or `GONE`. */
  readonly to: ClientName;
  /** CACHING was said for the next command. */
  readonly said: boolean;
  readonly out: readonly Item[];
}

/** The transaction whose EXEC is running. */
export interface Executing {
  readonly client: ClientName;
  readonly todo: readonly Command[];
  readonly results: readonly string[];
  readonly effects: Unit;
  /** Keys whose changes the client is to be told of behind its reply. */
  readonly own: readonly string[];
  /** What it is told in others' place, behind its reply. */
  readonly behind: readonly Item[];
}

/** Server, log and connections at one moment. */
export interface State {
  readonly up: boolean;
  readonly clients: Readonly<Record<ClientName, ClientState>>;
  /** By key: who may have it in its cache, in the order of the clients. */
  readonly table: Readonly<Record<string, readonly ClientName[]>>;
  /** By key: who has changed it in this turn; `NOBODY` and `CLEAN` as well. */
  readonly noted: Readonly<Record<string, string>>;
  readonly db: Data;
  readonly log: readonly Unit[];
  /** LSN up to which the gate is open. */
  readonly durable: number;
  readonly executing: Executing | null;
}

/** A client that has just connected. */
export function fresh(name: ClientName): ClientState {
  return { wire: [], how: "off", to: name, said: false, out: [] };
}

/** The same value for each key. */
export function byKey<Value>(keys: readonly string[], value: Value): Record<string, Value> {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

/**
 * A server that starts with an empty log.
 *
 * @param keys in the order of their bytes
 */
export function initial(clients: readonly ClientName[], keys: readonly string[]): State {
  return {
    up: true,
    clients: Object.fromEntries(clients.map((name) => [name, fresh(name)])),
    table: byKey(keys, []),
    noted: byKey(keys, CLEAN),
    db: byKey(keys, 0),
    log: [],
    durable: 0,
    executing: null,
  };
}
