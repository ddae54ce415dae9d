/**
 * The state that commands act on: sixteen databases, the sessions and the configuration.
 *
 * A key whose time is past is gone: `forgetExpired` runs before every command, so commands never
 * meet one. Redis deletes such keys when it comes across them and meanwhile still counts them;
 * `lingering` remembers which ones it may still count.
 */
import { Schema } from "effect";
import { newDefault, withPassword } from "./acl/rules.ts";
import { Refusal, Users } from "./acl/user.ts";
import { Bytes, BytesSet } from "./bytes.ts";
import { Library } from "./scripting/libraries.ts";
import { type TypeName, typeNames, Value } from "./types.ts";

/** A value and the time at which it dies. */
export const Entry = Schema.Struct({
  value: Value,
  /** Milliseconds since the Unix epoch; the key is gone once the clock is past it. */
  expireAtMs: Schema.NullOr(Schema.BigInt),
});
/** A value and the time at which it dies. */
export interface Entry extends Schema.Schema.Type<typeof Entry> {}

/** How a session's cache is looked after. */
export const Caching = Schema.Struct({
  /** All keys with one of the prefixes, whether read or not. */
  broadcast: Schema.Boolean,
  /** Only what is read behind CLIENT CACHING YES; all but what is read behind CLIENT CACHING NO. */
  optIn: Schema.Boolean,
  optOut: Schema.Boolean,
  noLoop: Schema.Boolean,
  /** The session that is told instead; 0 for the session itself. */
  redirection: Schema.Int,
  /** It was to be told, and is gone. */
  broken: Schema.Boolean,
  /** CLIENT CACHING was said for the next command or transaction. */
  said: Schema.Boolean,
  prefixes: BytesSet,
}).check(
  Schema.makeFilter(({ broadcast, optIn, optOut, prefixes }) => {
    const modes = [broadcast, optIn, optOut].filter((mode) => mode).length;
    return modes <= 1 && broadcast === prefixes.size > 0;
  }),
);
/** How a session's cache is looked after. */
export interface Caching extends Schema.Schema.Type<typeof Caching> {}

/** One connection's state. */
export const Session = Schema.Struct({
  database: Schema.Number,
  protocol: Schema.Literals([2, 3]),
  /** Empty when the connection has no name. */
  name: Bytes,
  authenticated: Schema.Boolean,
  /** The name of the user by whose rules it is judged. */
  user: Bytes,
  /** The commands queued since MULTI; null outside a transaction; empty once EXEC must refuse. */
  queue: Schema.NullOr(Schema.Array(Schema.Array(Bytes))),
  /** One that was queued may take memory, even if the queue has been given up since. */
  needsRoom: Schema.Boolean,
  /** A command was rejected while queueing: EXEC answers EXECABORT. */
  aborted: Schema.Boolean,
  /** A watched key has changed: EXEC answers a nil array. No key is watched any more then. */
  dirty: Schema.Boolean,
  /** The keys that are watched, each behind the number of its database: `0 key`. */
  watched: BytesSet,
  /** What happens to replies: `skip next` becomes `skip` when the command ends. */
  replies: Schema.Literals(["on", "off", "skip next", "skip"]),
  noEvict: Schema.Boolean,
  /** What it listens to, each in the order in which that began. */
  channels: BytesSet,
  patterns: BytesSet,
  shardChannels: BytesSet,
  /** Null while it has no cache that is looked after. */
  caching: Schema.NullOr(Caching),
}).check(
  Schema.makeFilter(({ queue, aborted, dirty, watched }) => {
    const willRun = !aborted && !dirty;
    return (willRun || !queue?.length) && !(dirty && watched.size > 0) && !(aborted && !queue);
  }),
);
/** One connection's state. */
export interface Session extends Schema.Schema.Type<typeof Session> {}

/** A session that waits for keys. It sends nothing meanwhile. */
export const Waiter = Schema.Struct({
  sessionId: Schema.Int,
  database: Schema.Number,
  /** The keys that it takes from, each once. */
  keys: Schema.Array(Bytes),
  /** The type of the values that it takes from. */
  type: Schema.Literals(typeNames),
  /** It is told, too, when one of the keys is gone or has another type. */
  endsWithKey: Schema.Boolean,
  /** Its command, which runs again when one of the keys is there. */
  args: Schema.Array(Bytes),
  /** When its time is up, in milliseconds since the Unix epoch; null for never. */
  untilMs: Schema.NullOr(Schema.BigInt),
});
/** A session that waits for keys. */
export interface Waiter extends Schema.Schema.Type<typeof Waiter> {}

/** The directives that change what commands mean. */
export const Config = Schema.Struct({
  databases: Schema.Number,
  /** Empty when no password is required. */
  requirepass: Bytes,
  /** In bytes; 0 for no limit. */
  maxmemory: Schema.BigInt,
  maxmemoryPolicy: Schema.String,
  protoMaxBulkLen: Schema.BigInt,
  streamNodeMaxBytes: Schema.BigInt,
  streamNodeMaxEntries: Schema.BigInt,
  enableDebugCommand: Schema.Boolean,
  /** The server was started with a configuration file, which CONFIG REWRITE can rewrite. */
  hasFile: Schema.Boolean,
});
/** The directives that change what commands mean. */
export interface Config extends Schema.Schema.Type<typeof Config> {}

/** One database. */
export const Database = Schema.ReadonlyMap(Bytes, Entry);
/** One database. */
export type Database = ReadonlyMap<Bytes, Entry>;

/** A change that caches are told of: a key, or null for all of them. */
export const Change = Schema.Struct({
  key: Schema.NullOr(Bytes),
  /** A client's command, one within a script, or time, since the key's is past. */
  by: Schema.Literals(["command", "script", "time"]),
  /** Whose command it was, once whoever is told at once has been; null before. */
  client: Schema.NullOr(Schema.Int),
  /** Prefixes that nobody had asked to be told of when it was made. */
  newer: Schema.ReadonlySet(Bytes),
});
/** A change that caches are told of. */
export interface Change extends Schema.Schema.Type<typeof Change> {}

/** Everything that commands read and change. It is never altered in place. */
export const State = Schema.Struct({
  databases: Schema.Array(Database),
  /** Per database: keys that have expired and that Redis may still count. */
  lingering: Schema.Array(BytesSet),
  sessions: Schema.ReadonlyMap(Schema.Int, Session),
  /** The SHA-1s of the scripts that EVALSHA finds. */
  scripts: BytesSet,
  /** The libraries of functions by name, which no database has. */
  libraries: Schema.ReadonlyMap(Bytes, Library),
  /** Who waits for keys, in the order in which they began to. */
  waiting: Schema.Array(Waiter),
  /** Keys that have come to be there for somebody who waits, in that order; none between commands. */
  ready: Schema.Array(Schema.Struct({ database: Schema.Number, key: Bytes })),
  /** Who may have which key in its cache: those that have read it since they were told of it. */
  remembered: Schema.ReadonlyMap(Bytes, Schema.ReadonlySet(Schema.Int)),
  /** What caches are to be told of; nothing between commands. */
  changes: Schema.Array(Change),
  /** Who may do what; the user called default is always there. */
  users: Users,
  /** What was refused lately, the latest first. */
  refusals: Schema.Array(Refusal),
  config: Config,
});
/** Everything that commands read and change. It is never altered in place. */
export interface State extends Schema.Schema.Type<typeof State> {}

/** No libraries. */
export const NO_LIBRARIES: ReadonlyMap<Bytes, Library> = new Map();
const EMPTY_DATABASE: Database = new Map();
/** No keys. */
export const NO_KEYS: ReadonlySet<Bytes> = new Set();
const NO_NAMES: ReadonlySet<Bytes> = new Set();

/** Redis' defaults. */
export const defaultConfig: Config = {
  databases: 16,
  requirepass: "",
  maxmemory: 0n,
  maxmemoryPolicy: "noeviction",
  protoMaxBulkLen: 512n * 1024n * 1024n,
  streamNodeMaxBytes: 4096n,
  streamNodeMaxEntries: 100n,
  enableDebugCommand: false,
  hasFile: false,
};

/** The state of a server that has just started. */
export const initial = (options: Partial<Config> = {}): State => {
  const config = { ...defaultConfig, ...options };
  return {
    databases: Array.from({ length: config.databases }, () => EMPTY_DATABASE),
    lingering: Array.from({ length: config.databases }, () => NO_KEYS),
    sessions: new Map(),
    scripts: NO_KEYS,
    libraries: NO_LIBRARIES,
    waiting: [],
    ready: [],
    remembered: new Map(),
    changes: [],
    users: new Map([["default", withPassword(newDefault, config.requirepass)]]),
    refusals: [],
    config,
  };
};

/** Whether a connection must say who it is before it may do anything. */
export const mustAuthenticate = ({ users }: State): boolean => {
  const user = users.get("default");
  return user?.isOn !== true || !user.needsNoPassword;
};

/** Outside a transaction, with nothing watched. */
export const noTransaction: Pick<Session, "queue" | "needsRoom" | "aborted" | "dirty" | "watched"> =
  {
    queue: null,
    needsRoom: false,
    aborted: false,
    dirty: false,
    watched: NO_KEYS,
  };

/** The state of a connection that has just been accepted. */
export const newSession = (state: State): Session => ({
  ...noTransaction,
  database: 0,
  protocol: 2,
  name: "",
  authenticated: !mustAuthenticate(state),
  user: "default",
  replies: "on",
  noEvict: false,
  channels: NO_NAMES,
  patterns: NO_NAMES,
  shardChannels: NO_NAMES,
  caching: null,
});

/** A client connects; the server has given the connection that identifier, which is positive. */
export const connect = (state: State, sessionId: number): State =>
  withSession(state, sessionId, newSession(state));

/** A client is gone, whoever ended the connection. */
export const disconnect = (state: State, sessionId: number): State => {
  const sessions = new Map(state.sessions);
  sessions.delete(sessionId);
  return withoutWaiter({ ...state, sessions }, sessionId);
};

/** The session waits no more, if it did. */
export const withoutWaiter = (state: State, sessionId: number): State => ({
  ...state,
  waiting: state.waiting.filter((waiter) => waiter.sessionId !== sessionId),
});

/** The session of that id, which must be connected. */
export const sessionOf = (state: State, sessionId: number): Session => {
  const session = state.sessions.get(sessionId);
  if (session === undefined) throw new RangeError(`session ${sessionId} is not connected`);
  return session;
};

/** Whether the session has asked for silence at the moment. */
export const isSilent = ({ replies }: Session): boolean => replies === "off" || replies === "skip";

/** Whether the session listens to anything. */
export const isSubscriber = ({ channels, patterns, shardChannels }: Session): boolean =>
  channels.size + patterns.size + shardChannels.size > 0;

/** Whether only few commands are allowed, because messages look like replies in RESP2. */
export const inSubscriberMode = (session: Session): boolean =>
  session.protocol === 2 && isSubscriber(session);
/** What remains of a session's wish for silence when a command has ended. */
const nextReplies = (replies: Session["replies"]): Session["replies"] => {
  if (replies === "skip next") return "skip";
  return replies === "skip" ? "on" : replies;
};

/** A session's command has ended: what becomes of its wish for silence. */
export const endCommand = (state: State, sessionId: number): State => {
  const session = sessionOf(state, sessionId);
  const replies = nextReplies(session.replies);
  return replies === session.replies
    ? state
    : withSession(state, sessionId, { ...session, replies });
};

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

/**
 * Sets a key, which changes it for everyone who watches it. Who waits for it learns of it when it was
 * not there before, or when it is not any more what they wait for.
 */
export const store = (state: State, index: number, key: Bytes, entry: Entry): State => {
  const before = databaseOf(state, index);
  const changed = new Map(before).set(key, entry);
  const stored = noted(touch(withDatabase(state, index, changed), index, [key]), key);
  return before.has(key) ? end(stored, index, key) : arrive(stored, index, key);
};

/** Sets a key, of which whatever it held has been deleted before. */
export const storeAnew = (state: State, index: number, key: Bytes, entry: Entry): State =>
  arrive(store(state, index, key, entry), index, key);

/**
 * A key has come, or something new has come into it: it is ready, once, if somebody waits for it, and
 * somebody for a value of its type.
 */
export const arrive = (state: State, database: number, key: Bytes): State => {
  const type = typeAt(state, database, key);
  const isWanted =
    state.waiting.some((waiter) => waiter.type === type) &&
    state.waiting.some((waiter) => waitsFor(waiter, database, key));
  return isWanted ? makeReady(state, database, key) : end(state, database, key);
};

/** A key is gone or has changed: it is ready, too, if somebody waits whose wait ends with that. */
const end = (state: State, database: number, key: Bytes): State => {
  const type = typeAt(state, database, key);
  return state.waiting.some((waiter) => waitsFor(waiter, database, key) && isEnded(waiter, type))
    ? makeReady(state, database, key)
    : state;
};

const makeReady = (state: State, database: number, key: Bytes): State => {
  const { ready } = state;
  const isReady = ready.some((one) => one.database === database && one.key === key);
  return isReady ? state : { ...state, ready: [...ready, { database, key }] };
};

/** The type of what a key holds, if it is there. */
export const typeAt = (state: State, database: number, key: Bytes): TypeName | undefined =>
  databaseOf(state, database).get(key)?.value.type;

/** Whether somebody waits for that key. */
export const waitsFor = (waiter: Waiter, database: number, key: Bytes): boolean =>
  waiter.database === database && waiter.keys.includes(key);

/** Whether somebody's wait ends because a key has a value of that type, or none. */
export const isEnded = (waiter: Waiter, type: TypeName | undefined): boolean =>
  waiter.endsWithKey && waiter.type !== type;

/** Sets a key, which nobody who watches it learns of. */
export const storeUnseen = (state: State, index: number, key: Bytes, entry: Entry): State =>
  withDatabase(state, index, new Map(databaseOf(state, index)).set(key, entry));

/** Deletes a key that exists, which changes it for everyone who watches it. */
export const remove = (state: State, index: number, key: Bytes): State => {
  const changed = new Map(databaseOf(state, index));
  changed.delete(key);
  return end(noted(touch(withDatabase(state, index, changed), index, [key]), key), index, key);
};

/** Empties a database; keys that did not exist have not changed. Caches lose all of them. */
export const flush = (state: State, index: number): State => {
  const before = databaseOf(state, index);
  const emptied = withoutAnyLingering(withDatabase(state, index, EMPTY_DATABASE), index);
  const flushed = arriveAll(touch(emptied, index, before.keys()), index);
  const last = state.changes.at(-1);
  // FLUSHALL tells of all databases at once.
  return last?.key === null && last.client === null ? flushed : noted(flushed, null);
};

/** Caches are told of a change, if there are any. */
const noted = (state: State, key: Bytes | null): State => {
  const hasCaches = [...state.sessions.values()].some(({ caching }) => caching !== null);
  if (!hasCaches && state.remembered.size === 0) return state;
  const change: Change = { key, by: "command", client: null, newer: NO_KEYS };
  return { ...state, changes: [...state.changes, change] };
};

/** What has changed since is by something else than a client's command. */
export const changedBy = (state: State, since: State, by: Change["by"]): State => {
  if (state.changes === since.changes) return state;
  const changes = state.changes.map((change, i) =>
    i < since.changes.length || change.by === "time" ? change : { ...change, by },
  );
  return { ...state, changes };
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
  const inEither = [first, second].flatMap((index) => [...databaseOf(state, index).keys()]);
  const touched = touch(touch(exchanged, first, inEither), second, inEither);
  return [first, second].reduce(arriveAll, touched);
};

/** Every key of a database has come or gone. In which order those are ready that somebody waits for, Redis does not say. */
const arriveAll = (state: State, index: number): State =>
  state.waiting
    .flatMap(({ database, keys }) => (database === index ? keys : []))
    .reduce((reached, key) => arrive(reached, index, key), state);

/** Forgets every key whose time is past, which changes it for everyone who watches it. */
export const forgetExpired = (state: State, nowMs: bigint): State => {
  let result = state;
  state.databases.forEach((database, index) => {
    if (database.size === 0) return;
    for (const [key, entry] of database)
      if (isExpired(entry, nowMs)) result = linger(remove(result, index, key), index, key);
  });
  return changedBy(result, state, "time");
};

/** Whether the clock is past the entry's time. */
export const isExpired = (entry: Entry, nowMs: bigint): boolean =>
  entry.expireAtMs !== null && nowMs > entry.expireAtMs;

/** Active expiry runs to its end: keys whose time is past are gone and no longer counted. */
export const expireNow = (state: State, nowMs: bigint): State => ({
  ...forgetExpired(state, nowMs),
  lingering: state.lingering.map(() => NO_KEYS),
});

const withDatabase = (state: State, index: number, database: Database): State => ({
  ...state,
  databases: state.databases.with(index, database),
});

const withoutAnyLingering = (state: State, index: number): State =>
  state.lingering[index]?.size === 0
    ? state
    : { ...state, lingering: state.lingering.with(index, NO_KEYS) };

/** A key that has expired is not counted any more. */
export const withoutLingering = (state: State, index: number, key: Bytes): State => {
  const left = new Set(state.lingering[index]);
  left.delete(key);
  return { ...state, lingering: state.lingering.with(index, left) };
};

const linger = (state: State, index: number, key: Bytes): State => ({
  ...state,
  lingering: state.lingering.with(index, new Set(state.lingering[index]).add(key)),
});

/** How a session names a key that it watches. */
export const watchedName = (index: number, key: Bytes): Bytes => `${index} ${key}`;

/** Marks every session that watches one of these keys, which have changed. */
const touch = (state: State, index: number, keys: Iterable<Bytes>): State => {
  const names = [...keys].map((key) => watchedName(index, key));
  const marked = [...state.sessions].filter(([, session]) =>
    names.some((name) => session.watched.has(name)),
  );
  if (marked.length === 0) return state;
  const sessions = new Map(state.sessions);
  for (const [id, session] of marked)
    sessions.set(id, { ...session, dirty: true, watched: NO_KEYS, queue: session.queue && [] });
  return { ...state, sessions };
};
