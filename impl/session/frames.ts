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
  /** How many commands have been left: others run above them. */
  #left = 0;

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

  /** The client whose request runs; null between requests, also where one was put aside. */
  get client(): Session | null {
    return this.#depth === this.#left ? null : this.#calls[this.#left]!.session;
  }

  /** The command that runs another one, which must be inside one. */
  below(call: Call): Call {
    if (CHECKED) assert(call.depth > 0, "a client's own command is inside no other");
    return this.#calls[call.depth - 1]!;
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
    if (CHECKED) {
      call.verifyBegin(depth === this.#left);
      assert(call.again === null && call.ending === null, "a command begins anew");
    }
    return call;
  }

  /** True when commands have been left that are not put aside yet. */
  get hasLeft(): boolean {
    return this.#depth > this.#left;
  }

  /**
   * The commands that run have been left and are put aside: what comes runs above them. The bytes
   * of their requests are not theirs any more.
   */
  putAside(): void {
    if (CHECKED) assert(this.#left === 0 && this.#depth > 0, "commands are put aside once");
    this.#left = this.#depth;
    for (let i = 0; i < this.#depth; i++) {
      const call = this.#calls[i]!;
      assert(call.again !== null && call.ending !== null, "a command that is left goes on");
      call.request = call.request.copy();
    }
  }

  /** The commands that were put aside run again. */
  takeUp(): void {
    this.verifyIdle();
    assert(this.#left > 0, "commands were put aside");
    this.#left = 0;
  }

  /** It has ended. Precondition: it is the innermost one. */
  leave(call: Call): void {
    if (CHECKED) assert(this.top === call, "the command that ends is the innermost one");
    this.#depth--;
  }

  /** Throws when a command seems to run: between requests none does, but those that were left. */
  verifyIdle(): void {
    assert(this.#depth === this.#left, "a command was entered and never left");
  }
}
