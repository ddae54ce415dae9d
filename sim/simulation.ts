/** One run: a seed, or a list of choices, and what comes of it. */
import assert from "node:assert/strict";
import { describeLogFailure, isOfTheMoment, type LogFailure } from "../impl/log/failure.ts";
import { SimBuggify } from "./buggify.ts";
import { CachingClient } from "./caching/client.ts";
import type { FsyncPolicy } from "./checkers/durability.ts";
import type { Choices, Span } from "./choices.ts";
import { type Actor, type Habit, type Manners, SimClient } from "./clients.ts";
import { Tally } from "./coverage.ts";
import { Durability, type LogView, type Stretch } from "./durability.ts";
import { type Blow, drawMixture, type Mixture, NO_FAULTS } from "./faults.ts";
import { Histories } from "./histories.ts";
import type { Inode, PowerLoss } from "./inode.ts";
import { judge } from "./judge.ts";
import { type CrashPoint, Machine } from "./machine.ts";
import type { ClientEnd } from "./network.ts";
import type { Produced } from "./observer.ts";
import type { Death, ServerProcess } from "./process.ts";
import { NOTHING_LEFT, readableUnits } from "./readable.ts";
import { Scheduler } from "./scheduler.ts";
import { NO_DATA, Shadow } from "./shadow.ts";
import { SpecTrace } from "./spec-trace.ts";
import { Transcript } from "./transcript.ts";
import { Violated, type Violation } from "./violation.ts";
import { type Command, KEYS, type Profile, Values } from "./workload.ts";

/** How a run keeps its data: not at all, or in a log with this policy. */
export type Keeping = "nothing" | FsyncPolicy;

/** What to run. */
export interface RunOptions {
  readonly choices: Choices;
  /** Whether the model runs beside the server and the checkers judge. */
  readonly judged: boolean;
  /** Whether every event is kept for a reader. */
  readonly keeps: boolean;
  /** A small run that ends its process at these places, and has no other faults. */
  readonly crashPoints?: readonly CrashPoint[];
  /** What a power loss leaves in a run with `crashPoints`; a prefix unless given. */
  readonly powerLoss?: PowerLoss;
  /** Given instead of drawn. */
  readonly keeping?: Keeping;
  /** Given instead of drawn. */
  readonly profile?: Profile;
}

/** What came of a run. */
export interface Outcome {
  readonly violation: Violation | null;
  readonly transcript: Transcript;
  readonly trace: SpecTrace;
  readonly keeping: Keeping;
  readonly choices: readonly number[];
  readonly spans: readonly Span[];
  readonly virtualUs: number;
  readonly faults: Tally;
  readonly commands: Tally;
  readonly verdicts: Tally;
  /** Steps of the specifications that were taken. */
  readonly actions: Tally;
  /** Buggify points that fired. */
  readonly fired: Tally;
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
/** How long a disk stays full at most, in microseconds. */
const MOST_FULL_US = 1_000_000;
/** How many blows fall at most. */
const MOST_BLOWS = 16;
/** How likely each buggify point takes part in a run. */
const BUGGIFY_RATE = 0.2;

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
  readonly #actions = new Tally();
  readonly #fired = new Tally();
  readonly #trace: SpecTrace;
  readonly #buggify: SimBuggify;
  readonly #histories = new Histories();
  readonly #shadow: Shadow | null;
  readonly #machine: Machine;
  readonly #clients: readonly Actor[];
  readonly #mixture: Mixture;
  readonly #profile: Profile;
  readonly #keeping: Keeping;
  readonly #durability: Durability | null;
  /** Without a log each run of the server is a life of its own. */
  readonly #lives: Stretch[];
  #file: Inode | null = null;
  #isHealed = false;
  /** Recovery has refused a file in which bits had turned over: the run ends there. */
  #isRefused = false;
  #healedAtMs = 0;
  #blows = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    const { choices, judged, keeps } = options;
    const scheduler = this.#scheduler;
    this.#transcript = new Transcript(() => scheduler.clock.us, keeps);
    this.#shadow = judged ? new Shadow() : null;
    const isSmall = options.crashPoints !== undefined;
    this.#keeping = options.keeping ?? drawKeeping(choices);
    this.#profile = options.profile ?? drawProfile(choices);
    const { powerLoss = "in order" } = options;
    this.#mixture = isSmall
      ? { ...NO_FAULTS, disk: { ...NO_FAULTS.disk, powerLoss } }
      : drawMixture(choices, this.#keeping !== "nothing");
    this.#trace = new SpecTrace(this.#actions, judged, keeps);
    this.#buggify = new SimBuggify(choices, this.#fired, isSmall ? 0 : BUGGIFY_RATE);
    const initial = NO_DATA;
    this.#lives = [{ first: 1, last: 1, initial }];
    this.#durability =
      judged && this.#keeping !== "nothing" ? new Durability(this.#keeping, initial) : null;
    const world = {
      ...{ scheduler, choices, transcript: this.#transcript, faults: this.#faults },
      ...{
        commands: this.#commands,
        seen: this.#verdicts,
        trace: this.#trace,
        buggify: this.#buggify,
      },
    };
    const crashPoints = options.crashPoints ?? null;
    const directives = directivesOf(this.#keeping);
    this.#machine = new Machine(world, this.#mixture, directives, this.#shadow, crashPoints, {
      ended: (process, run, how, failure) => this.#ended(process, run, how, failure),
      lostPower: () => this.#lostPower(),
      serves: (process) => this.#serves(process),
      settled: () => this.#settled(),
      ran: () => this.#settled(),
      evicted: () => {
        this.#verdicts.count("evictions");
        this.#settled();
      },
      leaves: (produced) => this.#leaves(produced),
      waited: (how) => this.#verdicts.count(how),
    });
    const clientWorld = {
      ...world,
      histories: this.#histories,
      values: new Values(),
      connect: (client: ClientEnd) => this.#machine.connect(client),
      usedBytes: () => this.#machine.process?.core.instance.eviction.countedBytes ?? 0,
    };
    this.#clients = drawManners(choices, this.#profile, this.#mixture, isSmall).map(
      (manners, index): Actor =>
        manners.habit === "caching"
          ? new CachingClient(clientWorld, index + 1, manners)
          : new SimClient(clientWorld, index + 1, manners),
    );
  }

  run(): Outcome {
    let violation: Violation | null = null;
    try {
      this.#machine.start();
      this.#blowLater();
      this.#until(() => this.#areDone, MOST_FAULTY_US);
      this.#heal();
      this.#until(() => this.#areDone, REST_US);
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
      trace: this.#trace,
      keeping: this.#keeping,
      choices: choices.made,
      spans: choices.spans,
      virtualUs: this.#scheduler.clock.us,
      faults: this.#faults,
      commands: this.#commands,
      verdicts: this.#verdicts,
      actions: this.#actions,
      fired: this.#fired,
      compared: this.#shadow?.compared ?? 0,
      places: this.#machine.places,
    };
  }

  get #areDone(): boolean {
    if (this.#isRefused) return true;
    // A server that is down must come back: what it recovers is judged too.
    if (this.#machine.process?.isServing !== true) return false;
    return this.#clients.every((client) => client.isDone);
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

  // ---- The server's life

  #viewOf(process: ServerProcess | null): LogView | null {
    const log = process?.log ?? null;
    if (log === null || this.#file === null) return null;
    return { end: log.end, written: log.written, gate: log.gate, file: this.#file };
  }

  #serves(process: ServerProcess): void {
    const path = process.log === null ? null : this.#machine.currentIncrement;
    this.#file = path === null ? null : this.#machine.disk.files.get(path)!;
    if (this.#file !== null && process.run > 1) {
      this.#trace.step("transactions", "Crash", { keep: process.log!.end });
      this.#trace.step("transactions", "Restart", {});
    }
    const shadow = this.#shadow;
    if (shadow === null) return;
    const view = this.#viewOf(process);
    if (view === null) {
      if (process.run > 1) {
        const initial = NO_DATA;
        this.#lives.push({ first: process.run, last: process.run, initial });
      }
      return;
    }
    const { instance } = process.core;
    this.#durability?.recovered(process.run, view, (expected, lsn) =>
      shadow.restarted(instance, expected, lsn),
    );
  }

  /** A command has run, or the process has been left: takes down how far the log has come. */
  #settled(): void {
    const view = this.#viewOf(this.#machine.process);
    if (view === null || this.#durability === null) return;
    this.#durability.ran(view, this.#shadow!.data);
    this.#durability.settled(view, this.#scheduler.clock.ms);
  }

  #leaves(produced: Produced): void {
    if (produced.isMessage) this.#verdicts.count("messages");
    const view = this.#viewOf(this.#machine.process);
    if (view !== null) this.#durability?.leaves(produced, view, this.#scheduler.clock.ms);
  }

  #ended(process: ServerProcess | null, run: number, how: Death, failure: LogFailure | null): void {
    this.#histories.crashed(run);
    // A clean stop that has failed is a kill to the log; behind one that has not it changes nothing.
    const isOver = how === "kill" || how === "stop";
    if (isOver && this.#keeping !== "nothing") this.#trace.step("log", "Kill", {});
    this.#durability?.ended(how, this.#viewOf(process), this.#scheduler.clock.ms);
    this.#file = null;
    this.#shadow?.forget();
    if (how !== "fatal" || process !== null) return;
    assert.ok(failure !== null, "a start has failed for no reason");
    if (!this.#isRotten) {
      // Another attempt may succeed.
      if (isOfTheMoment(failure)) return;
      const reason = describeLogFailure(failure);
      throw new Violated("recovery", "the server refuses what it has written itself", [reason]);
    }
    this.#verdicts.count("damage refused");
    this.#isRefused = true;
    this.#machine.abandon();
  }

  /** Tells the trace what a start would read now. */
  #lostPower(): void {
    if (this.#keeping === "nothing" || !this.#trace.enabled) return;
    const path = this.#machine.currentIncrement;
    const left = path === null ? NOTHING_LEFT : readableUnits(this.#machine.disk, path);
    if (left !== null) this.#trace.step("log", "PowerLoss", left);
  }

  /** True when bits have turned over. */
  #isRotten = false;

  // ---- Faults

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
    else if (blow === "clean stop") this.#machine.stop();
    else if (blow === "disconnect") choices.of(this.#clients).leave();
    else if (blow === "disk full") this.#fillDisk();
    else if (blow === "second server") this.#machine.intrude();
    else if (blow === "bit rot") this.#rot();
    else if (blow === "pause" && process !== null) {
      this.#faults.count("pause");
      process.pause(1 + choices.upToUs(MOST_PAUSE_US));
    }
  }

  #fillDisk(): void {
    const { choices } = this.#options;
    const { disk } = this.#machine;
    disk.capacityBytes = disk.usedBytes + choices.below(600);
    this.#transcript.note("disk", "fault", () => "no more space");
    this.#scheduler.after(1 + choices.upToUs(MOST_FULL_US), "fault: space returns", () => {
      disk.capacityBytes = Number.POSITIVE_INFINITY;
      this.#transcript.note("disk", "fault", () => "space again");
    });
  }

  /** A bit turns over in a file, and the machine is started anew, so that somebody reads it. */
  #rot(): void {
    this.#machine.kill();
    const where = this.#machine.disk.rot();
    if (where === null) return;
    this.#isRotten = true;
    this.#durability?.rotted();
    this.#faults.count("bit rot");
    this.#transcript.note("disk", "fault", () => `a bit turns over: ${where}`);
  }

  /** Faults are over; every client asks once more. */
  #heal(): void {
    this.#isHealed = true;
    this.#healedAtMs = this.#scheduler.clock.ms;
    this.#transcript.note("check", "check", () => "faults are over");
    const { disk } = this.#mixture;
    this.#machine.heal({ ...NO_FAULTS, disk: { ...NO_FAULTS.disk, powerLoss: disk.powerLoss } });
    this.#buggify.heal();
    if (this.#isRefused) return;
    const isJudged = JUDGED.has(this.#profile);
    const reads: readonly Command[] = isJudged ? KEYS.map((key) => ["GET", key]) : [];
    this.#clients.forEach((client, index) => {
      client.finish(index === 0 ? reads : []);
    });
  }

  #judge(): void {
    if (this.#isRefused) return;
    const run = {
      profile: this.#profile,
      histories: this.#histories,
      durability: this.#durability,
      stretches: this.#durability?.stretches ?? this.#lives,
      healedAtMs: this.#healedAtMs,
      endedAtMs: this.#scheduler.clock.ms,
      boundMs: BOUND_MS,
    };
    judge(run, this.#verdicts);
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

/** Profiles over whose keys histories are judged. */
const JUDGED: ReadonlySet<Profile> = new Set([
  ...(["strings", "caching", "transactions", "scripts"] as const),
]);

function drawKeeping(choices: Choices): Keeping {
  return choices.weighted<Keeping>([
    [1, "nothing"],
    [4, "always"],
    [4, "everysec"],
    [2, "no"],
  ]);
}

function drawProfile(choices: Choices): Profile {
  return choices.weighted<Profile>([
    [2, "strings"],
    [1, "caching"],
    [3, "transactions"],
    [1, "scripts"],
    [3, "everything"],
    [1, "specified"],
    [3, "waiting"],
  ]);
}

function directivesOf(keeping: Keeping): Readonly<Record<string, string>> {
  return keeping === "nothing" ? {} : { appendonly: "yes", appendfsync: keeping };
}

/** Among those who do everything, some listen and some publish. */
function habitOf(profile: Profile, index: number): Habit {
  if (profile === "waiting") return index === 0 ? "bringer" : "waiting";
  if (profile === "caching") return index === 0 ? "strings" : "caching";
  if (profile === "waits") return index === 0 ? "pusher" : "waits";
  if (profile !== "everything") return profile;
  return (["everything", "listener", "publisher"] as const)[index % 3]!;
}

/** Draws how the clients of a run behave. */
function drawManners(
  choices: Choices,
  profile: Profile,
  mixture: Mixture,
  isSmall: boolean,
): readonly Manners[] {
  const drawn = isSmall ? 2 : 1 + choices.below(5);
  const count = ["waiting", "waits", "caching"].includes(profile) ? drawn + 1 : drawn;
  const groups = isSmall ? 3 : choices.of([4, 10, 20, 40]);
  const thinkUs = isSmall ? 300 : choices.of([100, 1_000, 30_000, 400_000]);
  const depth = choices.of([1, 2, 8]);
  const isMortal = ["strings", "transactions"].includes(profile) && choices.chance(0.4);
  return Array.from({ length: count + (isMortal ? 1 : 0) }, (_, index): Manners => {
    const habit: Habit = index === count ? "mortal" : habitOf(profile, index);
    const isSpecified = profile === "specified" || profile === "waits";
    const protocol = !isSpecified && choices.chance(0.3) ? 3 : 2;
    return { habit, groups, depth, thinkUs, protocol, leaveRate: mixture.leaveRate };
  });
}
