import { assert, CHECKED } from "../assert.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import type { Request } from "../resp/request.ts";
import { Call } from "./call.ts";
import type { CommandRecord } from "./command-table.ts";
import type { Instance } from "./instance.ts";
import type { Origin } from "./observer.ts";
import type { Session } from "./session.ts";

/**
 * The commands that run now, innermost last: one `Call` for each, reused, so that a command inside
 * EXEC or a script leaves the call around it as it was, and no command allocates.
 */
export class Frames {
  readonly #instance: Instance;
  readonly #databases: readonly Keyspace[];
  readonly #calls: Call[] = [];
  #depth = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
    this.#databases = instance.data.databases;
  }

  /** How many commands run. */
  get depth(): number {
    return this.#depth;
  }

  /** The innermost command that runs; null between commands. */
  get top(): Call | null {
    return this.#depth === 0 ? null : this.#calls[this.#depth - 1]!;
  }

  /** A command begins: its call, which is the caller's until `leave`. */
  enter(
    session: Session,
    record: CommandRecord,
    request: Request,
    reply: ReplyWriter,
    origin: Origin,
  ): Call {
    const depth = this.#depth;
    if (depth === this.#calls.length) this.#calls.push(new Call(this.#instance, depth));
    const call = this.#calls[depth]!;
    this.#depth = depth + 1;
    call.session = session;
    call.record = record;
    call.request = request;
    call.reply = reply;
    call.origin = origin;
    call.keyspace = this.#databases[session.database]!;
    call.replyStart = reply.length;
    call.effect = "verbatim";
    if (CHECKED) call.verifyBegin();
    return call;
  }

  /** It has ended. Precondition: it is the innermost one. */
  leave(call: Call): void {
    if (CHECKED) assert(this.top === call, "the command that ends is the innermost one");
    this.#depth--;
  }

  /** Throws when a command seems to run: between requests none does. */
  verifyIdle(): void {
    assert(this.#depth === 0, "a command was entered and never left");
  }
}
