import { assert, CHECKED } from "../assert.ts";
import { Deadlines } from "./deadlines.ts";
import { KeyWaiters, type WaitedData } from "./key-waiters.ts";
import type { Blocked, Session } from "./session.ts";

/** Why a session waits. */
export type WaitReason = Blocked["reason"];

/** The sessions that wait, by what they wait for and by when their time is up. */
export class Waits {
  readonly keys: KeyWaiters;
  readonly #byReason: { readonly [R in WaitReason]: Set<Session> } = {
    keys: new Set(),
    wait: new Set(),
    paused: new Set(),
    shutdown: new Set(),
  };
  readonly #deadlines = new Deadlines();

  constructor(data: WaitedData) {
    this.keys = new KeyWaiters(data);
  }

  /** How many sessions wait. */
  get size(): number {
    let size = 0;
    for (const sessions of Object.values(this.#byReason)) size += sessions.size;
    return size;
  }

  /** How many of them wait for a limited time. */
  get limitedSize(): number {
    return this.#deadlines.size;
  }

  /** Those that wait for one reason, in the order in which they began to. */
  of(reason: WaitReason): ReadonlySet<Session> {
    return this.#byReason[reason];
  }

  /** The session whose time is up the longest; null when none is. */
  due(nowMs: number): Session | null {
    return this.#deadlines.due(nowMs);
  }

  /** A session begins to wait: it gets no further request until its wait is over. */
  begin(session: Session, blocked: Blocked): void {
    if (CHECKED) {
      assert(session.blocked === null && !session.closed, "a session waits for one thing");
      assert((blocked.reason === "keys") === (blocked.again !== undefined), "keys are waited for");
    }
    session.blocked = blocked;
    this.#byReason[blocked.reason].add(session);
    if (blocked.untilMs !== Number.POSITIVE_INFINITY) {
      this.#deadlines.add(session, blocked.untilMs);
    }
    if (blocked.again !== undefined) this.keys.add(session, blocked.again.wait);
  }

  /**
   * A session's wait is over, if it waits.
   *
   * @returns what it was
   */
  end(session: Session): Blocked | null {
    const { blocked } = session;
    if (blocked === null) return null;
    session.blocked = null;
    this.#byReason[blocked.reason].delete(session);
    this.#deadlines.remove(session);
    this.keys.remove(session);
    if (CHECKED) assert(!this.#byReason[blocked.reason].has(session), "it waits no more");
    return blocked;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.keys.verifyInvariants();
    this.#deadlines.verifyInvariants();
    let limited = 0;
    for (const [reason, sessions] of Object.entries(this.#byReason)) {
      for (const { blocked, closed } of sessions) {
        assert(blocked?.reason === reason && !closed, "a session waits for another reason");
        if (blocked.untilMs !== Number.POSITIVE_INFINITY) limited++;
      }
    }
    assert(limited === this.#deadlines.size, "a time that is up will not be noticed");
    assert(this.#byReason.keys.size === this.keys.size, "a session waits for no key");
  }
}
