import type { Trace, TraceFields } from "../ports/trace.ts";
import { latin1, type Request } from "../resp/request.ts";
import type { KeyChangeListener } from "./changes.ts";
import type { Instance } from "./instance.ts";
import { KEY_EVENT, type KeyEvent } from "./key-events.ts";
import { IdleObserver, type Outcome, type RunningCommand } from "./observer.ts";
import type { Session } from "./session.ts";
import { isEmptyArray, type LogFacts, lineOf, replyFrom } from "./told-steps.ts";

/** Commands that are steps of their own. */
const STEPS: Readonly<Record<string, string>> = {
  "client|tracking": "Track",
  "client|caching": "Say",
};
/** Commands that are no steps: the specification says nothing of what they do. */
const NO_STEPS: ReadonlySet<string> = new Set(["multi", "hello"]);

/** One item of an outbox: the texts that are steps when they leave, none for a reply of no step. */
interface Held {
  readonly texts: string[];
  /** It answers an EXEC, and is the array of the replies of its commands. */
  readonly isExec: boolean;
}

/** What is known of the request that runs. */
interface RunningRequest {
  readonly replyStart: number;
  readonly isInMulti: boolean;
  /** It has removed a key whose time was past. */
  hasExpired: boolean;
  /** It is an EXEC that has told that it begins. */
  hasStarted: boolean;
  /** Its reply is among those that are held. */
  isAnswered: boolean;
  /** What has been pushed behind its reply, as one item; null for nothing. */
  behind: Held | null;
}

function requestFrom(replyStart: number, isInMulti: boolean): RunningRequest {
  const nothingYet = { hasExpired: false, hasStarted: false, isAnswered: false, behind: null };
  return { replyStart, isInMulti, ...nothingYet };
}

/**
 * Tells a trace which steps of `specs/tracking/Tracking.tla` the server takes: what is read and changed,
 * what is asked for, and when a loop turn ends. A step's `reply` is the RESP text of the reply that it
 * wrote, one character per byte; that of `Reply` may be an invalidation.
 *
 * A transaction is one command, with what was queued: `EXEC;GET x;INCR x`.
 *
 * The specification knows no command that is refused or waits: a run that is told has none.
 */
export class TrackingSteps extends IdleObserver implements KeyChangeListener {
  readonly #trace: Trace;
  readonly #instance: Instance;
  readonly #log: LogFacts;
  /** What of each session's outbox has not left. */
  readonly #held = new Map<Session, Held[]>();
  #request = requestFrom(0, false);
  /** The request whose script was left, while others run. */
  #left: RunningRequest | null = null;
  #toldGate: number;

  constructor(instance: Instance, trace: Trace, log: LogFacts) {
    super();
    this.#trace = trace;
    this.#instance = instance;
    this.#log = log;
    this.#toldGate = log.gate;
  }

  override arrives(session: Session, request: Request): void {
    const name = request.text(0).toLowerCase();
    if (NO_STEPS.has(name) || (session.queue !== null && name !== "exec")) return;
    const queued = session.queue?.map((each) => lineOf(each.request)) ?? [];
    this.#step("Send", session, { command: [lineOf(request), ...queued].join(";") });
  }

  override begins(session: Session): void {
    this.#request = requestFrom(session.reply.length, session.queue !== null);
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
    const request = this.#request;
    const action = this.#actionOf(session, outcome);
    const reply = replyFrom(session, request.replyStart);
    if (action !== null) this.#step(action, session, { reply });
    this.#heldOf(session).push({
      texts: action === null ? [] : [reply],
      isExec: action === "ExecFinish",
    });
    if (request.behind !== null) this.#heldOf(session).push(request.behind);
    request.isAnswered = true;
  }

  #actionOf(session: Session, outcome: Outcome): string | null {
    if (outcome === "queued") return null;
    const name = session.lastCommand?.fullName ?? "";
    if (this.#request.isInMulti) return name === "exec" ? "ExecFinish" : null;
    if (NO_STEPS.has(name)) return null;
    return STEPS[name] ?? (this.#request.hasExpired ? "RunExpired" : "Run");
  }

  override enters({ origin, session }: RunningCommand): void {
    if (origin === "exec") this.#execStarts(session);
  }

  override leaves({ origin, session, record, replyStart }: RunningCommand): void {
    const reply = replyFrom(session, replyStart);
    if (record.runsQueue && isEmptyArray(reply)) this.#execStarts(session);
    if (origin === "exec") this.#step("ExecNext", session, { reply });
  }

  #execStarts(session: Session): void {
    if (this.#request.hasStarted) return;
    this.#request.hasStarted = true;
    this.#step("ExecStart", session, {});
  }

  /** A wait is over: its reply is no step. */
  override unblocks(session: Session): void {
    this.#heldOf(session).push({ texts: [], isExec: false });
  }

  /** What is pushed while a reply is open is one item behind it. */
  override pushes(session: Session): void {
    const { newest, isOpen } = session.outbox;
    const text = latin1(newest, 0, newest.length);
    const request = this.#request;
    if (isOpen && request.behind !== null) {
      request.behind.texts.push(text);
      return;
    }
    const item = { texts: [text], isExec: false };
    if (isOpen) request.behind = item;
    if (!isOpen || request.isAnswered) this.#heldOf(session).push(item);
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

  override expires(database: number, key: string): void {
    if (database === 0) this.#trace.step("tracking", "Expire", { key });
  }

  override forgets(key: string): void {
    this.#trace.step("tracking", "Forget", { key });
  }

  override turnEnds(): void {
    const { broadcasts } = this.#instance.tracking;
    const isDue = [...broadcasts.entries().values()].some(({ changed }) => changed.size > 0);
    if (isDue) this.#trace.step("tracking", "Turn", {});
  }

  override replies(session: Session, count: number, gate: number): void {
    if (gate > this.#toldGate) this.#trace.step("tracking", "Persist", { upTo: gate });
    this.#toldGate = gate;
    for (const { texts, isExec } of this.#heldOf(session).splice(0, count)) {
      for (const reply of texts) this.#step("Reply", session, { reply, isExec });
    }
  }

  override disconnects(session: Session): void {
    this.#held.delete(session);
    if (this.#log.isUp) this.#step("Disconnect", session, {});
  }

  #heldOf(session: Session): Held[] {
    let held = this.#held.get(session);
    if (held === undefined) {
      held = [];
      this.#held.set(session, held);
    }
    return held;
  }

  #step(action: string, session: Session, fields: TraceFields): void {
    this.#trace.step("tracking", action, { session: String(session.id), ...fields });
  }
}
