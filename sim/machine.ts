/** The machine that the server runs on: its disk, the present process, and what becomes of both. */
import type { LogFailure } from "../impl/log/failure.ts";
import { parseManifest } from "../impl/log/manifest.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import { SimDisk } from "./disk.ts";
import type { Mixture } from "./faults.ts";
import { Intruder } from "./intruder.ts";
import { type ClientEnd, SimConnection } from "./network.ts";
import { type Death, type ProcessEvents, type ProcessWorld, ServerProcess } from "./process.ts";
import type { Shadow } from "./shadow.ts";

/** Where the log is: Redis' own names. */
const LOG_DIRECTORY = "appendonlydir";
const LOG_NAME = "appendonly.aof";
const MANIFEST = `${LOG_DIRECTORY}/${LOG_NAME}.manifest`;

/** How long a dead process stays dead at most, in microseconds. */
const RESTART_US = 50_000;

/** Names of the ways to end, as faults are counted. */
const DEATHS: Readonly<Record<Death, string>> = {
  kill: "kill",
  power: "power loss",
  fatal: "end of a fatal error",
  stop: "clean stop",
};

/** Where a run ends the process on purpose: at the n-th place at which it may end. */
export interface CrashPoint {
  /** Counted over all runs of the server. */
  readonly place: number;
  readonly how: "kill" | "power";
}

/** What a machine tells the run. */
export interface MachineEvents {
  /** A process is about to end; the disk has not been touched yet. */
  ended(process: ServerProcess | null, run: number, how: Death, failure: LogFailure | null): void;
  /** The power has gone, and the disk holds what is left. */
  lostPower(): void;
  readonly serves: ProcessEvents["serves"];
  readonly settled: ProcessEvents["settled"];
  readonly ran: ProcessEvents["ran"];
  readonly evicted: ProcessEvents["evicted"];
  readonly leaves: ProcessEvents["leaves"];
  readonly waited: ProcessEvents["waited"];
}

/** What a machine needs of the run. */
export interface MachineWorld extends ProcessWorld {
  readonly choices: Choices;
  readonly faults: Tally;
}

/** One machine with one server at a time. */
export class Machine {
  readonly disk: SimDisk;
  readonly #world: MachineWorld;
  readonly #directives: Readonly<Record<string, string>>;
  readonly #shadow: Shadow | null;
  readonly #events: MachineEvents;
  readonly #crashPoints: readonly CrashPoint[] | null;
  readonly #intruder: Intruder;
  #mixture: Mixture;
  #process: ServerProcess | null = null;
  #connections = 0;
  #places = 0;
  #runs = 0;
  #isAbandoned = false;

  constructor(
    world: MachineWorld,
    mixture: Mixture,
    directives: Readonly<Record<string, string>>,
    shadow: Shadow | null,
    crashPoints: readonly CrashPoint[] | null,
    events: MachineEvents,
  ) {
    this.#world = world;
    this.#mixture = mixture;
    this.#directives = directives;
    this.#shadow = shadow;
    this.#crashPoints = crashPoints;
    this.#events = events;
    this.disk = new SimDisk(world);
    this.disk.faults = mixture.disk;
    this.#intruder = new Intruder(world, this.disk);
  }

  /** The running server; null while there is none. */
  get process(): ServerProcess | null {
    return this.#process;
  }

  /** Path of the file that the log appends to, by what the manifest says; null without one. */
  get currentIncrement(): string | null {
    const manifest = this.disk.files.get(MANIFEST);
    if (manifest === undefined) return null;
    const text = Buffer.alloc(manifest.sizeBytes);
    manifest.read(0, text);
    // As a start reads it: what a bit that turned over has left may still be a manifest.
    const read = parseManifest(text.toString("latin1"));
    const last = typeof read === "string" ? undefined : read.increments.at(-1);
    return last === undefined ? null : `${LOG_DIRECTORY}/${last.name}`;
  }

  /** How many places there have been at which the process might have ended. */
  get places(): number {
    return this.#places;
  }

  /** Starts the server. */
  start(): void {
    this.#world.transcript.note("server", "process", () => "starts");
    const { serves, settled, ran, evicted, leaves, waited } = this.#events;
    let process: ServerProcess | null = null;
    const events: ProcessEvents = {
      mayEnd: () => this.#mayEnd(),
      ended: (how, failure) => this.#ended(process, how, failure),
      serves: (served) => {
        process = served;
        serves(served);
      },
      ...{ settled, ran, evicted, leaves, waited },
    };
    const run = ++this.#runs;
    const started = new ServerProcess(
      ...([this.#world, run, this.disk, this.#directives, this.#shadow, events] as const),
    );
    this.#process = started.isAlive ? started : null;
  }

  /** From now on nothing goes wrong. */
  heal(mixture: Mixture): void {
    this.#intruder.leave();
    this.#mixture = mixture;
    this.disk.faults = mixture.disk;
    this.disk.capacityBytes = Number.POSITIVE_INFINITY;
  }

  /** A client connects; when no server runs, the connection ends. */
  connect(client: ClientEnd): SimConnection {
    const connection = new SimConnection(
      this.#world,
      ++this.#connections,
      client,
      () => this.#mixture.network,
    );
    connection.begin(() => {
      if (this.#process === null) connection.serverDied();
      else this.#process.accept(connection);
    });
    return connection;
  }

  /** No further process is started. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** The process dies; what it has written stays in the page cache. */
  kill(): void {
    this.#process?.kill("kill");
  }

  /** The server is asked to end; it is started again. */
  stop(): void {
    this.#process?.stop();
  }

  /** The machine loses its power. */
  losePower(): void {
    this.#process?.kill("power");
  }

  /** Somebody starts a second server on the same directory. */
  intrude(): void {
    this.#intruder.start(LOG_DIRECTORY, LOG_NAME, this.#process !== null);
  }

  #mayEnd(): Death | null {
    const place = ++this.#places;
    const points = this.#crashPoints;
    if (points !== null) return points.find((point) => point.place === place)?.how ?? null;
    const { choices } = this.#world;
    if (!choices.chance(this.#mixture.deathAtCallRate)) return null;
    return choices.chance(this.#mixture.powerRate) ? "power" : "kill";
  }

  /** @param process null when it was still recovering */
  #ended(process: ServerProcess | null, how: Death, failure: LogFailure | null): void {
    const { transcript, faults, scheduler, choices } = this.#world;
    this.#process = null;
    const name = DEATHS[how];
    transcript.note("server", "fault", () => name);
    faults.count(name);
    this.#events.ended(process, this.#runs, how, failure);
    if (how === "power") {
      this.disk.losePower();
      this.#intruder.lostPower();
      this.#events.lostPower();
    }
    if (this.#isAbandoned) return;
    const delayUs = 1_000 + choices.upToUs(RESTART_US);
    scheduler.after(delayUs, "machine: restart", () => this.start());
  }
}
