/** Looks at the scripts that a server runs, so that a run of many seeds can say what they did. */
import type { Instance } from "../impl/session/instance.ts";
import { IdleObserver, type RunningCommand } from "../impl/session/observer.ts";
import type { Tally } from "./coverage.ts";

/** What scripts must have done in a run of many seeds, as it is counted. */
export const SCRIPT_HABITS = [
  ...["script of several commands", "script by its name", "script in a transaction"],
  ...["script that ends at an error and keeps its writes", "script that goes on after an error"],
  ...["script that finds a key past its time", "script whose write the log refuses"],
] as const;

type ScriptHabit = (typeof SCRIPT_HABITS)[number];

const MINUS = 45;
const MISCONF = "-MISCONF ";

/** Counts what scripts do: each habit once for each script that has it. */
export class ScriptsSeen extends IdleObserver {
  readonly #instance: Instance;
  readonly #seen: Tally;
  /** Of the script that runs: how many commands it has run, how many of them wrote, and failed. */
  #ran = 0;
  #wrote = 0;
  #failed = 0;
  /** Keys that had gone because their time was past when it began. */
  #expiredBefore = 0;

  constructor(instance: Instance, seen: Tally) {
    super();
    this.#instance = instance;
    this.#seen = seen;
    instance.observe(this);
  }

  override enters({ record }: RunningCommand): void {
    if (!SCRIPTS.has(record.fullName)) return;
    this.#ran = 0;
    this.#wrote = 0;
    this.#failed = 0;
    this.#expiredBefore = this.#instance.statistics.expiredKeys;
  }

  override leaves({ origin, record, session, replyStart }: RunningCommand): void {
    const { reply } = session;
    const isError = reply.length > replyStart && reply.bytes[replyStart] === MINUS;
    if (origin === "script") {
      this.#ran++;
      if (isError) this.#failed++;
      else if (record.isWrite) this.#wrote++;
      return;
    }
    if (!SCRIPTS.has(record.fullName)) return;
    const text = reply.bytes.toString("latin1", replyStart, reply.length);
    if (text.includes(MISCONF)) this.#count("script whose write the log refuses");
    if (this.#ran === 0) return;
    if (this.#ran > 1) this.#count("script of several commands");
    if (record.fullName.startsWith("evalsha")) this.#count("script by its name");
    if (origin === "exec") this.#count("script in a transaction");
    if (isError && this.#wrote > 0)
      this.#count("script that ends at an error and keeps its writes");
    if (!isError && this.#failed > 0) this.#count("script that goes on after an error");
    const { expiredKeys } = this.#instance.statistics;
    if (expiredKeys > this.#expiredBefore) this.#count("script that finds a key past its time");
  }

  #count(habit: ScriptHabit): void {
    this.#seen.count(habit);
  }
}

const SCRIPTS: ReadonlySet<string> = new Set([
  "eval",
  "eval_ro",
  "evalsha",
  "evalsha_ro",
  "fcall",
  "fcall_ro",
]);
