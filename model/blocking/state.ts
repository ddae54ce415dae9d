/** The states of the protocol of waiting for keys: `specs/blocking/Blocking.tla`, variable by variable. */

/** A client: after a disconnect the name stands for its next connection. */
export type ClientName = string;

/** A command as the words that a client sends, as in `["BLPOP", "limited", "x", "y"]`. */
export type Command = readonly string[];

/** The list of elements that each key holds; an empty one for a key that is not there. */
export type Data = Readonly<Record<string, readonly string[]>>;

/** What the log appends at once: effects, each a plain command. Its place, from 1, is its LSN. */
export type Unit = readonly Command[];

/** The reply of a command, as words. */
export type Words = readonly string[];

/** The replies of the commands that an answer is about; it waits until the log is durable up to `dep`. */
export interface HeldReply {
  readonly val: readonly Words[];
  readonly dep: number;
}

/** A client that waits, with its command. */
export interface Waiter {
  readonly who: ClientName;
  readonly command: Command;
}

/** One client's side of the server. */
export interface ClientState {
  /** Commands that were sent and not taken. */
  readonly wire: readonly Command[];
  readonly multi: boolean;
  readonly queue: readonly Command[];
  readonly out: readonly HeldReply[];
}

/** The transaction whose EXEC is running. */
export interface Executing {
  readonly client: ClientName;
  readonly results: readonly Words[];
  readonly effects: Unit;
}

/** Server, log and connections at one moment. */
export interface State {
  readonly up: boolean;
  readonly clients: Readonly<Record<ClientName, ClientState>>;
  /** Who waits, in the order in which they began to. */
  readonly line: readonly Waiter[];
  /** Keys that have come to be there for somebody who waits, in that order. */
  readonly ready: readonly string[];
  readonly db: Data;
  readonly log: readonly Unit[];
  /** LSN up to which the gate is open. */
  readonly durable: number;
  readonly executing: Executing | null;
}

/** A client that has just connected. */
export const FRESH: ClientState = { wire: [], multi: false, queue: [], out: [] };

/** No data. */
export function noData(keys: readonly string[]): Data {
  return Object.fromEntries(keys.map((key) => [key, []]));
}

/** A server that starts with an empty log. */
export function initial(clients: readonly ClientName[], keys: readonly string[]): State {
  return {
    up: true,
    clients: Object.fromEntries(clients.map((name) => [name, FRESH])),
    line: [],
    ready: [],
    db: noData(keys),
    log: [],
    durable: 0,
    executing: null,
  };
}
