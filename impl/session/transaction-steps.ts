import type { Trace } from "../ports/trace.ts";
import { latin1, type Request } from "../resp/request.ts";
import type { Instance } from "./instance.ts";
import type { Session } from "./session.ts";

/** The commands of transactions that are steps of their own, by whether MULTI has been run. */
const INSIDE: Readonly<Record<string, string>> = {
  multi: "Misuse",
  watch: "Misuse",
  discard: "Discard",
};
const OUTSIDE: Readonly<Record<string, string>> = {
  multi: "Multi",
  watch: "Watch",
  unwatch: "Unwatch",
  discard: "Misuse",
  exec: "Misuse",
};

/**
 * Tells a trace which steps of `specs/transactions/Transactions.tla` the server takes. A step's
 * `reply` is the RESP text of the reply that it wrote, one character per byte.
 *
 * The specification speaks of one database, which is the first, and of keys whose time passes: the
 * moment is told before the next step that could notice it.
 */
export class TransactionSteps {
  readonly #trace: Trace;
  readonly #instance: Instance;
  /** Keys that are there, past their time, and told to be. */
  #past = new Set<string>();
  /** The replies of each session that have not left. */
  readonly #held = new Map<Session, string[]>();
  #replyStart = 0;
  #isInMulti = false;
  #commandsBefore = 0;
  #expiredBefore = 0;
  #toldGate: number;

  /** @param gate LSN up to which the log's gate is open at the start */
  constructor(instance: Instance, trace: Trace, gate: number) {
    this.#instance = instance;
    this.#trace = trace;
    this.#toldGate = gate;
  }

  /** A whole request of `session` has arrived. */
  sent(session: Session, request: Request): void {
    const words = Array.from({ length: request.argc }, (_, i) => request.text(i));
    this.#step("Send", { session: String(session.id), command: words.join(" ") });
  }

  /** A request of `session` is about to be executed. */
  before(session: Session): void {
    this.passed();
    const { statistics } = this.#instance;
    this.#replyStart = session.reply.length;
    this.#isInMulti = session.queue !== null;
    this.#commandsBefore = statistics.commandsProcessed;
    this.#expiredBefore = statistics.expiredKeys;
  }

  /** It has been, and its effects are journaled. */
  after(session: Session): void {
    const reply = replyFrom(session, this.#replyStart);
    this.#step(this.#actionOf(session, reply), { session: String(session.id), reply });
    const held = this.#held.get(session);
    if (held === undefined) this.#held.set(session, [reply]);
    else held.push(reply);
    this.#forgetRemoved();
  }

  /** An EXEC begins to run its queue. */
  execStarts(session: Session): void {
    this.#step("ExecStart", { session: String(session.id) });
  }

  /** It has run one command, whose reply begins at `replyStart`. */
  execRan(session: Session, replyStart: number): void {
    const reply = replyFrom(session, replyStart);
    this.#step("ExecNext", { session: String(session.id), reply });
  }

  /** Time has passed: tells of each key whose time is past since then. */
  passed(): void {
    const past = this.#pastKeys();
    for (const key of past) {
      if (!this.#past.has(key)) this.#step("Pass", { key });
    }
    this.#past = past;
  }

  /** A key of the first database was removed in the background, and that is journaled. */
  expired(key: string): void {
    this.#step("ActiveExpire", { key });
    this.#past.delete(key);
  }

  /** The oldest `count` replies of `session` leave; the gate is open up to `gate`. */
  left(session: Session, count: number, gate: number): void {
    if (gate > this.#toldGate) this.#step("Persist", { upTo: gate });
    this.#toldGate = gate;
    for (const reply of this.#held.get(session)?.splice(0, count) ?? []) {
      this.#step("Reply", { session: String(session.id), reply });
    }
  }

  /** The connection of `session` has ended. */
  gone(session: Session): void {
    this.#held.delete(session);
    this.#step("Disconnect", { session: String(session.id) });
  }

  #actionOf(session: Session, reply: string): string {
    const { statistics } = this.#instance;
    if (statistics.commandsProcessed === this.#commandsBefore) {
      return reply === "+QUEUED\r\n" ? "Queue" : "Refuse";
    }
    const name = session.lastCommand?.fullName ?? "";
    if (this.#isInMulti && name === "exec") return execAction(reply);
    const action = (this.#isInMulti ? INSIDE : OUTSIDE)[name];
    if (action !== undefined) return action;
    return statistics.expiredKeys === this.#expiredBefore ? "Run" : "RunExpired";
  }

  /** A key that was removed or set anew may pass its time again. */
  #forgetRemoved(): void {
    if (this.#past.size === 0) return;
    const past = this.#pastKeys();
    this.#past = new Set([...this.#past].filter((key) => past.has(key)));
  }

  #pastKeys(): Set<string> {
    const keyspace = this.#instance.databases[0]!;
    const past = new Set<string>();
    keyspace.forEach((ref) => {
      if (!keyspace.isExpired(ref, this.#instance.nowMs)) return;
      past.add(latin1(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref)));
    });
    return past;
  }

  #step(action: string, fields: Readonly<Record<string, string | number>>): void {
    this.#trace.step("transactions", action, fields);
  }
}

function execAction(reply: string): string {
  if (reply.startsWith("-EXECABORT")) return "ExecAbort";
  return reply === "*-1\r\n" || reply === "_\r\n" ? "ExecNil" : "ExecFinish";
}

function replyFrom({ reply }: Session, start: number): string {
  return latin1(reply.bytes, start, reply.length - start);
}
