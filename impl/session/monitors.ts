/** MONITOR: the sessions that are shown what the server executes. */
import { assert } from "../assert.ts";
import { quote } from "../config/quoting.ts";
import { NOTHING, RUNNING } from "../gate/outbox.ts";
import type { Clock } from "../ports/clock.ts";
import type { Persistence } from "../ports/persistence.ts";
import { ReplyWriter } from "../resp/reply.ts";
import { type ExecutionObserver, IdleObserver, type RunningCommand } from "./observer.ts";
import { type PushHost, pushBytes } from "./push.ts";
import type { Session } from "./session.ts";

/** What monitors need of the instance. */
export interface MonitorsHost extends PushHost {
  readonly clock: Clock;
  readonly persistence: Persistence;
  observe(observer: ExecutionObserver): void;
  ignore(observer: ExecutionObserver): void;
}

/**
 * Tells every monitor of each command that has run, in the order in which they end; of one that runs
 * a script before the script's own. It observes as long as there is a monitor, and no longer.
 *
 * As in Redis, what administers the server is not shown, nor what waits and is served, nor what is
 * refused. A line is not written to a monitor that has turned its replies off.
 */
export class Monitors extends IdleObserver {
  readonly #host: MonitorsHost;
  readonly #sessions = new Set<Session>();
  readonly #line = new ReplyWriter();

  constructor(host: MonitorsHost) {
    super();
    this.#host = host;
  }

  /** The session is shown everything from now on. */
  add(session: Session): void {
    if (this.#sessions.size === 0) this.#host.observe(this);
    session.isMonitor = true;
    this.#sessions.add(session);
  }

  /** It is shown nothing more; nothing changes when it was not. */
  remove(session: Session): void {
    session.isMonitor = false;
    if (!this.#sessions.delete(session) || this.#sessions.size > 0) return;
    this.#host.ignore(this);
  }

  override enters(command: RunningCommand): void {
    if (command.record.skipMonitor) this.#show(command);
  }

  override leaves(command: RunningCommand): void {
    if (!command.record.skipMonitor) this.#show(command);
  }

  override disconnects(session: Session): void {
    this.remove(session);
  }

  #show(command: RunningCommand): void {
    const { record, origin } = command;
    if (record.isAdmin || origin === "served" || this.#host.persistence.loading !== null) return;
    const line = this.#line;
    line.sent(true);
    line.simple(this.#textOf(command));
    // What a script or a transaction does can tell of the data, and so can what is read or written.
    const unit = record.consultsData || origin !== "client" ? RUNNING : NOTHING;
    for (const session of this.#sessions) {
      if (session.replyMode === "off" || session.replyMode === "skip") continue;
      pushBytes(this.#host, session, unit, line.bytes, line.length);
    }
  }

  #textOf({ origin, session, request, redacted }: RunningCommand): string {
    const nowUs = this.#host.clock.wallUs();
    const us = String(nowUs % 1_000_000).padStart(6, "0");
    const who = origin === "script" ? "lua" : shownAddress(session.facts.address);
    let text = `${Math.floor(nowUs / 1_000_000)}.${us} [${session.database} ${who}]`;
    for (let i = 0; i < request.argc; i++) {
      text += ` ${quote(redacted.includes(i) ? "(redacted)" : request.text(i))}`;
    }
    return text;
  }

  /** Throws when a session is a monitor on one side only, or one that is gone is still shown. */
  verifyInvariants(): void {
    for (const session of this.#sessions) {
      assert(session.isMonitor && !session.closed, "a monitor is connected, and knows it");
    }
    let monitors = 0;
    for (const { isMonitor } of this.#host.clients.sessions.values()) if (isMonitor) monitors++;
    assert(monitors === this.#sessions.size, "every monitor is shown what runs");
  }
}

/** A client's address as MONITOR shows it: of a Unix socket, the path. */
function shownAddress(address: string): string {
  return address.startsWith("/") ? `unix:${address.replace(/:0$/, "")}` : address;
}
