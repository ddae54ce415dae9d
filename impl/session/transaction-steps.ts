import type { Trace } from "../ports/trace.ts";
import { latin1, type Request } from "../resp/request.ts";
import type { KeyChangeListener } from "./changes.ts";
import type { Instance } from "./instance.ts";
import { KEY_EVENT, type KeyEvent } from "./key-events.ts";
import { IdleObserver, type Outcome, type RunningCommand } from "./observer.ts";
import type { Session } from "./session.ts";
import { isEmptyArray, type LogFacts, lineOf, replyFrom } from "./told-steps.ts";

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

/** What is known of the request that runs. */
interface RunningRequest {
  readonly replyStart: number;
  readonly isInMulti: boolean;
  /** It has removed a key whose time was past. */
  hasExpired: boolean;
  /** It is an EXEC that has told that it begins. */
  hasStarted: boolean;
}

const NO_REQUEST: RunningRequest = {
  replyStart: 0,
  isInMulti: false,
  hasExpired: false,
  hasStarted: false,
};

/**
 * Tells a trace which steps of `specs/transactions/Transactions.tla` the server takes. A step's
 * `reply` is the RESP text of the reply that it wrote, one character per byte.
 *
 * The specification speaks of one database, which is the first, and of keys whose time passes: the
 * moment is told before the next step that could notice it.
 */
export class TransactionSteps extends IdleObserver implements KeyChangeListener {
  readonly #trace: Trace;
  readonly #instance: Instance;
  readonly #log: LogFacts;
  /** Keys that are there, past their time, and told to be. */
  #past = new Set<string>();
  /** The replies of each session that have not left. */
  readonly #held = new Map<Session, string[]>();
  #request = NO_REQUEST;
  /** The request whose script was left, while others run. */
  #left: RunningRequest | null = null;
  #toldGate: number;

  constructor(instance: Instance, trace: Trace, log: LogFacts) {
    super();
    this.#instance = instance;
    this.#trace = trace;
    this.#log = log;
    this.#toldGate = log.gate;
  }

  override arrives(session: Session, request: Request): void {
    this.#step("Send", { session: String(session.id), command: lineOf(request) });
  }

  override begins(session: Session): void {
    this.timePasses();
    this.#request = {
      replyStart: session.reply.length,
      isInMulti: session.queue !== null,
      hasExpired: false,
      hasStarted: false,
    };
  }

  override leftOff(): void {
    this.#left = this.#request;
  }

  override goesOn(): void {
    this.#request = this.#left!;
    this.#left = null;
  }

  override ends(session: Session, outcome: Outcome): void {
    if (outcome === "postponed") return;
    const reply = replyFrom(session, this.#request.replyStart);
    this.#step(this.#actionOf(session, outcome, reply), { session: String(session.id), reply });
    const held = this.#held.get(session);
    if (held === undefined) this.#held.set(session, [reply]);
    else held.push(reply);
    this.#forgetRemoved();
  }

  override enters(command: RunningCommand): void {
    if (command.origin === "exec") this.#execStarts(command.session);
  }

  override leaves({ origin, session, record, replyStart }: RunningCommand): void {
    const reply = replyFrom(session, replyStart);
    if (record.runsQueue && isEmptyArray(reply)) this.#execStarts(session);
    if (origin === "exec") this.#step("ExecNext", { session: String(session.id), reply });
  }

  #execStarts(session: Session): void {
    if (this.#request.hasStarted) return;
    this.#request.hasStarted = true;
    this.#step("ExecStart", { session: String(session.id) });
  }

  /** Tells of each key whose time is past since the last call. */
  override timePasses(): void {
    const past = this.#pastKeys();
    for (const key of past) {
      if (!this.#past.has(key)) this.#step("Pass", { key });
    }
    this.#past = past;
  }

  override expires(database: number, key: string): void {
    if (database !== 0) return;
    this.#step("ActiveExpire", { key });
    this.#past.delete(key);
  }

  changed(
    _database: number,
    _bytes: Uint8Array,
    _offset: number,
    _length: number,
    event: KeyEvent,
  ): void {
    if (event === KEY_EVENT.expired) this.#request.hasExpired = true;
  }

  override replies(session: Session, count: number, gate: number): void {
    if (gate > this.#toldGate) this.#step("Persist", { upTo: gate });
    this.#toldGate = gate;
    for (const reply of this.#held.get(session)?.splice(0, count) ?? []) {
      this.#step("Reply", { session: String(session.id), reply });
    }
  }

  override disconnects(session: Session): void {
    this.#held.delete(session);
    if (this.#log.isUp) this.#step("Disconnect", { session: String(session.id) });
  }

  #actionOf(session: Session, outcome: Outcome, reply: string): string {
    if (outcome === "queued") return "Queue";
    if (outcome === "refused") return "Refuse";
    const name = session.lastCommand?.fullName ?? "";
    if (this.#request.isInMulti && name === "exec") return execAction(reply);
    const action = (this.#request.isInMulti ? INSIDE : OUTSIDE)[name];
    if (action !== undefined) return action;
    return this.#request.hasExpired ? "RunExpired" : "Run";
  }

  /** A key that was removed or set anew may pass its time again. */
  #forgetRemoved(): void {
    if (this.#past.size === 0) return;
    const past = this.#pastKeys();
    this.#past = new Set([...this.#past].filter((key) => past.has(key)));
  }

  #pastKeys(): Set<string> {
    const keyspace = this.#instance.data.databases[0]!;
    const past = new Set<string>();
    keyspace.forEach((ref) => {
      if (!keyspace.isExpired(ref, this.#instance.time.nowMs)) return;
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
