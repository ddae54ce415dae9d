/**
 * What must survive: the shadow of the log. It knows every unit's state, what was promised to whom
 * at which moment, and what the disk really holds; after each restart it says whether recovery kept
 * what it had to keep.
 */
import assert from "node:assert/strict";
import {
  type Crash,
  EVERYSEC_WINDOW_MS,
  type FsyncPolicy,
  type LeftReply,
} from "./checkers/durability.ts";
import type { Inode } from "./inode.ts";
import type { Produced } from "./observer.ts";
import type { Death } from "./process.ts";
import type { Data } from "./shadow.ts";
import { Units } from "./units.ts";
import { Violated } from "./violation.ts";

/** Where the log stands, and the file that it appends to. */
export interface LogView {
  readonly end: number;
  readonly written: number;
  readonly gate: number;
  readonly file: Inode;
}

/** A stretch of the server's life without a loss that the policy permits. */
export interface Stretch {
  /** The numbers of the first and the last run in it. */
  readonly first: number;
  last: number;
  /** The data at its beginning. */
  readonly initial: Data;
}

/** Follows the log of one machine through all its runs. */
export class Durability {
  readonly policy: FsyncPolicy;
  readonly replies: LeftReply[] = [];
  readonly crashes: Crash[] = [];
  readonly stretches: Stretch[];
  readonly #units: Units;
  /** What the next recovery must keep at least; null while the server serves. */
  #floor: number | null = 0;
  #isRotten = false;
  #pending: { readonly atMs: number; kind: "kill" | "power" } | null = null;
  #repliesInRun = 0;
  /** With `everysec`: the replies of this run that were the first to let a unit out. */
  #exposed: { readonly position: number; readonly atMs: number }[] = [];
  /** With `everysec`: when the gate passed which units of this run. */
  #passed: { readonly position: number; readonly atMs: number }[] = [];
  /** With `everysec`: units that replies have shown and that are not on the platter, oldest first. */
  #atRisk: { readonly position: number; readonly passedAtMs: number }[] = [];

  constructor(policy: FsyncPolicy, initial: Data) {
    this.policy = policy;
    this.#units = new Units(initial);
    this.stretches = [{ first: 1, last: 1, initial }];
  }

  /** Bits have turned over: recovery may refuse, or take a damaged end for a torn one. */
  get isRotten(): boolean {
    return this.#isRotten;
  }

  rotted(): void {
    this.#isRotten = true;
  }

  /** Commands have run, or keys have expired. */
  ran(log: LogView, data: Data): void {
    this.#units.ran(log.end, data);
  }

  /** The process has been entered and left again. */
  settled(log: LogView, atMs: number): void {
    this.#units.wrote(log.written, log.file);
    if (log.gate > (this.#passed.at(-1)?.position ?? 0)) {
      this.#passed.push({ position: log.gate, atMs });
    }
  }

  /** A reply leaves: it must not say more than the policy lets out. */
  leaves(produced: Produced, log: LogView, atMs: number): void {
    const { position, wrote, connection } = produced;
    // A sync in place ends in the turn of its write, and the gate moves there.
    this.settled(log, atMs);
    const operation = this.replies.length;
    const leftAtMs = this.policy === "everysec" ? this.#exposedAt(position, atMs) : atMs;
    this.replies.push({ operation, session: connection.number, position, wrote, leftAtMs });
    if (this.policy === "everysec") this.#judgeRisk(produced, atMs);
    const open = this.policy === "always" ? this.#units.lasting : log.written;
    if (position <= open) return;
    const where = this.policy === "always" ? "on the platter" : "in the file";
    throw new Violated(
      "gate",
      `appendfsync ${this.policy}: the reply to ${produced.args.slice(0, 4).join(" ")} leaves ` +
        `before unit ${position} is ${where}`,
      [`${where} are the units up to ${open}; written are those up to ${log.written}`],
    );
  }

  /**
   * When the units up to `position` were let out first. A later reply that shows no newer unit puts
   * no more at risk.
   */
  #exposedAt(position: number, atMs: number): number {
    const first = this.#exposed.find((one) => one.position >= position);
    if (first !== undefined) return first.atMs;
    this.#exposed.push({ position, atMs });
    return atMs;
  }

  /**
   * With `everysec`, what a power loss could take back now was let out within less than two seconds.
   * A read may show later what the gate has passed in time: a server that was halted meanwhile has
   * let nothing more out.
   */
  #judgeRisk({ position, args }: Produced, atMs: number): void {
    const { lasting } = this.#units;
    while (this.#atRisk.length > 0 && this.#atRisk[0]!.position <= lasting) this.#atRisk.shift();
    if (position <= lasting) return;
    // What leaves in front of the gate is let out now.
    const passedAtMs = this.#passed.find((one) => one.position >= position)?.atMs ?? atMs;
    this.#atRisk.push({ position, passedAtMs });
    const spanMs = passedAtMs - this.#atRisk[0]!.passedAtMs;
    if (spanMs < EVERYSEC_WINDOW_MS) return;
    throw new Violated(
      "gate",
      `appendfsync everysec: the reply to ${args.slice(0, 4).join(" ")} puts more than two ` +
        "seconds of replies at risk",
      [
        `the oldest unit that a power loss would take back was let out ${spanMs.toFixed(1)} ms before`,
      ],
    );
  }

  /** The process has ended. `log` is null when it had not yet recovered. */
  ended(how: Death, log: LogView | null, atMs: number): void {
    const kept = log?.written ?? this.#floor ?? 0;
    const power = how === "power";
    this.#floor = power ? Math.min(kept, this.#units.lasting) : kept;
    if (this.#pending === null) this.#pending = { atMs, kind: power ? "power" : "kill" };
    else if (power) this.#pending.kind = "power";
  }

  /** The server has started again: its data must be those of a unit that it was bound to keep. */
  recovered(run: number, log: LogView, compare: (expected: Data, lsn: number) => void): void {
    const survived = log.end;
    const before = this.#units.end;
    if (survived > before) {
      throw new Violated("recovery", `unit ${survived} is recovered, and there are only ${before}`);
    }
    compare(this.#units.after(survived), survived);
    const floor = this.#floor;
    assert.ok(floor !== null, "a recovery follows an end");
    if (survived < floor && !this.#isRotten) {
      throw new Violated("recovery", `unit ${survived + 1} is not recovered, although it lasted`, [
        `units up to ${floor} were ${this.#pending?.kind === "power" ? "on the platter" : "in the file"}`,
      ]);
    }
    if (this.#pending !== null) this.#crashed(run, survived, before);
    this.#pending = null;
    this.#atRisk = [];
    this.#exposed = [];
    this.#passed = [];
    this.#floor = null;
    this.#units.recovered(survived, log.file);
  }

  #crashed(run: number, survived: number, before: number): void {
    const { atMs, kind } = this.#pending!;
    const isRotten = this.#isRotten;
    if (!isRotten) this.crashes.push({ atMs: this.#lossMs(atMs, survived), kind, survived });
    this.#repliesInRun = this.replies.length;
    const mayLose = isRotten || (kind === "power" && this.policy !== "always");
    if (survived === before || !mayLose) this.stretches.at(-1)!.last = run;
    else this.stretches.push({ first: run, last: run, initial: this.#units.after(survived) });
  }

  /**
   * The moment from which the two seconds of `everysec` count: that of the last reply that the
   * crash took back. While a sync is slow nothing more is acknowledged, and the acknowledgements at
   * risk grow older without becoming more.
   */
  #lossMs(atMs: number, survived: number): number {
    if (this.policy !== "everysec") return atMs;
    let latestMs = -1;
    for (const { position, leftAtMs } of this.replies.slice(this.#repliesInRun)) {
      if (position > survived) latestMs = Math.max(latestMs, leftAtMs);
    }
    return latestMs < 0 ? atMs : latestMs;
  }
}

/**
 * Strings of database 0, as the checkers' model starts from. The workloads that are judged so write
 * nothing else under their keys.
 */
export function stringsOf(data: Data, keys: readonly string[]): Map<string, string> {
  const strings = new Map<string, string>();
  for (const key of keys) {
    const entry = data.databases[0]?.get(key);
    if (entry === undefined) continue;
    assert.ok(entry.value.type === "string", `${key} holds a ${entry.value.type}`);
    strings.set(key, entry.value.bytes);
  }
  return strings;
}
