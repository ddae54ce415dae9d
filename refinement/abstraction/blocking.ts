/**
 * The abstraction function from the production server to the model of waiting for keys
 * (`model/blocking/state.ts`): what sessions, waits and data mean, all representation forgotten.
 *
 * The log and what replies wait for are not in it: they show in what leaves, and after a crash.
 */
import assert from "node:assert/strict";
import { latin1, type Request } from "../../impl/resp/request.ts";
import type { Instance } from "../../impl/session/instance.ts";
import type { Session } from "../../impl/session/session.ts";
import { LIST_TYPE } from "../../impl/types/list/view.ts";
import { STREAM_TYPE } from "../../impl/types/stream/kinds.ts";
import { ZSET_TYPE } from "../../impl/types/zset/kinds.ts";
import { sourcesOf } from "../../model/blocking/commands.ts";
import type { Command, Data, State, Waiter } from "../../model/blocking/state.ts";
import { decode, type Entry, encode, type Reply } from "../../model/keyspace/index.ts";
import { modelCommand, specAnswer } from "./blocking-words.ts";
import { abstractDatabase } from "./keyspace.ts";

/** One client's side, as far as it is compared: all words that it is still owed, in order. */
interface ClientView {
  readonly multi: boolean;
  readonly queue: readonly Command[];
  readonly owed: readonly string[];
}

/** What is compared. */
export interface View {
  readonly clients: Readonly<Record<string, ClientView>>;
  readonly line: readonly Waiter[];
  /** By key: who waits for it, in order. */
  readonly waiters: Readonly<Record<string, readonly string[]>>;
  readonly ready: boolean;
  readonly db: Data;
}

/** The model's state as far as it is compared. */
export function viewOf({ clients, line, ready, db }: State): View {
  const views = Object.entries(clients).map(([name, { multi, queue, out }]) => {
    const owed = out.flatMap(({ val }) => val.flat());
    return [name, { multi, queue, owed }] as const;
  });
  const waiters = Object.keys(db).map((key) => {
    const own = line.filter(({ command }) => sourcesOf(command).includes(key));
    return [key, own.map(({ who }) => who)] as const;
  });
  return {
    clients: Object.fromEntries(views),
    line,
    waiters: Object.fromEntries(waiters),
    ready: ready.length > 0,
    db,
  };
}

/**
 * What the server's state means between two requests, when each that has arrived has run.
 *
 * @param keys the keys of the model
 */
export function abstractBlocking(instance: Instance, keys: readonly string[]): View {
  const { clients, data, time } = instance;
  const { waits } = clients;
  const views = [...clients.sessions.values()].map(
    (session) => [String(session.id), abstractClient(session)] as const,
  );
  const entries = abstractDatabase(data.databases[0]!, time.nowMs);
  const line = [...waits.of("keys")].map((session) => {
    return { who: String(session.id), command: commandOf(session.blocked!.again!.request) };
  });
  const waiters = keys.map((key) => {
    // Nobody waits for two types under one name.
    const own = WAITED_TYPES.flatMap((type) => [
      ...waits.keys.waitersFor({ database: 0, key }, type),
    ]);
    return [key, own.map(({ id }) => String(id))] as const;
  });
  return {
    clients: Object.fromEntries(views),
    line,
    waiters: Object.fromEntries(waiters),
    ready: waits.keys.hasReady,
    db: Object.fromEntries(keys.map((key) => [key, elementsOf(entries.get(key))])),
  };
}

function commandOf(request: Request): Command {
  return modelCommand(Array.from({ length: request.argc }, (_, i) => request.text(i)));
}

function abstractClient({ queue, reply }: Session): ClientView {
  const owed: string[] = [];
  for (let rest = latin1(reply.bytes, 0, reply.length); rest !== ""; ) {
    const decoded = decode(rest);
    owed.push(...wordsOf(decoded.reply));
    rest = decoded.rest;
  }
  const queued = (queue ?? []).map(({ request }) => commandOf(request));
  return { multi: queue !== null, queue: queued, owed };
}

function wordsOf(reply: Reply): readonly string[] {
  if (reply._tag === "Array") return reply.items.flatMap(wordsOf);
  return specAnswer(encode(reply, 2), false).flat();
}

const WAITED_TYPES = [LIST_TYPE, ZSET_TYPE, STREAM_TYPE];

/** What a key holds, in the words of the model. */
function elementsOf(entry: Entry | undefined): readonly string[] {
  if (entry === undefined) return [];
  const { value } = entry;
  if (value.type === "list") return value.items;
  if (value.type === "zset") return value.members.map(({ score, name }) => `${score} ${name}`);
  assert(value.type === "stream", `nobody waits for a ${value.type}`);
  const groups = [...value.groups.values()].map(({ lastId, pending }) =>
    ["group", idText(lastId), ...[...pending.keys()].map(idText)].join(" "),
  );
  const items = value.nodes.flat().map(({ id, fields }) => `${idText(id)} ${fields[1]}`);
  return [...groups, ...items];
}

function idText(id: bigint): string {
  return `${id >> 64n}-${id & (2n ** 64n - 1n)}`;
}
