/** What a server must do with any payload: refuse it and leave nothing, or have a sound value of it. */
import { valueDigest } from "../../../impl/commands/debug/digest.ts";
import { commands } from "../../../impl/commands/index.ts";
import { latin1 } from "../../../impl/resp/request.ts";
import { typeOf } from "../../../impl/types/index.ts";
import { decode, type TypeName } from "../../../model/keyspace/index.ts";
import { type TestInstance, testInstance } from "../../../testing/instance.ts";
import { typeViews } from "../../types/index.ts";
import { broughtStream } from "../../types/stream.ts";
import type { ValueReading } from "../../types/type-view.ts";

/** What a payload brings is read as it is, where commands would make the same value in one way alone. */
const viewsOfBrought: Readonly<Record<TypeName, ValueReading<unknown>>> = {
  ...typeViews,
  stream: broughtStream,
};

const KEY = "k";
const COPY = "copy";
const REFUSED = "-ERR Bad data format\r\n";
/** Bytes that a value may take for each byte of its payload, and beside that: LZF makes 88 bytes of one, and a list of short elements takes some more. */
const HELD_PER_BYTE = 400;
const HELD_BESIDE = 64 * 1024;

/** What was made of a payload: a value, with its fingerprint as DEBUG DIGEST-VALUE has it; null when it was refused. */
export interface Verdict {
  readonly type: TypeName;
  readonly digest: string;
}

/** A server that is given one payload after the other. */
export class RestoreJudge {
  readonly #redis: TestInstance = testInstance(commands);
  #usedBytes: number;

  constructor() {
    this.#redis.run("HELLO 3");
    // The index has found its size.
    this.#redis.run("SET k v");
    this.#emptied();
    this.#usedBytes = this.#keyspace.usedBytes;
  }

  get #keyspace() {
    return this.#redis.instance.data.databases[0]!;
  }

  /** Throws, saying why, when the server does what it must not. */
  judge(payload: Uint8Array): Verdict | null {
    const redis = this.#redis;
    const reply = redis.send("RESTORE", KEY, "0", latin1(payload, 0, payload.length));
    const verdict = reply === "+OK\r\n" ? this.#verifyValue(payload) : null;
    if (verdict === null) {
      if (reply !== REFUSED) throw new Error(`answers ${JSON.stringify(reply)}`);
      if (this.#keyspace.size !== 0) throw new Error("has refused a payload and made a key");
    }
    this.#emptied();
    const used = this.#keyspace.usedBytes;
    if (used !== this.#usedBytes) throw new Error(`${used - this.#usedBytes} bytes are not freed`);
    return verdict;
  }

  #verifyValue(payload: Uint8Array): Verdict {
    const keyspace = this.#keyspace;
    const most = this.#usedBytes + HELD_BESIDE + HELD_PER_BYTE * payload.length;
    if (keyspace.usedBytes > most) throw new Error(`holds ${keyspace.usedBytes} bytes`);
    const ref = keyspace.find(Buffer.from(KEY), 0, KEY.length);
    const { name } = typeOf(keyspace, ref);
    const view = viewsOfBrought[name];
    const content = view.abstract(keyspace, ref);
    const read = this.#read(view);
    expectSame("the reads of its type", read, content);
    const dumped = decode(this.#redis.send("DUMP", KEY)).reply;
    if (dumped._tag !== "Bulk") throw new Error("cannot be dumped");
    const again = this.#redis.send("RESTORE", COPY, "0", dumped.bytes);
    if (again !== "+OK\r\n") throw new Error(`its own dump is answered ${JSON.stringify(again)}`);
    const copy = keyspace.find(Buffer.from(COPY), 0, COPY.length);
    expectSame("its dump", view.abstract(keyspace, copy), content);
    return { type: name, digest: valueDigest(keyspace, copy) };
  }

  #read(view: ValueReading<unknown>): unknown {
    const replies = view.reading(KEY).map((args) => decode(this.#redis.send(...args)).reply);
    return view.read(replies);
  }

  #emptied(): void {
    this.#redis.send("DEL", KEY, COPY);
    while (this.#redis.instance.data.reclaim(1000));
    this.#redis.effects();
  }
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  const [one, other] = [textOf(actual), textOf(expected)];
  if (one !== other) {
    throw new Error(`${what} says ${one.slice(0, 300)} instead of ${other.slice(0, 300)}`);
  }
}

/** The same text for the same content: what has no order is sorted. */
function textOf(content: unknown): string {
  return JSON.stringify(plain(content)) ?? "nothing";
}

function plain(part: unknown): unknown {
  if (Object.is(part, -0)) return "-0";
  if (typeof part === "number" || typeof part === "bigint") return String(part);
  if (typeof part !== "object" || part === null) return part;
  if (part instanceof Set) return [...part].map(textOf).sort();
  if (part instanceof Map) return [...part].map(textOf).sort();
  if (Array.isArray(part)) return part.map(plain);
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, plain(value)]));
}
