import type { Integer64 } from "../../engine/integers.ts";
import type { PeerAnswer } from "../../ports/peer-links.ts";
import type { Request } from "../../resp/request.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { type KeyReference, keyRange } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { NO_DATABASE, type Peer } from "../../session/peers.ts";
import { behind, flag, integer, oneOf, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { payloadOf } from "./dump.ts";
import { KEYSPACE } from "./facts.ts";

const FIRST_OPTION = 6;
const DEFAULT_TIMEOUT_MS = 1000;
/** A timeout above this is one for ever: timers do not know it. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1;
const KEY_USE = ["RW", "access", "delete"] as const;

/** MIGRATE: keys go to another server. Nobody is served until they have arrived. */
export const MIGRATE: Command = {
  ...KEYSPACE,
  name: "migrate",
  arity: -6,
  flags: ["write"],
  keySpecs: [
    keyRange(KEY_USE, 3, 0, 1),
    {
      flags: [...KEY_USE, "incomplete"],
      begin: { type: "keyword", keyword: "KEYS", startFrom: -2 },
      find: { type: "range", lastKey: -1, keyStep: 1, limit: 0 },
    },
  ],
  keys: migratedKeys,
  acl: ["keyspace", "dangerous"],
  tips: ["nondeterministic_output"],
  since: "2.6.0",
  complexity: "That of DUMP and DEL here and of RESTORE there, and O(N) in the bytes that are sent",
  summary: "Moves keys to another server",
  history: [
    ["3.0.0", "`COPY` and `REPLACE` are new."],
    ["3.0.6", "`KEYS` is new."],
    ["4.0.7", "`AUTH` is new."],
    ["6.0.0", "`AUTH2` is new."],
  ],
  arguments: [
    { name: "host", type: "string" },
    integer("port"),
    oneOf(
      "key_or_empty_string",
      { name: "key", type: "key", keySpecIndex: 0 },
      flag("empty_string", ""),
    ),
    integer("destination-db"),
    integer("timeout"),
    since("3.0.0", optional(flag("copy"))),
    since("3.0.0", optional(flag("replace"))),
    optional(
      oneOf(
        "authentication",
        since("4.0.7", optional(behind("AUTH", { name: "password", type: "string" }))),
        since(
          "6.0.0",
          optional({
            name: "username_password",
            type: "block",
            token: "AUTH2",
            arguments: [
              { name: "username", type: "string" },
              { name: "password", type: "string" },
            ],
          }),
        ),
      ),
    ),
    since("3.0.6", {
      ...behind("KEYS", { name: "key", type: "key", keySpecIndex: 1 }),
      flags: ["optional", "multiple"],
    }),
  ],
  handler: migrate,
};

/** The keys of a request: none where KEYS contradicts the key before. */
function migratedKeys(request: Request): readonly KeyReference[] {
  const reference = (position: number): KeyReference => ({ position, flags: KEY_USE });
  for (let i = FIRST_OPTION; i < request.argc; i++) {
    if (request.is(i, "keys")) {
      if (request.lengths[3]! > 0) return [];
      return Array.from({ length: request.argc - i - 1 }, (_, j) => reference(i + 1 + j));
    }
    if (request.is(i, "auth")) i += 1;
    else if (request.is(i, "auth2")) i += 2;
  }
  return [reference(3)];
}

interface MigrateOptions {
  readonly copy: boolean;
  readonly replace: boolean;
  /** Arguments of AUTH; none without a password. */
  readonly credentials: readonly number[];
  /** The arguments that are keys, from the first to before the last. */
  readonly firstKey: number;
  readonly endOfKeys: number;
  readonly database: Integer64;
  readonly timeoutMs: number;
}

/** What a try has come to: `done` has replied, `again` may go better over a new connection. */
type Try = "done" | "again";

function migrate(call: Call): void {
  const options = migrateOptions(call);
  if (options === null) return;
  const keys: number[] = [];
  for (let i = options.firstKey; i < options.endOfKeys; i++) {
    if (call.lookupRead(i) !== 0) keys.push(i);
  }
  if (keys.length === 0) {
    call.reply.simple("NOKEY");
    return;
  }
  if (attempt(call, options, keys, true) === "again") attempt(call, options, keys, false);
}

function attempt(
  call: Call,
  options: MigrateOptions,
  keys: readonly number[],
  mayRetry: boolean,
): Try {
  const { instance, request, reply } = call;
  const { peers } = instance;
  const { timeoutMs, database } = options;
  const port = Number.parseInt(request.cText(2), 10) || 0;
  const peer = peers.connected(request.cText(1), port, call.nowMs, timeoutMs);
  if (peer === null) {
    reply.error("IOERR error or timeout connecting to the client");
    return "done";
  }
  const selects = peer.database !== database;
  const before = (options.credentials.length > 0 ? 1 : 0) + (selects ? 1 : 0);
  const bytes = requestsOf(call, options, keys, selects);
  const answer = peers.links.exchange(peer.link, bytes, before + keys.length, timeoutMs);
  const replies = answer.lines.slice(before);
  const refusal = answer.lines.slice(0, before).find(isError);
  const nothingCame = answer.failure !== null && replies.length === 0;
  if (nothingCame && mayRetry && !answer.timedOut) {
    peers.close(peer);
    return "again";
  }
  const moved = keys.filter((_, i) => i < replies.length && !isError(refusal ?? replies[i]!));
  const error = replies.length === 0 ? undefined : (refusal ?? replies.find(isError));
  if (!options.copy) remove(call, moved);
  finish(call, peer, answer, error);
  if (answer.failure === null && error === undefined) peer.database = database;
  return "done";
}

function isError(line: string): boolean {
  return line.startsWith("-");
}

/** Replies what the other server has said, or that it has said nothing. */
function finish(call: Call, peer: Peer, answer: PeerAnswer, error: string | undefined): void {
  const { reply, instance } = call;
  if (answer.failure !== null) instance.peers.close(peer);
  if (error !== undefined) {
    peer.database = NO_DATABASE;
    reply.error(`ERR Target instance replied with error: ${error.slice(1)}`);
  } else if (answer.failure !== null) {
    reply.error(`IOERR error or timeout ${answer.failure} to target instance`);
  } else reply.ok();
}

/** Removes the keys that have arrived: the effect is a DEL of them. */
function remove(call: Call, keys: readonly number[]): void {
  if (keys.length === 0) return;
  const { request, keyspace } = call;
  const { bytes, offsets, lengths } = request;
  for (const i of keys) {
    call.capture(i);
    const ref = keyspace.find(bytes, offsets[i]!, lengths[i]!);
    if (ref !== 0) keyspace.remove(ref);
    call.changed(i, KEY_EVENT.del);
  }
  if (!call.effects.enabled) return;
  const effects = call.rewrite(1 + keys.length);
  effects.word("DEL");
  for (const i of keys) effects.argument(request, i);
}

/** What is sent: perhaps AUTH and SELECT, and a RESTORE for each key. */
function requestsOf(
  call: Call,
  { credentials, replace, database }: MigrateOptions,
  keys: readonly number[],
  selects: boolean,
): Uint8Array {
  const { request, keyspace } = call;
  const pieces: Uint8Array[] = [];
  const word = (text: string): Uint8Array => Buffer.from(text, "latin1");
  const send = (...words: readonly Uint8Array[]): void => {
    pieces.push(word(`*${words.length}\r\n`));
    for (const one of words) pieces.push(word(`$${one.length}\r\n`), one, word("\r\n"));
  };
  if (credentials.length > 0) send(word("AUTH"), ...credentials.map((i) => request.arg(i)));
  if (selects) send(word("SELECT"), word(String(database)));
  for (const i of keys) {
    const ref = keyspace.find(request.bytes, request.offsets[i]!, request.lengths[i]!);
    const ttlMs = keyspace.hasExpiry(ref)
      ? BigInt(keyspace.expiryMs(ref)) - BigInt(call.nowMs)
      : 0n;
    const ttl = keyspace.hasExpiry(ref) && ttlMs < 1n ? 1n : ttlMs;
    const payload = payloadOf(call, ref);
    const restore = [word("RESTORE"), request.arg(i), word(String(ttl)), payload];
    send(...restore, ...(replace ? [word("REPLACE")] : []));
  }
  return Buffer.concat(pieces);
}

/** The options; null, with the error replied, when they are invalid. */
function migrateOptions(call: Call): MigrateOptions | null {
  const { request, reply } = call;
  const { argc } = request;
  let copy = false;
  let replace = false;
  let credentials: number[] = [];
  let firstKey = 3;
  let endOfKeys = 4;
  for (let i = FIRST_OPTION; i < argc; i++) {
    if (request.is(i, "copy")) copy = true;
    else if (request.is(i, "replace")) replace = true;
    else if (request.is(i, "auth") && i + 1 < argc) {
      // A user that was named before stays.
      credentials = [...credentials.slice(0, -1), ++i];
      call.redact(i);
    } else if (request.is(i, "auth2") && i + 2 < argc) {
      credentials = [i + 1, i + 2];
      for (const secret of credentials) call.redact(secret);
      i += 2;
    } else if (request.is(i, "keys")) {
      if (request.lengths[3]! > 0) {
        reply.error(
          "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
        );
        return null;
      }
      firstKey = i + 1;
      endOfKeys = argc;
      break;
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  const timeout = integerArgument(call, 5);
  if (timeout === null) return null;
  const database = integerArgument(call, 4);
  if (database === null) return null;
  const timeoutMs = timeout <= 0 ? DEFAULT_TIMEOUT_MS : Math.min(Number(timeout), MOST_TIMEOUT_MS);
  return { copy, replace, credentials, firstKey, endOfKeys, database, timeoutMs };
}
