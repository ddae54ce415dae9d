/** The states of the protocol of transactions: `specs/transactions/Transactions.tla`, variable by variable. */

/** A client: after a disconnect the name stands for its next connection. */
export type SessionName = string;

/** A command as the words that a client sends, as in `["SET", "x", "1"]`. */
export type Command = readonly string[];

/** Whether a value lives for ever, has time left, or has none left and is not removed yet. */
export type Ttl = "none" | "ahead" | "past";

/** What a key holds; `NIL` for nothing. */
export interface Value {
  readonly val: string;
  readonly ttl: Ttl;
}

/** A change of one key; its value is `NIL` when it is deleted. */
export interface Effect extends Value {
  readonly key: string;
}

/** What the log appends at once. Its place in the log, from 1, is its LSN. */
export type Unit = readonly Effect[];

/** A reply as words that waits until the log is durable up to `dep`; 0 for nothing. */
export interface HeldReply {
  readonly val: readonly string[];
  readonly dep: number;
}

/** How a session watches a key; `expired` when its time was past when WATCH ran. */
export type WatchMark = "no" | "yes" | "expired";

/** A value for each key. */
export type Data = Readonly<Record<string, Value>>;

/** One client's side of the server. */
export interface SessionState {
  /** Commands that were sent and not taken. */
  readonly wire: readonly Command[];
  readonly multi: boolean;
  readonly queue: readonly Command[];
  /** A command was refused while queueing. */
  readonly spoiled: boolean;
  /** A watched key has changed. */
  readonly dirty: boolean;
  readonly watch: Readonly<Record<string, WatchMark>>;
  readonly out: readonly HeldReply[];
}

/** The transaction whose EXEC is running. */
export interface Executing {
  readonly session: SessionName;
  readonly results: readonly string[];
  readonly effects: readonly Effect[];
}

/** Server, log and connections at one moment. */
export interface State {
  readonly up: boolean;
  readonly sessions: Readonly<Record<SessionName, SessionState>>;
  readonly db: Data;
  readonly log: readonly Unit[];
  /** LSN up to which the gate is open. */
  readonly durable: number;
  readonly executing: Executing | null;
}

/** The value of an absent key. */
export const NIL = "nil";

/** What an absent key holds. */
export const ABSENT: Value = { val: NIL, ttl: "none" };

/** A session that has just connected. */
export function freshSession(keys: readonly string[]): SessionState {
  const watch = unwatched(keys);
  return { wire: [], multi: false, queue: [], spoiled: false, dirty: false, watch, out: [] };
}

/** No watches. */
export function unwatched(keys: readonly string[]): Readonly<Record<string, WatchMark>> {
  return Object.fromEntries(keys.map((key) => [key, "no"]));
}

/** No data. */
export function noData(keys: readonly string[]): Data {
  return Object.fromEntries(keys.map((key) => [key, ABSENT]));
}

/**
 * The data that a log stands for. The clock of the run that replays it may be behind that of the
 * run that wrote it, so that every time to live is ahead again.
 */
export function replay(keys: readonly string[], log: readonly Unit[]): Data {
  const data: Record<string, Value> = { ...noData(keys) };
  for (const { key, val, ttl } of log.flat()) data[key] = { val, ttl };
  return data;
}

/**
 * A server that starts.
 *
 * @param log what its log holds: all of it durable
 */
export function initial(
  sessions: readonly SessionName[],
  keys: readonly string[],
  log: readonly Unit[],
): State {
  return {
    up: true,
    sessions: Object.fromEntries(sessions.map((name) => [name, freshSession(keys)])),
    db: replay(keys, log),
    log,
    durable: log.length,
    executing: null,
  };
}

/** The keys of a state. */
export function keysOf(state: State): readonly string[] {
  return Object.keys(state.db);
}
