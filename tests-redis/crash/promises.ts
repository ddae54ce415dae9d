/**
 * What a server owes to its clients: what `appendfsync` promises, and since when and until when it
 * does while CONFIG SET changes it.
 */
import type { Allowance } from "./ledger.ts";

/** When the server's log is synced: a value of `appendfsync`. */
export type Policy = "always" | "everysec" | "no";

/** What a server keeps: nothing without a log. */
export type Keeping = "nothing" | Policy;

/** `everysec` holds replies back when the oldest that is not synced is this old. */
export const HOLD_BACK_MS = 2000;
/** The server looks at the clock ten times a second, and the clients' clock is another one. */
const TOLERANCE_MS = 150;

/** Nothing may be lost. */
export const NOTHING: readonly Allowance[] = [{ lose: "nothing" }];

/** The weakest first. */
const STRENGTHS: readonly Keeping[] = ["nothing", "no", "everysec", "always"];

/** What a loss of power may cost while one policy is in force. */
export function allowance(policy: Policy): readonly Allowance[] {
  return new Promises(policy).afterPowerLoss();
}

/** A CONFIG SET and what became of it, in milliseconds of the harness' clock. */
export class Change {
  readonly to: Keeping;
  readonly request: readonly string[];
  /** Infinity until then. */
  sentMs = Number.POSITIVE_INFINITY;
  ackedMs = Number.POSITIVE_INFINITY;
  /** Why the server did not carry it out. */
  refusal: string | null = null;

  constructor(to: Keeping, request: readonly string[]) {
    this.to = to;
    this.request = request;
  }

  get isSent(): boolean {
    return this.sentMs < Number.POSITIVE_INFINITY;
  }

  get isAcked(): boolean {
    return this.ackedMs < Number.POSITIVE_INFINITY;
  }

  /** Nobody knows yet whether it is carried out. */
  get isPending(): boolean {
    return !this.isAcked && this.refusal === null;
  }
}

/** A time during which a server surely kept so much. */
interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * What one server process keeps, as its clients know it.
 *
 * A stronger promise begins when its CONFIG SET is acknowledged; a weaker one may hold as soon as
 * its own is sent. What was learned in between is judged by the weaker of the two.
 */
export class Promises {
  readonly #changes: Change[] = [];

  constructor(keeping: Keeping) {
    const started = new Change(keeping, []);
    started.sentMs = Number.NEGATIVE_INFINITY;
    started.ackedMs = Number.NEGATIVE_INFINITY;
    this.#changes.push(started);
  }

  /** Another change; the server is asked for one at a time, or for the next one much later. */
  add(change: Change): void {
    this.#changes.push(change);
  }

  /** The death of the process takes nothing that was learned while there was a log. */
  afterKill(): readonly Allowance[] {
    return this.#periods("no").map(({ untilMs }) => ({ lose: "nothing", untilMs }));
  }

  /**
   * What a loss of power may take.
   *
   * - `always` is acknowledged when all that was shown before lasts, whatever let it be shown; so
   *   nothing is lost that was learned before a weaker policy was asked for.
   * - `everysec` starts to count at its acknowledgement for what `no` had let be shown.
   * - A log that begins does so with a data set that lasts, under every policy.
   */
  afterPowerLoss(): readonly Allowance[] {
    const changes = this.#carriedOut;
    const begun = changes.filter(
      ({ to, isAcked }, at) =>
        at > 0 && isAcked && to !== "nothing" && changes[at - 1]!.to === "nothing",
    );
    const spanMs = HOLD_BACK_MS + TOLERANCE_MS;
    return [
      ...begun.map(({ sentMs }) => ({ lose: "nothing", untilMs: sentMs }) as const),
      ...this.#periods("always").map(({ untilMs }) => ({ lose: "nothing", untilMs }) as const),
      ...this.#periods("everysec").map((period) => ({ lose: "span", spanMs, ...period }) as const),
    ];
  }

  get #carriedOut(): readonly Change[] {
    return this.#changes.filter(({ refusal }) => refusal === null);
  }

  /** When at least this was kept. */
  #periods(least: Keeping): readonly Period[] {
    const periods: Period[] = [];
    let fromMs = Number.POSITIVE_INFINITY;
    const end = (untilMs: number): void => {
      // An acknowledgement that came after the next change was asked for may be owed to that one.
      if (fromMs < untilMs) periods.push({ fromMs, untilMs });
      fromMs = Number.POSITIVE_INFINITY;
    };
    for (const { to, sentMs, ackedMs } of this.#carriedOut) {
      if (STRENGTHS.indexOf(to) >= STRENGTHS.indexOf(least)) fromMs = Math.min(fromMs, ackedMs);
      else end(sentMs);
    }
    end(Number.POSITIVE_INFINITY);
    return periods;
  }
}
