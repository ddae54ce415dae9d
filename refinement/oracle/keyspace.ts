/** The whole keyspace of the real server, read without changing it. */

import type { WireClient } from "../../testing/wire/client.ts";

/** What can be seen of one key from outside. */
export interface KeyFacts {
  readonly type: string;
  readonly encoding: string;
  readonly value: string;
  /** Milliseconds since 1970, null without an expiry. */
  readonly expireAtMs: bigint | null;
}

/** Database number to key to facts; empty databases are left out. */
export type Keyspace = ReadonlyMap<number, ReadonlyMap<string, KeyFacts>>;

/**
 * Reads every key of every database that holds any; keys past their expiry are not there.
 *
 * @param client a connection that speaks RESP3
 */
export async function readKeyspace(client: WireClient): Promise<Keyspace> {
  const keyspace = new Map<number, ReadonlyMap<string, KeyFacts>>();
  const [info] = await pipeline(client, [["INFO", "keyspace"]]);
  const databases = [...info!.matchAll(/^db(\d+):/gm)].map((match) => Number(match[1]));
  for (const database of databases) {
    const facts = await readDatabase(client, database);
    if (facts.size > 0) keyspace.set(database, facts);
  }
  return keyspace;
}

async function readDatabase(
  client: WireClient,
  database: number,
): Promise<ReadonlyMap<string, KeyFacts>> {
  const [, listing] = await pipeline(client, [
    ["SELECT", String(database)],
    ["KEYS", "*"],
  ]);
  const keys = bulks(listing!);
  const replies = await pipeline(
    client,
    keys.flatMap((key) => [
      ["TYPE", key],
      ["OBJECT", "ENCODING", key],
      ["GET", key],
      ["PEXPIRETIME", key],
    ]),
  );
  const facts = new Map<string, KeyFacts>();
  for (const [at, key] of keys.entries()) {
    const [type, encoding, value, expiry] = replies.slice(at * 4, at * 4 + 4);
    if (type === "+none\r\n" || value === "_\r\n" || expiry === ":-2\r\n") continue;
    facts.set(key, {
      type: type!.slice(1, -2),
      encoding: bulks(encoding!)[0]!,
      value: bulks(value!)[0]!,
      expireAtMs: expiry === ":-1\r\n" ? null : BigInt(expiry!.slice(1, -2)),
    });
  }
  return facts;
}

/** The bulk strings of a reply, in order. */
function bulks(reply: string): ReadonlyArray<string> {
  const found: Array<string> = [];
  let at = 0;
  while (at < reply.length) {
    const end = reply.indexOf("\r\n", at);
    const length = reply[at] === "$" ? Number(reply.slice(at + 1, end)) : -1;
    if (length >= 0) found.push(reply.slice(end + 2, end + 2 + length));
    at = length >= 0 ? end + 4 + length : end + 2;
  }
  return found;
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
