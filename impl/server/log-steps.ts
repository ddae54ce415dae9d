import assert from "node:assert/strict";
import type { LogCore } from "../log/log-core.ts";
import { NO_TRACE, type Trace } from "../ports/trace.ts";
import type { Session } from "../session/session.ts";

/**
 * Tells the trace which steps of `specs/log/Log.tla` requests are: Append, Read, Ask, Expire.
 *
 * Units that no reply acknowledges are Expire, whatever made them.
 */
export class LogSteps {
  trace: Trace = NO_TRACE;
  /** The last unit that has been told. */
  #toldUnit = 0;

  /** A log is attached that holds `end` units. */
  begin(trace: Trace, end: number): void {
    assert.ok(Number.isSafeInteger(end) && end >= 0);
    this.trace = trace;
    this.#toldUnit = end;
  }

  /** Units have been journaled for nobody. */
  units(log: LogCore): void {
    assert.ok(this.#toldUnit <= log.end, "a unit has been told that the log has not");
    while (this.#toldUnit < log.end) {
      this.#toldUnit++;
      this.trace.step("log", "Expire", { lsn: this.#toldUnit });
    }
  }

  /**
   * A request of `session` has run.
   */
  ran(log: LogCore, session: Session): void {
    const hasReply = session.outbox.hasReplied;
    const conn = String(session.id);
    if (hasReply && this.#toldUnit < log.end && isWrite(session) && log.fullReason === null) {
      const { end } = log;
      while (this.#toldUnit < end - 1) {
        this.#toldUnit++;
        this.trace.step("log", "Expire", { lsn: this.#toldUnit });
      }
      this.#toldUnit = end;
      this.trace.step("log", "Append", { conn, lsn: end });
      return;
    }
    this.units(log);
    if (!hasReply) return;
    if (session.consultsData) this.trace.step("log", "Read", { conn, dep: log.end });
    else this.trace.step("log", "Ask", { conn });
  }

  /** `session` has been given so many items that answer no request which has just run. */
  late(log: LogCore, session: Session, items: number): void {
    this.units(log);
    for (let i = 0; i < items; i++) {
      this.trace.step("log", "Read", { conn: String(session.id), dep: log.end });
    }
  }

  /** Throws when it has told of what is not, or has forgotten something since the last flush. */
  verifyInvariants(log: LogCore | null): void {
    if (!this.trace.enabled || log === null) return;
    assert.ok(this.#toldUnit <= log.end, "a unit has been told that the log has not");
    assert.ok(this.#toldUnit >= log.written, "a unit is in the file and has not been told");
  }

  /** A connection is gone. */
  gone(session: Session): void {
    this.trace.step("log", "Disconnect", { conn: String(session.id) });
  }
}

/** Whether the units of the last request are what its reply acknowledges. */
function isWrite({ lastCommand, consultsData }: Session): boolean {
  // A write that MULTI has queued has not run.
  if (!consultsData) return false;
  return lastCommand !== null && (lastCommand.isWrite || lastCommand.fullName === "exec");
}
