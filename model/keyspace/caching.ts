/**
 * Client-side caching: which session may have which key in its cache, and what it is told when that
 * changes. Keys are remembered by their names, whatever database they were read in.
 */
import type { Call, Command, Due, Message, Outcome } from "./command.ts";
import { namedKeys } from "./named-keys.ts";
import { array, type Bytes, bulk, integer, nil, type Protocol, push, type Reply } from "./reply.ts";
import {
  type Caching,
  type Change,
  isSubscriber,
  type State,
  sessionOf,
  withSession,
} from "./state.ts";

/** The commands that only read, of those that name keys. */
export const CACHEABLE: ReadonlySet<Bytes> = new Set(
  [
    "bitcount bitfield_ro bitpos dump exists expiretime geodist geohash geopos georadius_ro",
    "georadiusbymember_ro geosearch get getbit getrange hexists hget hgetall hkeys hlen hmget",
    "hrandfield hscan hstrlen hvals lcs lindex llen lpos lrange memory|usage mget object|encoding",
    "object|freq object|idletime object|refcount pexpiretime pfcount pttl scard sdiff sinter",
    "sintercard sismember smembers smismember sort_ro srandmember sscan strlen substr sunion touch",
    "ttl type xinfo|consumers xinfo|groups xinfo|stream xlen xpending xrange xread xrevrange zcard",
    "zcount zdiff zinter zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore",
    "zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion",
  ]
    .join(" ")
    .split(" "),
);

/** No session's id. */
export const NOBODY = 0;

/** What sessions are told, and the state in which they have been. */
export interface Told {
  readonly state: State;
  readonly messages: ReadonlyArray<Message>;
}

/**
 * A command of the client has run: who may have in its cache what that has changed is told, but for the
 * client itself, who is told behind its reply.
 *
 * @returns and what the client is to be told
 */
const tellAtOnce = (
  before: State,
  clientId: number,
): Told & { readonly own: ReadonlyArray<Due> } => {
  let state = before;
  const messages: Message[] = [];
  const own: Due[] = [];
  for (const { key, by, client } of before.changes) {
    if (client !== null) continue;
    for (const due of dueBy(state, key, by, clientId)) {
      if (due.sessionId === clientId) {
        own.push(due);
        continue;
      }
      const told = tell(state, due);
      state = told.state;
      messages.push(...told.messages);
    }
    const remembered = new Map(key === null ? [] : state.remembered);
    if (key !== null) remembered.delete(key);
    state = { ...state, remembered };
  }
  if (before.changes.length === 0) return { state, messages, own };
  const changes = state.changes.map((change) => ({ ...change, client: change.client ?? clientId }));
  return { state: { ...state, changes }, messages, own };
};

/** Who is due to be told of a change, in the order of their ids. */
const dueBy = (
  state: State,
  key: Bytes | null,
  by: Change["by"],
  clientId: number,
): ReadonlyArray<Due> =>
  [...state.sessions].flatMap(([sessionId, { caching }]) => {
    if (caching === null) return [];
    const due = [{ sessionId, key, redirection: caching.redirection }];
    if (key === null) return due;
    if (caching.broadcast || !state.remembered.get(key)?.has(sessionId)) return [];
    return caching.noLoop && by !== "time" && sessionId === clientId ? [] : due;
  });

const tell = (state: State, { sessionId, key, redirection }: Due): Told => {
  const { protocol } = sessionOf(state, sessionId);
  const keys = key === null ? nullOf(protocol) : array([bulk(key)]);
  return send(state, sessionId, redirection, keys);
};

/** In the protocol of the session that has the cache, also where another one is told. */
const nullOf = (protocol: Protocol): Reply => ({ _tag: "In", protocol, reply: nil });

/** An invalidation for a session, told to it or to another one in its place. */
const send = (state: State, sessionId: number, redirection: number, keys: Reply): Told => {
  const session = sessionOf(state, sessionId);
  const targetId = redirection === 0 ? sessionId : redirection;
  const target = state.sessions.get(targetId);
  if (target === undefined) {
    const caching = session.caching && { ...session.caching, broken: true };
    const broken = withSession(state, sessionId, { ...session, caching });
    if (session.protocol === 2) return { state: broken, messages: [] };
    const reply = push([bulk("tracking-redir-broken"), integer(redirection)]);
    return { state: broken, messages: [{ sessionId, protocol: 3, reply }] };
  }
  if (target.protocol === 3) {
    const reply = push([bulk("invalidate"), keys]);
    return { state, messages: [{ sessionId: targetId, protocol: 3, reply }] };
  }
  if (redirection === 0 || !isSubscriber(target)) return { state, messages: [] };
  const reply = push([bulk("message"), bulk("__redis__:invalidate"), keys]);
  return { state, messages: [{ sessionId: targetId, protocol: 2, reply }] };
};

/** Whether what a session reads now is remembered. */
const remembers = ({ broadcast, optIn, optOut, said }: Caching): boolean =>
  !broadcast && (optIn ? said : !(optOut && said));

const remember = (state: State, sessionId: number, keys: ReadonlyArray<Bytes>): State => {
  const { caching } = sessionOf(state, sessionId);
  if (caching === null || !remembers(caching)) return state;
  const remembered = new Map(state.remembered);
  for (const key of keys) remembered.set(key, new Set(remembered.get(key)).add(sessionId));
  return { ...state, remembered };
};

/**
 * A command of the client, or one inside it, has run: who may have in its cache what it has changed is
 * told, and what it has read may be in the client's.
 *
 * @param read the command whose keys count as read, if any was
 */
export const withCaches = (
  call: Call,
  outcome: Outcome,
  read: { readonly command: Command; readonly args: ReadonlyArray<Bytes> } | null,
): Outcome => {
  const { state: told, messages, own } = tellAtOnce(outcome.state, call.sessionId);
  const keys = read?.command.keys && namedKeys(read.command.keys, read.args);
  const state = keys ? remember(told, call.sessionId, keys) : told;
  return {
    ...outcome,
    state,
    messages: [...(outcome.messages ?? []), ...messages],
    due: [...(outcome.due ?? []), ...own],
  };
};

/** A session's wait was served: as `withCaches`, and the session itself is told behind its reply. */
export const tellServed = (state: State, sessionId: number): Told => {
  const told = tellAtOnce(state, sessionId);
  const own = tellAll(told.state, told.own);
  return { state: own.state, messages: [...told.messages, ...own.messages] };
};

/** Tells a client what it is due to be told, if it is still there. */
export const tellAll = (before: State, due: ReadonlyArray<Due>): Told => {
  let state = before;
  const messages: Message[] = [];
  for (const one of due.filter(({ sessionId }) => state.sessions.has(sessionId))) {
    const told = tell(state, one);
    state = told.state;
    messages.push(...told.messages);
  }
  return { state, messages };
};

/**
 * A command is done, and whoever it has served: who wants to be told of keys with a prefix is told of
 * all that have changed, in order, in one message for each prefix.
 */
export const broadcast = (before: State): Told => {
  if (before.changes.length === 0) return { state: before, messages: [] };
  const prefixes = [...before.sessions.values()].flatMap(({ caching }) => [
    ...(caching?.prefixes ?? []),
  ]);
  let state: State = { ...before, changes: [] };
  const messages: Message[] = [];
  for (const prefix of [...new Set(prefixes)].sort()) {
    const changed = lastOfEach(
      before.changes.filter(({ key, newer }) => key?.startsWith(prefix) && !newer.has(prefix)),
    );
    for (const [sessionId, { caching }] of before.sessions) {
      if (caching === null || !caching.prefixes.has(prefix)) continue;
      const isOwn = ({ by, client }: Change) => by === "command" && client === sessionId;
      const told = changed.filter((change) => !(caching.noLoop && isOwn(change)));
      if (told.length === 0) continue;
      const keys = array(told.map(({ key }) => bulk(key ?? "")));
      const sent = send(state, sessionId, caching.redirection, keys);
      state = sent.state;
      messages.push(...sent.messages);
    }
  }
  return { state, messages };
};

/** Between commands: whoever has a cache is told of what has changed by nobody's command. */
export const tellCaches = (before: State): Told => {
  const told = tellServed(before, NOBODY);
  const late = broadcast(told.state);
  return { state: late.state, messages: [...told.messages, ...late.messages] };
};

/** The last change of each key, in the order of the keys' bytes. */
const lastOfEach = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const last = new Map(changes.map((change) => [change.key ?? "", change]));
  return [...last.keys()].sort().map((key) => last.get(key) as Change);
};
