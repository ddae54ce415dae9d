import { assert, CHECKED } from "../engine/assert.ts";
import type { LogCore } from "../log/log-core.ts";
import { ReplyMarks } from "../log/reply-marks.ts";
import type { Trace } from "../ports/trace.ts";
import type { Session } from "../session/session.ts";

/**
 * The replies of one connection in front of the gate: which of its unsent bytes may leave.
 *
 * Every reply waits for the end of the log at the time when its request had run, unless it consults
 * no data. Replies that are written while another session's command runs, or between commands, wait
 * for the end of the log when they are noticed.
 */
export class GatedReplies {
  readonly #session: Session;
  readonly #marks = new ReplyMarks();
  /** Unsent bytes whose dependency is known. */
  #accountedBytes = 0;
  /** For the trace: where each unsent reply ends. */
  readonly #ends: number[] = [];
  /** For the trace: how many replies have left. */
  #answered = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The unit that the first waiting byte waits for; Infinity when none waits. */
  get awaited(): number {
    return this.#marks.awaited;
  }

  /**
   * Notes what the unsent bytes that are not accounted for depend on.
   *
   * @returns whether there were any
   */
  account(log: LogCore, dependency: number, trace: Trace): boolean {
    const { length } = this.#session.reply;
    const before = this.#accountedBytes;
    // CLIENT REPLY OFF takes replies back.
    if (length < before) this.#accountedBytes = length;
    if (length <= before) return false;
    this.#marks.add(before, dependency, log.gate, log.written);
    this.#accountedBytes = length;
    if (trace.enabled) this.#ends.push(length);
    return true;
  }

  /** How many of the unsent bytes may leave now. */
  passable(log: LogCore): number {
    if (CHECKED) {
      assert(this.#accountedBytes === this.#session.reply.length, "a reply is unaccounted for");
    }
    return this.#marks.passable(log.gate, this.#accountedBytes);
  }

  /**
   * The first `count` bytes leave.
   *
   * @returns with a trace, how many replies that ends
   */
  sent(count: number, trace: Trace): number {
    if (CHECKED) assert(count <= this.#accountedBytes, "more is sent than there is");
    this.#accountedBytes -= count;
    this.#marks.sent(count);
    if (!trace.enabled) return 0;
    let replies = 0;
    while (replies < this.#ends.length && this.#ends[replies]! <= count) replies++;
    this.#ends.splice(0, replies);
    for (let i = 0; i < this.#ends.length; i++) this.#ends[i]! -= count;
    if (replies > 0) {
      const first = this.#answered + 1;
      this.#answered += replies;
      trace.step("log", "Reply", { conn: String(this.#session.id), count: replies, first });
    }
    return replies;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.#marks.verifyInvariants();
    const isCovered = this.#accountedBytes <= this.#session.reply.length;
    assert(isCovered || this.#session.mutedFrom >= 0, "more is accounted for than there is");
  }
}
