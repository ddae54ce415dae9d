import { MAX_PREFETCH } from "../engine/keyspace.ts";
import { ReplyWriter } from "../resp/reply.ts";
import { latin1, type Request } from "../resp/request.ts";
import type { CommandRecord } from "./command-table.ts";
import { Frames } from "./frames.ts";
import type { Instance } from "./instance.ts";
import { MIN_KEYS, prefetchKeys } from "./look-ahead.ts";
import { execute } from "./run.ts";
import { Session } from "./session.ts";

const FACTS = { address: "", localAddress: "", fd: -1 };
const MINUS = 45;

/**
 * Executes the commands of a log on an instance: no client sees them, no statistics count them, and
 * nothing is journaled.
 *
 * No key expires meanwhile: what a command found when it ran, its replay must find.
 */
export class ReplaySession {
  readonly #instance: Instance;
  readonly #session: Session;
  readonly #frames: Frames;
  readonly #reply = new ReplyWriter();
  readonly #hashes = new Int32Array(MAX_PREFETCH);
  /** It looks ahead only in databases of at least so many keys. Tests look always. */
  minKeys = MIN_KEYS;

  constructor(instance: Instance) {
    this.#instance = instance;
    this.#frames = new Frames(instance);
    this.#session = new Session(0, FACTS, instance.time.nowMs, true);
  }

  /** A file begins: database 0 is selected. */
  beginFile(): void {
    this.#session.database = 0;
  }

  /** Runs `work`, in which time stands still before any key's end. */
  withoutExpiry<T>(work: () => T): T {
    const instance = this.#instance;
    const { nowMs } = instance.time;
    instance.time.nowMs = 0;
    try {
      return work();
    } finally {
      instance.time.nowMs = nowMs;
    }
  }

  /** The first `count` of `requests` are likely to be executed next: looks their keys up at once. */
  expect(requests: readonly Request[], count: number): void {
    const keyspace = this.#instance.data.databases[this.#session.database]!;
    if (keyspace.size < this.minKeys) return;
    prefetchKeys(keyspace, requests, count, this.#hashes);
  }

  /** Executes a command. Null, or why it cannot be executed. */
  execute(request: Request): string | null {
    const instance = this.#instance;
    const record = subcommandOf(instance.commands.find(request), request);
    if (record === null) return "the command is unknown";
    if (!record.accepts(request.argc)) return "the number of arguments is wrong";
    const reply = this.#reply;
    reply.truncate(0);
    const call = this.#frames.enter(this.#session, record, request, reply, "replay");
    execute(call, record);
    this.#frames.leave(call);
    if (reply.bytes[0] !== MINUS) return null;
    return latin1(reply.bytes, 1, reply.length - 3);
  }
}

/** The subcommand that a request names, when its command is a container of them. */
function subcommandOf(record: CommandRecord | null, request: Request): CommandRecord | null {
  if (record === null || record.subcommands === null) return record;
  return record.subcommands.get(request.argc > 1 ? request.text(1).toLowerCase() : "") ?? null;
}
