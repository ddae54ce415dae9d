/**
 * The abstraction function from the production server's state to the model's
 * (`model/keyspace/state.ts`): what an `Instance` means, all representation forgotten.
 *
 * A key whose time is past means nothing, whether or not it has been removed yet; the model has no
 * such keys.
 */
import type { EntryRef, Keyspace } from "../../impl/engine/keyspace.ts";
import { latin1 } from "../../impl/resp/request.ts";
import { FLAG_WORDS } from "../../impl/scripting/shebang.ts";
import type { Instance } from "../../impl/session/instance.ts";
import type { Session } from "../../impl/session/session.ts";
import type { SessionTracking } from "../../impl/session/session-tracking.ts";
import { encodingName, TYPES_BY_NUMBER, typeOf } from "../../impl/types/index.ts";
import {
  type Caching,
  type Entry,
  type Session as ModelSession,
  type State,
  sameButForEncoding,
  sameConfig,
  sameEntry,
  sameLibraries,
  sameRefusals,
  sameSession,
  sameUsers,
  sameWaiting,
  type Value,
  type Waiter,
  watchedName,
} from "../../model/keyspace/index.ts";
import { typeViews } from "../types/index.ts";
import { abstractRefusals, abstractUsers } from "./users.ts";

const REPLY_MODES = {
  on: "on",
  off: "off",
  skip: "skip",
  skipNext: "skip next",
} as const satisfies Record<Session["replyMode"], ModelSession["replies"]>;

/** The keys of a database with their values, expired ones left out. */
export function abstractDatabase(keyspace: Keyspace, nowMs: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  keyspace.forEach((ref) => {
    if (keyspace.isExpired(ref, nowMs)) return;
    entries.set(keyOf(keyspace, ref), abstractEntry(keyspace, ref));
  });
  return entries;
}

function keyOf(keyspace: Keyspace, ref: EntryRef): string {
  return latin1(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
}

function abstractEntry(keyspace: Keyspace, ref: EntryRef): Entry {
  const type = typeOf(keyspace, ref).name;
  const encoding = encodingName(keyspace, ref);
  return {
    value: { type, encoding, ...typeViews[type].abstract(keyspace, ref) } as Value,
    expireAtMs: keyspace.hasExpiry(ref) ? BigInt(keyspace.expiryMs(ref)) : null,
  };
}

/** What a session means: a spoiled transaction's queue, and its watches, count no more. */
export function abstractSession(instance: Instance, session: Session): ModelSession {
  const dirty = instance.data.hasChangedFor(session);
  const refused = dirty || session.dirtyExec;
  return {
    database: session.database,
    protocol: session.reply.protocol,
    name: session.name,
    authenticated: session.authenticated,
    user: session.user.name,
    queue: session.queue && (refused ? [] : session.queue.map((queued) => args(queued.request))),
    needsRoom: session.queue?.some(({ judged, isIdle }) => judged.takesMemory && !isIdle) ?? false,
    aborted: session.dirtyExec,
    dirty,
    watched: new Set(dirty ? [] : watchedBy(instance, session)),
    replies: REPLY_MODES[session.replyMode],
    noEvict: session.noEvict,
    channels: session.subscriptions?.channels ?? new Set(),
    patterns: session.subscriptions?.patterns ?? new Set(),
    shardChannels: session.subscriptions?.shards ?? new Set(),
    caching: session.tracking && abstractCaching(session.tracking),
  };
}

function abstractCaching(tracking: SessionTracking): Caching {
  return {
    broadcast: tracking.isBroadcast,
    optIn: tracking.isOptIn,
    optOut: tracking.isOptOut,
    noLoop: tracking.isNoLoop,
    redirection: tracking.redirection,
    broken: tracking.isBroken,
    said: tracking.isCaching,
    prefixes: new Set(tracking.prefixes),
  };
}

/** Who waits for keys, in the order in which they began to. */
export function abstractWaiting(instance: Instance): Waiter[] {
  return [...instance.clients.waits.of("keys")].map(({ id, blocked }) => {
    const { again, untilMs } = blocked!;
    const { database, keys, type, endsWithKey } = again!.wait;
    return {
      sessionId: id,
      database,
      keys,
      type: TYPES_BY_NUMBER[type]!.name,
      endsWithKey,
      args: args(again!.request),
      untilMs: untilMs === Number.POSITIVE_INFINITY ? null : BigInt(untilMs),
    };
  });
}

function args(request: { argc: number; text(i: number): string }): string[] {
  return Array.from({ length: request.argc }, (_, i) => request.text(i));
}

function watchedBy(instance: Instance, session: Session): string[] {
  const watched: string[] = [];
  for (const [id, database, key] of instance.data.watches.entries()) {
    if (id === session.id) watched.push(watchedName(database, key));
  }
  return watched;
}

/** The libraries of functions by name. */
export function abstractLibraries(instance: Instance): State["libraries"] {
  return new Map(
    [...instance.data.libraries].map(({ name, code, functions }) => [
      name,
      {
        name,
        code: latin1(code, 0, code.length),
        functions: functions.map(({ name, description, flags }) => ({
          name,
          description,
          flags: [...FLAG_WORDS].filter(([, flag]) => (flags & flag) !== 0).map(([word]) => word),
        })),
      },
    ]),
  );
}

/** The directives that change what commands mean. */
export function abstractConfig(instance: Instance): State["config"] {
  const { config } = instance;
  return {
    databases: config.get("databases"),
    requirepass: config.get("requirepass") ?? "",
    maxmemory: BigInt(config.get("maxmemory")),
    maxmemoryPolicy: config.get("maxmemory-policy"),
    protoMaxBulkLen: BigInt(config.get("proto-max-bulk-len")),
    streamNodeMaxBytes: BigInt(config.get("stream-node-max-bytes")),
    streamNodeMaxEntries: BigInt(config.get("stream-node-max-entries")),
    enableDebugCommand: config.get("enable-debug-command") !== "no",
    hasFile: instance.facts.configFile !== "",
  };
}

/**
 * The first difference between what the instance means and a state of the model.
 *
 * @param isLeaving sessions whose end is decided and not yet carried out: the model has none
 * @returns null when they are equal; else where they differ, what the model has and what we have
 */
export function differenceFrom(
  instance: Instance,
  state: State,
  isLeaving: (session: Session) => boolean = () => false,
): StateDifference | null {
  for (let index = 0; index < instance.data.databases.length; index++) {
    const theirs = state.databases[index] ?? new Map();
    const keyspace = instance.data.databases[index]!;
    if (theirs.size === 0 && keyspace.size === 0) continue;
    const ours = abstractDatabase(keyspace, instance.time.nowMs);
    const difference = databaseDifference(theirs, ours);
    if (difference !== null)
      return { ...difference, where: `database ${index} ${difference.where}` };
  }
  const staying = [...instance.clients.sessions].filter(([, session]) => !isLeaving(session));
  if (staying.length !== state.sessions.size) {
    return {
      where: "number of sessions",
      expected: String(state.sessions.size),
      actual: String(staying.length),
    };
  }
  for (const [id, session] of staying) {
    const theirs = state.sessions.get(id);
    const ours = abstractSession(instance, session);
    if (theirs === undefined || !sameSession(theirs, ours)) {
      return { where: `session ${id}`, expected: show(theirs), actual: show(ours) };
    }
  }
  const caches = cachesDifference(instance, state);
  if (caches !== null) return caches;
  const scripts = [...instance.scripts.cache.shas].sort();
  const theirs = [...state.scripts].sort();
  if (scripts.join() !== theirs.join()) {
    return { where: "scripts", expected: show(theirs), actual: show(scripts) };
  }
  const libraries = abstractLibraries(instance);
  if (!sameLibraries(state.libraries, libraries)) {
    return {
      where: "libraries",
      expected: show([...state.libraries.values()]),
      actual: show([...libraries.values()]),
    };
  }
  const waiting = abstractWaiting(instance);
  if (!sameWaiting(state.waiting, waiting)) {
    return { where: "who waits", expected: show(state.waiting), actual: show(waiting) };
  }
  const users = usersDifference(instance, state);
  if (users !== null) return users;
  const config = abstractConfig(instance);
  if (!sameConfig(config, state.config)) {
    return { where: "configuration", expected: show(state.config), actual: show(config) };
  }
  return null;
}

/**
 * Where they differ in who may have which key in its cache. Of a key whose time is past the model has
 * told by now, which the server does when it comes across it.
 */
function cachesDifference(instance: Instance, state: State): StateDifference | null {
  const { table } = instance.tracking;
  if (table.size === 0 && state.remembered.size === 0) return null;
  const past = new Set<string>();
  for (const keyspace of instance.data.databases) {
    keyspace.forEach((ref) => {
      if (keyspace.isExpired(ref, instance.time.nowMs)) past.add(keyOf(keyspace, ref));
    });
  }
  const linesOf = (all: ReadonlyMap<string, Iterable<number>>): string =>
    [...all]
      .filter(([key]) => !past.has(key))
      .map(([key, ids]) => `${JSON.stringify(key)}: ${[...ids].sort((a, b) => a - b)}`)
      .sort()
      .join("; ");
  const [expected, actual] = [linesOf(state.remembered), linesOf(table.entries())];
  return expected === actual ? null : { where: "what caches may hold", expected, actual };
}

function usersDifference(instance: Instance, state: State): StateDifference | null {
  const users = abstractUsers(instance);
  if (!sameUsers(state.users, users)) {
    return { where: "users", expected: show([...state.users]), actual: show([...users]) };
  }
  const refusals = abstractRefusals(instance);
  if (sameRefusals(state.refusals, refusals)) return null;
  return { where: "refusals", expected: show(state.refusals), actual: show(refusals) };
}

/** Where two states differ. */
export interface StateDifference {
  readonly where: string;
  /** What the model has. */
  readonly expected: string;
  /** What the implementation has. */
  readonly actual: string;
}

/**
 * The first difference between two databases.
 *
 * @param withEncoding false where encodings may differ: a replayed effect can choose another one
 */
export function databaseDifference(
  theirs: ReadonlyMap<string, Entry>,
  ours: ReadonlyMap<string, Entry>,
  withEncoding = true,
): StateDifference | null {
  const same = withEncoding ? sameEntry : sameButForEncoding;
  for (const [key, entry] of theirs) {
    const own = ours.get(key);
    if (own === undefined || !same(entry, own)) {
      return { where: `key ${JSON.stringify(key)}`, expected: show(entry), actual: show(own) };
    }
  }
  if (ours.size === theirs.size) return null;
  const extra = [...ours.keys()].find((key) => !theirs.has(key))!;
  return {
    where: `key ${JSON.stringify(extra)}`,
    expected: "absent",
    actual: show(ours.get(extra)),
  };
}

function show(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value, shown);
}

function shown(_: string, part: unknown): unknown {
  if (part instanceof Map || part instanceof Set) return [...part];
  return typeof part === "bigint" ? String(part) : part;
}
