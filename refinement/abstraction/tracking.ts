/**
 * The abstraction function from the production server to the model of client-side caching
 * (`model/tracking/state.ts`): what sessions, the tracking table, what is to be broadcast and the data
 * mean, all representation forgotten.
 *
 * The log and what items wait for are not in it: they show in what leaves, and after a crash.
 */
import assert from "node:assert/strict";
import { latin1 } from "../../impl/resp/request.ts";
import type { Instance } from "../../impl/session/instance.ts";
import type { Session } from "../../impl/session/session.ts";
import type { SessionTracking } from "../../impl/session/session-tracking.ts";
import { decode, type Entry, encode, isPush } from "../../model/keyspace/index.ts";
import {
  CLEAN,
  type Data,
  GONE,
  type Mode,
  NOBODY,
  type State,
} from "../../model/tracking/state.ts";
import { abstractDatabase } from "./keyspace.ts";
import { specItem } from "./tracking-words.ts";

/** One client's side, as far as it is compared: what it is to be told, its replies left out. */
interface ClientView {
  readonly how: Mode;
  readonly to: string;
  readonly said: boolean;
  readonly told: readonly (readonly string[])[];
}

/** What is compared. */
export interface View {
  readonly clients: Readonly<Record<string, ClientView>>;
  readonly table: State["table"];
  readonly noted: State["noted"];
  readonly db: Data;
}

/** The model's state as far as it is compared. */
export function viewOf({ clients, table, noted, db }: State): View {
  const views = Object.entries(clients).map(([name, { how, to, said, out }]) => {
    const told = out.map(({ val }) => val).filter(([kind]) => kind !== "reply");
    return [name, { how, to, said, told }] as const;
  });
  return { clients: Object.fromEntries(views), table, noted, db };
}

/**
 * What the server's state means between two requests.
 *
 * @param keys the keys of the model
 */
export function abstractTracking(instance: Instance, keys: readonly string[]): View {
  const { clients, data, time, tracking } = instance;
  const views = [...clients.sessions.values()].map(
    (session) => [String(session.id), abstractClient(instance, session)] as const,
  );
  const readers = tracking.table.entries();
  const table = keys.map((key) => {
    // Ids of sessions that are gone stay until the key changes, and mean nothing.
    const ids = (readers.get(key) ?? []).filter((id) => clients.sessions.has(id));
    return [key, ids.map(String)] as const;
  });
  const changed = tracking.broadcasts.entries().get("")?.changed;
  const noted = keys.map((key) => [key, noteOf(instance, changed?.get(key))] as const);
  const entries = abstractDatabase(data.databases[0]!, time.nowMs);
  return {
    clients: Object.fromEntries(views),
    table: Object.fromEntries(table),
    noted: Object.fromEntries(noted),
    db: Object.fromEntries(keys.map((key) => [key, counterOf(entries.get(key))])),
  };
}

function noteOf({ clients }: Instance, by: Session | null | undefined): string {
  if (by === undefined) return CLEAN;
  return by !== null && clients.sessions.has(by.id) ? String(by.id) : NOBODY;
}

function abstractClient({ clients }: Instance, session: Session): ClientView {
  const { id, tracking, reply } = session;
  const told: (readonly string[])[] = [];
  for (let rest = latin1(reply.bytes, 0, reply.length); rest !== ""; ) {
    const decoded = decode(rest);
    if (isPush(decoded.reply)) told.push(specItem(encode(decoded.reply, 3), false));
    rest = decoded.rest;
  }
  if (tracking === null) return { how: "off", to: String(id), said: false, told };
  const { redirection } = tracking;
  const isThere = redirection === 0 || clients.sessions.has(redirection);
  const to = isThere ? String(redirection || id) : GONE;
  return { how: modeOf(tracking), to, said: tracking.isCaching, told };
}

function modeOf({ isBroadcast, isOptIn, isOptOut, isNoLoop }: SessionTracking): Mode {
  assert(!(isNoLoop && (isOptIn || isOptOut)), "the specification knows one mode at a time");
  if (isBroadcast) return isNoLoop ? "bcast-noloop" : "bcast";
  if (isOptIn) return "optin";
  if (isOptOut) return "optout";
  return isNoLoop ? "noloop" : "on";
}

function counterOf(entry: Entry | undefined): number {
  if (entry === undefined) return 0;
  assert(entry.value.type === "string", "the keys of the model hold counters");
  return Number(entry.value.bytes);
}
