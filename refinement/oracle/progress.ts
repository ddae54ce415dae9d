/** A progress line: rewritten in place on a terminal, a line every few seconds elsewhere. */

const INTERVAL_MS = 5_000;

/** Shows how far a run has come. */
export class Progress {
  readonly #unit: string;
  readonly #target: number;
  readonly #startMs = performance.now();
  #lastMs = performance.now();

  constructor(unit: string, target: number) {
    this.#unit = unit;
    this.#target = target;
  }

  /** Shows the count, with a remark behind it. */
  show(done: number, remark: string): void {
    const nowMs = performance.now();
    const terminal = process.stdout.isTTY;
    if (!terminal && nowMs - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = nowMs;
    const perSecond = Math.round((done * 1000) / (nowMs - this.#startMs));
    const line = `${done}/${this.#target} ${this.#unit}, ${perSecond}/s, ${remark}`;
    process.stdout.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Leaves the line. */
  end(): void {
    if (process.stdout.isTTY) process.stdout.write("\n");
  }
}
