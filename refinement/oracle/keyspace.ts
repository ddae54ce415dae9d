/** The whole keyspace of the real server, read without changing it. */

import { Schema } from "effect";
import {
  decode,
  Entry,
  type Reply,
  type TypeName,
  types,
  type ValueOf,
} from "../../model/keyspace/index.ts";
import type { WireClient } from "../../testing/wire/client.ts";
import { typeViews } from "../types/index.ts";

/** What a real key holds, described, where the model has no such type, encoding or value. */
export interface Foreign {
  readonly foreign: string;
}

/** What a key of the real server is found to be. */
export type Found = Entry | Foreign;

/** Database number to key to what it holds; empty databases are left out. */
export type Keyspace = ReadonlyMap<number, ReadonlyMap<string, Found>>;

/**
 * Reads every key of every database that holds any; keys past their expiry are not there.
 *
 * @param client a connection that speaks RESP3
 */
export async function readKeyspace(client: WireClient): Promise<Keyspace> {
  const keyspace = new Map<number, ReadonlyMap<string, Found>>();
  const [info] = await pipeline(client, [["INFO", "keyspace"]]);
  const databases = [...info!.matchAll(/^db(\d+):/gm)].map((match) => Number(match[1]));
  for (const database of databases) {
    const facts = await readDatabase(client, database);
    if (facts.size > 0) keyspace.set(database, facts);
  }
  return keyspace;
}

/** What of a stream is compared. */
export type OfStream = (stream: ValueOf<"stream">) => object;

/**
 * Every key of every database with what it holds and when it dies, in order. Encodings are left
 * out: they may differ between two servers, as when what INCRBYFLOAT made arrives as a SET.
 *
 * @param ofStream what of a stream is looked at: everything, unless the servers cannot have that in
 *   common, since one has its data by the effects that the other told
 */
export async function readContents(
  client: WireClient,
  ofStream: OfStream = (stream) => stream,
): Promise<readonly (readonly unknown[])[]> {
  const contents = [...(await readKeyspace(client))].flatMap(([database, keys]) =>
    [...keys].map(([key, found]) => [database, key, comparable(found, ofStream)] as const),
  );
  return contents.sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1));
}

function comparable(found: Found, ofStream: OfStream): unknown {
  if ("foreign" in found) return found;
  const value = found.value.type === "stream" ? ofStream(found.value) : found.value;
  return { ...found, value: { ...value, encoding: "any" } };
}

async function readDatabase(
  client: WireClient,
  database: number,
): Promise<ReadonlyMap<string, Found>> {
  await pipeline(client, [["SELECT", String(database)]]);
  const [keys] = await ask(client, [["KEYS", "*"]]);
  const facts = await readFacts(client, textsOf(keys!));
  const readings = facts.map(({ key, type }) =>
    isTypeName(type) ? typeViews[type].reading(key) : [],
  );
  const replies = await ask(client, readings.flat());
  let next = 0;
  const found = new Map<string, Found>();
  for (const [at, { key, type, encoding, expireAtMs }] of facts.entries()) {
    const said = replies.slice(next, next + readings[at]!.length);
    next += said.length;
    const content = isTypeName(type) ? typeViews[type].read(said) : {};
    if (content === undefined) continue;
    const entry = { value: { type, encoding, ...content }, expireAtMs };
    const foreign = () =>
      `${type} ${encoding} ${JSON.stringify(content, plain)}, which the model has not`;
    found.set(key, isEntry(entry) ? entry : { foreign: foreign() });
  }
  return found;
}

/** Maps and big integers in a form that JSON can write. */
function plain(_: string, part: unknown): unknown {
  if (part instanceof Map) return [...part];
  return typeof part === "bigint" ? String(part) : part;
}

const isEntry = Schema.is(Entry);

function isTypeName(name: string): name is TypeName {
  return Object.hasOwn(types, name);
}

/** What can be said of a key whatever it holds. */
interface KeyFacts {
  readonly key: string;
  readonly type: string;
  readonly encoding: string;
  /** Milliseconds since 1970, null without an expiry. */
  readonly expireAtMs: bigint | null;
}

async function readFacts(
  client: WireClient,
  keys: ReadonlyArray<string>,
): Promise<ReadonlyArray<KeyFacts>> {
  const replies = await ask(
    client,
    keys.flatMap((key) => [
      ["TYPE", key],
      ["OBJECT", "ENCODING", key],
      ["PEXPIRETIME", key],
    ]),
  );
  return keys.flatMap((key, at) => {
    const [type, encoding, expiry] = replies.slice(at * 3, at * 3 + 3);
    // A key whose time is past answers none, a null and -2.
    if (type?._tag !== "Simple" || type.text === "none") return [];
    if (encoding?._tag !== "Bulk" || expiry?._tag !== "Integer" || expiry.value === -2n) return [];
    const expireAtMs = expiry.value === -1n ? null : expiry.value;
    return [{ key, type: type.text, encoding: encoding.bytes, expireAtMs }];
  });
}

/** The bulk strings of an array. */
function textsOf(reply: Reply): ReadonlyArray<string> {
  if (reply._tag !== "Array") throw new Error(`no array: ${reply._tag}`);
  return reply.items.flatMap((item) => (item._tag === "Bulk" ? [item.bytes] : []));
}

/** Sends the requests at once and returns what their replies say. */
async function ask(
  client: WireClient,
  requests: ReadonlyArray<ReadonlyArray<string>>,
): Promise<ReadonlyArray<Reply>> {
  return (await pipeline(client, requests)).map((reply) => decode(reply).reply);
}

/** Sends the requests at once and returns their replies as binary strings. */
export async function pipeline(
  client: WireClient,
  requests: ReadonlyArray<ReadonlyArray<string>>,
): Promise<ReadonlyArray<string>> {
  for (const request of requests) client.send(request);
  const { replies, shortage } = await client.receive(requests.length);
  if (shortage !== undefined) throw new Error(`the control connection fell silent: ${shortage}`);
  return replies.map((reply) => reply.toString("latin1"));
}
