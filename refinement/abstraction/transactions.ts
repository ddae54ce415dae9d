/**
 * The abstraction function from the production server to the model of transactions
 * (`model/transactions/state.ts`): what sessions and data mean, all representation forgotten.
 *
 * The log and what replies wait for are not in it: they show in what leaves, and after a crash.
 */
import type { Keyspace } from "../../impl/engine/keyspace.ts";
import { latin1 } from "../../impl/resp/request.ts";
import type { Instance } from "../../impl/session/instance.ts";
import type { Session } from "../../impl/session/session.ts";
import { decode, encode } from "../../model/keyspace/index.ts";
import {
  ABSENT,
  type Data,
  type SessionState,
  type State,
  type Value,
  type WatchMark,
} from "../../model/transactions/state.ts";
import { specCommand, specReply } from "./transactions-words.ts";

/** A session of the model without what its replies wait for. */
type SessionView = Omit<SessionState, "out"> & { readonly out: readonly (readonly string[])[] };

/** What is compared. */
export interface View {
  readonly sessions: Readonly<Record<string, SessionView>>;
  readonly db: Data;
}

/** The model's state as far as it is compared. */
export function viewOf({ sessions, db }: State): View {
  const views = Object.entries(sessions).map(([name, session]) => {
    const out = session.out.map(({ val }) => val);
    return [name, { ...session, out }] as const;
  });
  return { sessions: Object.fromEntries(views), db };
}

/**
 * What the server's state means between two requests, when each that has arrived has run.
 *
 * @param keys the keys of the model
 */
export function abstractTransactions(instance: Instance, keys: readonly string[]): View {
  const sessions = [...instance.clients.sessions.values()].map((session) => {
    return [String(session.id), abstractSession(instance, session, keys)] as const;
  });
  const keyspace = instance.data.databases[0]!;
  const db = keys.map((key) => [key, abstractValue(keyspace, key, instance.time.nowMs)] as const);
  return { sessions: Object.fromEntries(sessions), db: Object.fromEntries(db) };
}

function abstractSession(
  instance: Instance,
  session: Session,
  keys: readonly string[],
): SessionView {
  const marks = new Map<string, WatchMark>();
  for (const [id, , key, expired] of instance.data.watches.entries()) {
    if (id === session.id) marks.set(key, expired ? "expired" : "yes");
  }
  return {
    wire: [],
    multi: session.queue !== null,
    queue: (session.queue ?? []).map(({ request }) => specCommand(wordsOf(request))),
    spoiled: session.dirtyExec,
    dirty: session.dirtyCas,
    watch: Object.fromEntries(keys.map((key) => [key, marks.get(key) ?? "no"])),
    out: heldReplies(session),
  };
}

function wordsOf(request: { argc: number; text(i: number): string }): string[] {
  return Array.from({ length: request.argc }, (_, i) => request.text(i));
}

function heldReplies({ reply }: Session): string[][] {
  const replies: string[][] = [];
  for (let rest = latin1(reply.bytes, 0, reply.length); rest !== ""; ) {
    const decoded = decode(rest);
    replies.push([...specReply(encode(decoded.reply, 2))]);
    rest = decoded.rest;
  }
  return replies;
}

function abstractValue(keyspace: Keyspace, key: string, nowMs: number): Value {
  const bytes = Buffer.from(key, "latin1");
  const ref = keyspace.find(bytes, 0, bytes.length);
  if (ref === 0) return ABSENT;
  const val = latin1(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref));
  if (!keyspace.hasExpiry(ref)) return { val, ttl: "none" };
  return { val, ttl: keyspace.isExpired(ref, nowMs) ? "past" : "ahead" };
}
