import type { Trace, TraceFields } from "../ports/trace.ts";
import type { Request } from "../resp/request.ts";
import { IdleObserver, type Outcome, type RunningCommand } from "./observer.ts";
import type { Session } from "./session.ts";
import { isEmptyArray, type LogFacts, lineOf, replyFrom } from "./told-steps.ts";

/** Commands that are steps of their own outside MULTI. */
const OUTSIDE: Readonly<Record<string, string>> = { multi: "Multi", "client|unblock": "Unblock" };

/** What is known of the request that runs. */
interface RunningRequest {
  readonly replyStart: number;
  readonly isInMulti: boolean;
  /** It is an EXEC that has told that it begins. */
  hasStarted: boolean;
}

const NO_REQUEST: RunningRequest = { replyStart: 0, isInMulti: false, hasStarted: false };

/** A reply that has not left. */
interface Held {
  readonly reply: string;
  /** It answers an EXEC, and is the array of the replies of its commands. */
  readonly isExec: boolean;
}

/**
 * Tells a trace which steps of `specs/blocking/Blocking.tla` the server takes: who runs at once, who
 * waits, who is served, and how waits end. A step's `reply` is the RESP text of the reply that it
 * wrote, one character per byte.
 *
 * The specification knows no command that is refused: a run that is told has none.
 */
export class BlockingSteps extends IdleObserver {
  readonly #trace: Trace;
  readonly #log: LogFacts;
  /** The replies of each session that have not left. */
  readonly #held = new Map<Session, Held[]>();
  #request = NO_REQUEST;
  /** The request whose script was left, while others run. */
  #left: RunningRequest | null = null;
  /** A client's command runs. */
  #isRunning = false;
  /** Who is being served. */
  #served: Session | null = null;
  #toldGate: number;

  constructor(trace: Trace, log: LogFacts) {
    super();
    this.#trace = trace;
    this.#log = log;
    this.#toldGate = log.gate;
  }

  override arrives(session: Session, request: Request): void {
    this.#step("Send", { session: String(session.id), command: lineOf(request) });
  }

  override begins(session: Session): void {
    this.#request = {
      replyStart: session.reply.length,
      isInMulti: session.queue !== null,
      hasStarted: false,
    };
    this.#isRunning = true;
  }

  override leftOff(): void {
    this.#left = this.#request;
    this.#isRunning = false;
  }

  override goesOn(): void {
    this.#request = this.#left!;
    this.#left = null;
    this.#isRunning = true;
  }

  override ends(session: Session, outcome: Outcome): void {
    this.#isRunning = false;
    if (outcome === "postponed") return;
    if (session.blocked?.reason === "keys") {
      this.#step("Wait", { session: String(session.id) });
      return;
    }
    const reply = replyFrom(session, this.#request.replyStart);
    this.#answers(this.#actionOf(session, outcome), session, reply);
  }

  override enters({ origin, session }: RunningCommand): void {
    if (origin === "exec") this.#execStarts(session);
    if (origin === "served") this.#served = session;
  }

  override leaves({ origin, session, record, replyStart }: RunningCommand): void {
    // What has come is nothing for who reads a stream from further on.
    if (origin === "served" && session.goesOnWaiting) this.#served = null;
    const reply = replyFrom(session, replyStart);
    if (record.runsQueue && isEmptyArray(reply)) this.#execStarts(session);
    if (origin === "exec") this.#step("ExecNext", { session: String(session.id), reply });
  }

  #execStarts(session: Session): void {
    if (this.#request.hasStarted) return;
    this.#request.hasStarted = true;
    this.#step("ExecStart", { session: String(session.id) });
  }

  /** A wait is over: its reply is behind those that have not left. */
  override unblocks(session: Session): void {
    const heldBytes = this.#heldOf(session).reduce((sum, { reply }) => sum + reply.length, 0);
    const reply = replyFrom(session, heldBytes);
    const isServed = this.#served === session;
    this.#served = null;
    // Who is unblocked gets its reply in the step of the client that does it.
    if (this.#isRunning) this.#heldOf(session).push({ reply, isExec: false });
    else this.#answers(isServed ? "Serve" : "Timeout", session, reply);
  }

  override replies(session: Session, count: number, gate: number): void {
    if (gate > this.#toldGate) this.#step("Persist", { upTo: gate });
    this.#toldGate = gate;
    for (const { reply, isExec } of this.#heldOf(session).splice(0, count)) {
      this.#step("Reply", { session: String(session.id), reply, isExec });
    }
  }

  override disconnects(session: Session): void {
    this.#held.delete(session);
    if (this.#log.isUp) this.#step("Disconnect", { session: String(session.id) });
  }

  #actionOf(session: Session, outcome: Outcome): string {
    if (outcome === "queued") return "Queue";
    const name = session.lastCommand?.fullName ?? "";
    if (this.#request.isInMulti) return name === "exec" ? "ExecFinish" : "Queue";
    return OUTSIDE[name] ?? "Run";
  }

  #answers(action: string, session: Session, reply: string): void {
    this.#step(action, { session: String(session.id), reply });
    this.#heldOf(session).push({ reply, isExec: action === "ExecFinish" });
  }

  #heldOf(session: Session): Held[] {
    let held = this.#held.get(session);
    if (held === undefined) {
      held = [];
      this.#held.set(session, held);
    }
    return held;
  }

  #step(action: string, fields: TraceFields): void {
    this.#trace.step("blocking", action, fields);
  }
}
