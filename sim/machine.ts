/** The machine that the server runs on: its disk, the present process, and what becomes of both. */
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import { SimDisk } from "./disk.ts";
import type { Mixture } from "./faults.ts";
import { type ClientEnd, SimConnection } from "./network.ts";
import { type Death, type ProcessEvents, type ProcessWorld, ServerProcess } from "./process.ts";
import type { Shadow } from "./shadow.ts";

/** How long a dead process stays dead at most, in microseconds. */
const RESTART_US = 50_000;

/** Where a run ends the process on purpose: at the n-th place at which it may end. */
export interface CrashPoint {
  readonly place: number;
  readonly how: "kill" | "power";
}

/** What a machine tells the run. */
export interface MachineEvents {
  /** A process has ended; a next one is going to start. */
  ended(run: number, how: Death): void;
  ran: ProcessEvents["ran"];
  leaves: ProcessEvents["leaves"];
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
  readonly #crashPoint: CrashPoint | null;
  #mixture: Mixture;
  #process: ServerProcess | null = null;
  #connections = 0;
  #places = 0;
  #runs = 0;

  constructor(
    world: MachineWorld,
    mixture: Mixture,
    directives: Readonly<Record<string, string>>,
    shadow: Shadow | null,
    crashPoint: CrashPoint | null,
    events: MachineEvents,
  ) {
    this.#world = world;
    this.#mixture = mixture;
    this.#directives = directives;
    this.#shadow = shadow;
    this.#crashPoint = crashPoint;
    this.#events = events;
    this.disk = new SimDisk(world);
    this.disk.faults = mixture.disk;
  }

  /** The running server; null while there is none. */
  get process(): ServerProcess | null {
    return this.#process;
  }

  /** How many places there have been at which the process might have ended. */
  get places(): number {
    return this.#places;
  }

  /** Starts the server. */
  start(): void {
    this.#world.transcript.note("server", "process", () => "starts");
    this.#process = new ServerProcess(this.#world, ++this.#runs, this.#directives, this.#shadow, {
      mayEnd: () => this.#mayEnd(),
      ended: (how) => this.#ended(how),
      ran: (produced) => this.#events.ran(produced),
      leaves: (produced) => this.#events.leaves(produced),
    });
  }

  /** From now on nothing goes wrong. */
  heal(mixture: Mixture): void {
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

  /** The process dies; what it has written stays in the page cache. */
  kill(): void {
    this.#process?.kill("kill");
  }

  /** The machine loses its power. */
  losePower(): void {
    this.#process?.kill("power");
  }

  #mayEnd(): Death | null {
    const place = ++this.#places;
    const point = this.#crashPoint;
    if (point !== null) return place === point.place ? point.how : null;
    const { choices } = this.#world;
    if (!choices.chance(this.#mixture.deathAtCallRate)) return null;
    return choices.chance(this.#mixture.powerRate) ? "power" : "kill";
  }

  #ended(how: Death): void {
    const { transcript, faults, scheduler, choices } = this.#world;
    this.#process = null;
    transcript.note("server", "fault", () => (how === "power" ? "power loss" : how));
    if (how !== "poisoned") faults.count(how === "power" ? "power loss" : "kill");
    if (how === "power") this.disk.losePower();
    this.#events.ended(this.#runs, how);
    const delayUs = 1_000 + choices.upToUs(RESTART_US);
    scheduler.after(delayUs, "machine: restart", () => this.start());
  }
}
