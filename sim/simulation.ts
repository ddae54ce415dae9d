/** One run: a seed, or a list of choices, and what comes of it. */
import type { Choices, Span } from "./choices.ts";
import { type Habit, type Manners, SimClient } from "./clients.ts";
import { Tally } from "./coverage.ts";
import { type Blow, drawMixture, type Mixture, NO_FAULTS } from "./faults.ts";
import { Histories } from "./histories.ts";
import { type JudgedRun, judge } from "./judge.ts";
import { type CrashPoint, Machine } from "./machine.ts";
import type { Produced } from "./observer.ts";
import type { Death } from "./process.ts";
import { Scheduler } from "./scheduler.ts";
import { Shadow } from "./shadow.ts";
import { Transcript } from "./transcript.ts";
import { Violated, type Violation } from "./violation.ts";
import { type Command, type Profile, Values } from "./workload.ts";

/** What to run. */
export interface RunOptions {
  readonly choices: Choices;
  /** Whether the model runs beside the server and the checkers judge. */
  readonly judged: boolean;
  /** Whether every event is kept for a reader. */
  readonly keeps: boolean;
  /** A small run that ends its process at this place, and has no other faults. */
  readonly crashPoint?: CrashPoint;
}

/** What came of a run. */
export interface Outcome {
  readonly violation: Violation | null;
  readonly transcript: Transcript;
  readonly choices: readonly number[];
  readonly spans: readonly Span[];
  readonly virtualUs: number;
  readonly faults: Tally;
  readonly commands: Tally;
  readonly verdicts: Tally;
  /** How many commands were compared with the model. */
  readonly compared: number;
  /** At how many places the process might have ended. */
  readonly places: number;
}

/** A run that has not come to rest after so many steps never will. */
const MOST_STEPS = 60_000;
/** How long faults go on at most, in virtual microseconds. */
const MOST_FAULTY_US = 15_000_000;
/** How long a healed run may take to come to rest, in virtual microseconds. */
const REST_US = 120_000_000;
/** Within what time each request is answered once faults are over, in milliseconds. */
const BOUND_MS = 90_000;
/** How long a process is paused at most, in microseconds. */
const MOST_PAUSE_US = 3_000_000;
/** How many blows fall at most. */
const MOST_BLOWS = 16;
const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** Runs a run to its end. */
export function simulate(options: RunOptions): Outcome {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: RunOptions;
  readonly #scheduler = new Scheduler();
  readonly #transcript: Transcript;
  readonly #faults = new Tally();
  readonly #commands = new Tally();
  readonly #verdicts = new Tally();
  readonly #histories = new Histories();
  readonly #shadow: Shadow | null;
  readonly #machine: Machine;
  readonly #clients: SimClient[];
  readonly #mixture: Mixture;
  readonly #judged: JudgedRun;
  #isHealed = false;
  #blows = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    const { choices, judged, keeps } = options;
    const scheduler = this.#scheduler;
    this.#transcript = new Transcript(() => scheduler.clock.us, keeps);
    this.#shadow = judged ? new Shadow() : null;
    const isSmall = options.crashPoint !== undefined;
    const profile = choices.of<Profile>(["strings", "transactions", "everything"]);
    this.#mixture = isSmall ? NO_FAULTS : drawMixture(choices, false);
    this.#judged = { profile, histories: this.#histories, ends: [] };
    const world = {
      ...{ scheduler, choices, transcript: this.#transcript, faults: this.#faults },
      commands: this.#commands,
    };
    this.#machine = new Machine(
      world,
      this.#mixture,
      {},
      this.#shadow,
      options.crashPoint ?? null,
      {
        ended: (run, how) => this.#ended(run, how),
        ran: () => {},
        leaves: (produced) => this.#leaves(produced),
      },
    );
    const values = new Values();
    const clientWorld = {
      ...world,
      histories: this.#histories,
      values,
      connect: (client: SimClient) => this.#machine.connect(client),
    };
    this.#clients = drawManners(choices, profile, this.#mixture, isSmall).map(
      (manners, index) => new SimClient(clientWorld, index + 1, manners),
    );
  }

  run(): Outcome {
    let violation: Violation | null = null;
    try {
      this.#machine.start();
      this.#blowLater();
      this.#until(() => this.#clients.every((client) => client.isDone), MOST_FAULTY_US);
      this.#heal();
      this.#until(() => this.#clients.every((client) => client.isDone), REST_US);
      this.#machine.process?.verifyInvariants();
      if (this.#options.judged) this.#judge();
    } catch (error) {
      violation = violationOf(error);
      this.#transcript.note("check", "check", () => `${violation!.check}: ${violation!.what}`);
    }
    const { choices } = this.#options;
    return {
      violation,
      transcript: this.#transcript,
      choices: choices.made,
      spans: choices.spans,
      virtualUs: this.#scheduler.clock.us,
      faults: this.#faults,
      commands: this.#commands,
      verdicts: this.#verdicts,
      compared: this.#shadow?.compared ?? 0,
      places: this.#machine.places,
    };
  }

  /** Runs until something is so, or some virtual time has passed. */
  #until(isSo: () => boolean, mostUs: number): void {
    const endUs = this.#scheduler.clock.us + mostUs;
    while (!isSo() && this.#scheduler.clock.us < endUs) {
      const what = this.#scheduler.step();
      if (what === null) return;
      this.#transcript.endStep(what);
      if (this.#transcript.hashes.length > MOST_STEPS) {
        throw new Violated("progress", `the run does not end within ${MOST_STEPS} steps`);
      }
    }
  }

  #ended(run: number, how: Death): void {
    this.#histories.crashed(run);
    this.#judged.ends.push(how);
    // Without a log nothing survives.
    this.#shadow?.forget();
  }

  #leaves(produced: Produced): void {
    void produced;
  }

  #blowLater(): void {
    const { blowEveryUs } = this.#mixture;
    if (blowEveryUs === 0 || this.#blows++ === MOST_BLOWS) return;
    const delayUs = 1 + this.#options.choices.upToUs(blowEveryUs);
    this.#scheduler.after(delayUs, "fault", () => {
      if (this.#isHealed) return;
      this.#options.choices.span(() => this.#strike());
      this.#blowLater();
    });
  }

  #strike(): void {
    const { choices } = this.#options;
    const blow = choices.weighted<Blow | null>([[3, null], ...this.#mixture.blows]);
    const { process } = this.#machine;
    if (blow === "kill") this.#machine.kill();
    else if (blow === "power loss") this.#machine.losePower();
    else if (blow === "disconnect") choices.of(this.#clients).leave();
    else if (blow === "pause" && process !== null) {
      this.#faults.count("pause");
      process.pause(1 + choices.upToUs(MOST_PAUSE_US));
    }
  }

  /** Faults are over; every client asks once more. */
  #heal(): void {
    this.#isHealed = true;
    this.#judged.healedAtMs = this.#scheduler.clock.ms;
    this.#transcript.note("check", "check", () => "faults are over");
    this.#machine.heal(NO_FAULTS);
    const reads: readonly Command[] =
      this.#judged.profile === "everything" ? [] : KEYS.map((key) => ["GET", key]);
    this.#clients.forEach((client, index) => {
      client.finish(index === 0 ? reads : []);
    });
  }

  #judge(): void {
    this.#judged.endedAtMs = this.#scheduler.clock.ms;
    this.#judged.boundMs = BOUND_MS;
    judge(this.#judged, this.#verdicts);
  }
}

function violationOf(error: unknown): Violation {
  if (error instanceof Violated) return error.violation;
  if (!(error instanceof Error)) throw error;
  const lines = (error.stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
  return { check: "invariant", what: `${error.name}: ${error.message.split("\n")[0]}`, lines };
}

/** Draws how the clients of a run behave. */
function drawManners(
  choices: Choices,
  profile: Profile,
  mixture: Mixture,
  isSmall: boolean,
): readonly Manners[] {
  const count = isSmall ? 2 : 1 + choices.below(5);
  const groups = isSmall ? 3 : choices.of([4, 10, 20, 40]);
  const thinkUs = isSmall ? 300 : choices.of([100, 1_000, 30_000, 400_000]);
  const depth = choices.of([1, 2, 8]);
  const isMortal = profile !== "everything" && choices.chance(0.4);
  return Array.from({ length: count + (isMortal ? 1 : 0) }, (_, index): Manners => {
    const habit: Habit = index === count ? "mortal" : profile;
    const protocol = choices.chance(0.3) ? 3 : 2;
    return { habit, groups, depth, thinkUs, protocol, leaveRate: mixture.leaveRate };
  });
}
