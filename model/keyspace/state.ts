/**
 * The state that commands act on: sixteen databases, the sessions and the configuration.
 *
 * A key whose time is past is gone: `forgetExpired` runs before every command, so commands never
 * meet one. Redis deletes such keys when it comes across them and meanwhile still counts them;
 * `lingering` remembers which ones it may still count.
 */
import { Schema } from "effect";
import type { Bytes } from "./reply.ts";

/** A value with its encoding and the time at which it dies. */
export const Entry = Schema.Struct({
  type: Schema.Literal("string"),
  value: Schema.String,
  encoding: Schema.Literals(["int", "embstr", "raw"]),
  /** Milliseconds since the Unix epoch; the key is gone once the clock is past it. */
  expireAtMs: Schema.NullOr(Schema.BigInt),
});
/** A value with its encoding and the time at which it dies. */
export interface Entry extends Schema.Schema.Type<typeof Entry> {}

/** A key that a session watches. */
export const WatchedKey = Schema.Struct({ database: Schema.Number, key: Schema.String });
/** A key that a session watches. */
export interface WatchedKey extends Schema.Schema.Type<typeof WatchedKey> {}

/** One connection's state. */
export const Session = Schema.Struct({
  database: Schema.Number,
  protocol: Schema.Literals([2, 3]),
  /** Empty when the connection has no name. */
  name: Schema.String,
  authenticated: Schema.Boolean,
  /** The commands queued since MULTI; null outside a transaction; empty once EXEC must refuse. */
  queue: Schema.NullOr(Schema.Array(Schema.Array(Schema.String))),
  /** A command was rejected while queueing: EXEC answers EXECABORT. */
  aborted: Schema.Boolean,
  /** A watched key has changed: EXEC answers a nil array. No key is watched any more then. */
  dirty: Schema.Boolean,
  watched: Schema.Array(WatchedKey),
  /** What happens to replies: `skip next` becomes `skip` when the command ends. */
  replies: Schema.Literals(["on", "off", "skip next", "skip"]),
  noEvict: Schema.Boolean,
});
/** One connection's state. */
export interface Session extends Schema.Schema.Type<typeof Session> {}

/** The directives that change what commands mean. */
export const Config = Schema.Struct({
  databases: Schema.Number,
  /** Empty when no password is required. */
  requirepass: Schema.String,
  maxmemoryPolicy: Schema.String,
  protoMaxBulkLen: Schema.BigInt,
  enableDebugCommand: Schema.Boolean,
  /** The server was started with a configuration file, which CONFIG REWRITE can rewrite. */
  hasFile: Schema.Boolean,
});
/** The directives that change what commands mean. */
export interface Config extends Schema.Schema.Type<typeof Config> {}

/** One database. */
export type Database = ReadonlyMap<Bytes, Entry>;

/** Everything that commands read and change. It is never altered in place. */
export interface State {
  readonly databases: ReadonlyArray<Database>;
  /** Per database: keys that have expired and that Redis may still count. */
  readonly lingering: ReadonlyArray<ReadonlySet<Bytes>>;
  readonly sessions: ReadonlyMap<number, Session>;
  readonly config: Config;
}

const EMPTY_DATABASE: Database = new Map();
const NOTHING_LINGERS: ReadonlySet<Bytes> = new Set();

/** Redis' defaults. */
export const defaultConfig: Config = {
  databases: 16,
  requirepass: "",
  maxmemoryPolicy: "noeviction",
  protoMaxBulkLen: 512n * 1024n * 1024n,
  enableDebugCommand: false,
  hasFile: false,
};

/** The state of a server that has just started. */
export const initial = (options: Partial<Config> = {}): State => {
  const config = { ...defaultConfig, ...options };
  return {
    databases: Array.from({ length: config.databases }, () => EMPTY_DATABASE),
    lingering: Array.from({ length: config.databases }, () => NOTHING_LINGERS),
    sessions: new Map(),
    config,
  };
};

/** Whether a new connection needs no password. */
export const isAuthenticatedAtFirst = (config: Config): boolean => config.requirepass === "";

/** Outside a transaction, with nothing watched. */
export const noTransaction: Pick<Session, "queue" | "aborted" | "dirty" | "watched"> = {
  queue: null,
  aborted: false,
  dirty: false,
  watched: [],
};

/** The state of a connection that has just been accepted. */
export const newSession = (config: Config): Session => ({
  ...noTransaction,
  database: 0,
  protocol: 2,
  name: "",
  authenticated: isAuthenticatedAtFirst(config),
  replies: "on",
  noEvict: false,
});

/** A client connects; the server has given the connection that identifier, which is positive. */
export const connect = (state: State, sessionId: number): State =>
  withSession(state, sessionId, newSession(state.config));

/** A client is gone, whoever ended the connection. */
export const disconnect = (state: State, sessionId: number): State => {
  const sessions = new Map(state.sessions);
  sessions.delete(sessionId);
  return { ...state, sessions };
};

/** The session of that id, which must be connected. */
export const sessionOf = (state: State, sessionId: number): Session => {
  const session = state.sessions.get(sessionId);
  if (session === undefined) throw new RangeError(`session ${sessionId} is not connected`);
  return session;
};

/** Whether the session has asked for silence at the moment. */
export const isSilent = ({ replies }: Session): boolean => replies === "off" || replies === "skip";

/** Replaces a session. */
export const withSession = (state: State, sessionId: number, session: Session): State => ({
  ...state,
  sessions: new Map(state.sessions).set(sessionId, session),
});

/** The database of that index, which must exist. */
export const databaseOf = (state: State, index: number): Database => {
  const database = state.databases[index];
  if (database === undefined) throw new RangeError(`there is no database ${index}`);
  return database;
};

/** Sets a key, which changes it for everyone who watches it. */
export const store = (state: State, index: number, key: Bytes, entry: Entry): State => {
  const changed = new Map(databaseOf(state, index)).set(key, entry);
  return touch(withDatabase(state, index, changed), index, (watched) => watched === key);
};

/** Deletes a key that exists, which changes it for everyone who watches it. */
export const remove = (state: State, index: number, key: Bytes): State => {
  const changed = new Map(databaseOf(state, index));
  changed.delete(key);
  return touch(withDatabase(state, index, changed), index, (watched) => watched === key);
};

/** Empties a database; keys that did not exist have not changed. */
export const flush = (state: State, index: number): State => {
  const before = databaseOf(state, index);
  const emptied = withoutLingering(withDatabase(state, index, EMPTY_DATABASE), index);
  return touch(emptied, index, (watched) => before.has(watched));
};

/** Exchanges two databases; only keys that exist in neither have not changed. */
export const swap = (state: State, first: number, second: number): State => {
  if (first === second) return state;
  const exchange = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
    items.with(first, items[second] as A).with(second, items[first] as A);
  const exchanged = {
    ...state,
    databases: exchange(state.databases),
    lingering: exchange(state.lingering),
  };
  const one = databaseOf(state, first);
  const other = databaseOf(state, second);
  const inEither = (watched: Bytes): boolean => one.has(watched) || other.has(watched);
  return touch(touch(exchanged, first, inEither), second, inEither);
};

/** Forgets every key whose time is past, which changes it for everyone who watches it. */
export const forgetExpired = (state: State, nowMs: bigint): State => {
  let result = state;
  state.databases.forEach((database, index) => {
    if (database.size === 0) return;
    for (const [key, entry] of database)
      if (isExpired(entry, nowMs)) result = linger(remove(result, index, key), index, key);
  });
  return result;
};

/** Whether the clock is past the entry's time. */
export const isExpired = (entry: Entry, nowMs: bigint): boolean =>
  entry.expireAtMs !== null && nowMs > entry.expireAtMs;

/** Nothing lingers after active expiry has run to its end. */
export const withoutAnyLingering = (state: State): State => ({
  ...state,
  lingering: state.lingering.map(() => NOTHING_LINGERS),
});

const withDatabase = (state: State, index: number, database: Database): State => ({
  ...state,
  databases: state.databases.with(index, database),
});

const withoutLingering = (state: State, index: number): State =>
  state.lingering[index]?.size === 0
    ? state
    : { ...state, lingering: state.lingering.with(index, NOTHING_LINGERS) };

const linger = (state: State, index: number, key: Bytes): State => ({
  ...state,
  lingering: state.lingering.with(index, new Set(state.lingering[index]).add(key)),
});

/** Marks every session that watches a changed key of the database. */
const touch = (state: State, index: number, changed: (key: Bytes) => boolean): State => {
  let sessions: Map<number, Session> | undefined;
  for (const [id, session] of state.sessions) {
    if (!session.watched.some(({ database, key }) => database === index && changed(key))) continue;
    sessions ??= new Map(state.sessions);
    sessions.set(id, { ...session, dirty: true, watched: [], queue: session.queue && [] });
  }
  return sessions === undefined ? state : { ...state, sessions };
};
