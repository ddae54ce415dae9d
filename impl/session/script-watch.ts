import type { Clock } from "../ports/clock.ts";
import type { Interruption } from "../scripting/api/host.ts";

/** What runs: a script of EVAL, or a function of FCALL. */
export type ScriptKind = "eval" | "function";

/** How a script is named where it is to be killed or has been. */
const WORDS = {
  eval: { what: "script", command: "SCRIPT KILL" },
  function: { what: "function", command: "FUNCTION KILL" },
} as const;

/**
 * How long a script may hold the server without a pause when it cannot be left: as long as
 * `busy-reply-threshold` is unless it is set.
 */
const MOST_STUCK_MS = 5000;

const UNKILLABLE =
  "UNKILLABLE Sorry the script already executed write commands against the dataset. You can " +
  "either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE " +
  "command.";
const NOT_BUSY = "NOTBUSY No scripts in execution right now.";

/** What the watch needs. */
export interface WatchPorts {
  readonly clock: Clock;
  /** `busy-reply-threshold`, in milliseconds; 0 for never. */
  readonly thresholdMs: () => number;
  readonly warn: (text: string) => void;
  readonly notice: (text: string) => void;
}

/** Watches how long the script runs that runs now, and ends it when that is asked for. */
export class ScriptWatch {
  readonly #ports: WatchPorts;
  #kind: ScriptKind = "eval";
  #name = "";
  #isRunning = false;
  #isKilled = false;
  #startedUs = 0;
  /** It has run for longer than the threshold, and the server serves others meanwhile. */
  #isSlow = false;
  /** Since when it could not be left though it was to be; -1 while it can. */
  #stuckSinceUs = -1;
  #endReason = "";

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** What runs; null when nothing does. */
  get kind(): ScriptKind | null {
    return this.#isRunning ? this.#kind : null;
  }

  /** The SHA-1 of the script that runs, or the function's name. */
  get name(): string {
    return this.#name;
  }

  /** For how long it has run. */
  get elapsedMs(): number {
    return Math.floor((this.#ports.clock.monotonicUs() - this.#startedUs) / 1000);
  }

  /** Why it is to end, when it is. */
  get endReason(): string {
    return this.#endReason;
  }

  begin(kind: ScriptKind, name: string): void {
    this.#kind = kind;
    this.#name = name;
    this.#isRunning = true;
    this.#isKilled = false;
    this.#isSlow = false;
    this.#stuckSinceUs = -1;
    this.#startedUs = this.#ports.clock.monotonicUs();
  }

  end(): void {
    this.#isRunning = false;
  }

  /** Some instructions have passed: what is to become of the script. */
  interrupt(mayLeave: boolean): Interruption {
    if (this.#isKilled) return this.#killed();
    if (!this.#isSlow && !this.#becomesSlow()) return "none";
    if (!mayLeave) return this.#stuck();
    this.#stuckSinceUs = -1;
    return "leave";
  }

  /**
   * Ends what runs, at the request of SCRIPT KILL or FUNCTION KILL.
   *
   * @returns null when it will; else why it will not, the error's code in front
   */
  kill(kind: ScriptKind, hasWritten: boolean): string | null {
    if (!this.#isRunning) return NOT_BUSY;
    if (hasWritten) return UNKILLABLE;
    if (kind !== this.#kind) return this.busyError;
    this.#isKilled = true;
    return null;
  }

  /** What everybody else is answered while it runs. */
  get busyError(): string {
    const { command } = WORDS[this.#kind];
    return `BUSY Redis is busy running a script. You can only call ${command} or SHUTDOWN NOSAVE.`;
  }

  #becomesSlow(): boolean {
    const { elapsedMs } = this;
    const thresholdMs = this.#ports.thresholdMs();
    if (thresholdMs === 0 || elapsedMs < thresholdMs) return false;
    this.#isSlow = true;
    this.#ports.warn(
      `Slow script detected: still in execution after ${elapsedMs} milliseconds. You can try ` +
        `killing the script using the ${WORDS[this.#kind].command} command. Script name is: ` +
        `${this.#name}.`,
    );
    return true;
  }

  #killed(): Interruption {
    const { what, command } = WORDS[this.#kind];
    this.#ports.notice(`Lua ${what} killed by user with ${command}.`);
    this.#endReason = `Script killed by user with ${command}...`;
    return "end";
  }

  /** Nobody can be served, nor kill it. */
  #stuck(): Interruption {
    const nowUs = this.#ports.clock.monotonicUs();
    if (this.#stuckSinceUs < 0) this.#stuckSinceUs = nowUs;
    if (nowUs - this.#stuckSinceUs < MOST_STUCK_MS * 1000) return "none";
    this.#ports.warn(`Script ended that has held the server: ${this.#name}.`);
    this.#endReason =
      `Script ended: for ${MOST_STUCK_MS} milliseconds it could not be interrupted in a ` +
      "metamethod, an iterator, a coroutine or a function called by the library";
    return "end";
  }
}
