/**
 * One run of the server's process: the production cores under simulated ports, and the shell
 * around them that a real process has in `impl/server/node-server.ts`.
 */

import assert from "node:assert/strict";
import { describeLogFailure, type LogFailure } from "../impl/log/failure.ts";
import type { LogCore } from "../impl/log/log-core.ts";
import type { Buggify } from "../impl/ports/buggify.ts";
import type { Trace } from "../impl/ports/trace.ts";
import { type Assembly, assemble } from "../impl/server/assembly.ts";
import type { PersistenceCore } from "../impl/server/persistence-core.ts";
import { type ServerCore, TICKS_PER_SECOND } from "../impl/server/server-core.ts";
import { configOf } from "../testing/config.ts";
import { luaCode } from "../testing/lua.ts";
import { seededRandom } from "../testing/random.ts";
import type { Choices } from "./choices.ts";
import type { Tally } from "./coverage.ts";
import type { DiskUser, SimDisk } from "./disk.ts";
import type { ServerEnd, SimConnection } from "./network.ts";
import { isClient, Observer, type ObserverEvents } from "./observer.ts";
import type { Scheduler } from "./scheduler.ts";
import { ScriptsSeen } from "./scripts-seen.ts";
import type { Shadow } from "./shadow.ts";
import type { Transcript } from "./transcript.ts";

/** How long a loop turn lasts at most before its flush, in microseconds. */
const TURN_US = 30;
const TICK_US = 1_000_000 / TICKS_PER_SECOND;
/** How late a tick may be, in microseconds. */
const TICK_LATE_US = 3_000;

/** Thrown out of a core to end its process in the middle of what it does. */
export class ProcessEnds extends Error {
  readonly how: Death;

  constructor(how: Death) {
    super(`the process ends: ${how}`);
    this.how = how;
  }
}

/** How a process ends: from outside, by itself because of its log, or because it was asked to. */
export type Death = "kill" | "power" | "fatal" | "stop";

/** Bytes that a recovery reads between two looks at the clock: all of them. */
const LOAD_BYTES = 1 << 30;
/** Space that the log keeps for a full disk. */
const BALLAST_BYTES = 1024;

/** What a process needs of the run. */
export interface ProcessWorld {
  readonly scheduler: Scheduler;
  readonly choices: Choices;
  readonly transcript: Transcript;
  readonly faults: Tally;
  readonly commands: Tally;
  /** What a run of many seeds must have seen. */
  readonly seen: Tally;
  readonly trace: Trace;
  readonly buggify: Buggify;
}

/** What a process tells the machine that it runs on. */
export interface ProcessEvents extends ObserverEvents {
  /**
   * The process may end here: at each entry and at each call of the disk.
   *
   * @returns how it ends, or null when it goes on
   */
  mayEnd(where: string): Death | null;
  /** The server has its data, and serves from now on. */
  serves(process: ServerProcess): void;
  /** The process has been entered and left again, and still lives. */
  settled(): void;
  /** The process has ended. */
  ended(how: Death, failure: LogFailure | null): void;
}

/** A running server. */
export class ServerProcess implements ServerEnd, DiskUser {
  readonly core: ServerCore;
  readonly name = "the server";
  readonly run: number;
  readonly #world: ProcessWorld;
  readonly #events: ProcessEvents;
  readonly #persistence: PersistenceCore;
  readonly #assembly: Assembly;
  readonly #observer: Observer;
  readonly #shadow: Shadow | null;
  readonly #disk: SimDisk;
  readonly #connections = new Set<SimConnection>();
  #alive = true;
  /** What waits for the end of a pause; null when there is none. */
  #paused: (() => void)[] | null = null;
  #isInside = false;
  #isServing = false;
  #isStopping = false;
  /** Why it ended itself; null while it has not. */
  #failure: LogFailure | null = null;

  constructor(
    world: ProcessWorld,
    run: number,
    disk: SimDisk,
    directives: Readonly<Record<string, string>>,
    shadow: Shadow | null,
    events: ProcessEvents,
  ) {
    this.#world = world;
    this.run = run;
    this.#events = events;
    this.#disk = disk;
    this.#shadow = shadow;
    const config = configOf({ save: "", ...directives }, ".");
    const { clock } = world.scheduler;
    const operatorLog = {
      warn: (text: string) => this.#note(text),
      notice: () => {},
      verbose: () => {},
    };
    const randomSeed = world.choices.below(2 ** 32);
    const random = seededRandom(randomSeed);
    const { trace, buggify } = world;
    const assembly = assemble({
      ...{ config, clock, random, trace, buggify, operatorLog },
      disk: disk.portFor(this),
      lua: luaCode,
      ballastBytes: BALLAST_BYTES,
      onFatal: (failure) => this.#fatal(failure),
      wake: () => this.#wake(),
    });
    const { core, persistence } = assembly;
    this.#assembly = assembly;
    this.core = core;
    // In half of the runs, by a number that is drawn anyway: stored lists of choices keep their places.
    core.gathersReads = randomSeed % 2 === 1;
    new ScriptsSeen(core.instance, world.seen);
    this.#observer = new Observer(core, shadow, world.commands, events);
    this.#persistence = persistence;
    this.#tickLater();
    this.enter("recovery", () => {
      while (!persistence.load(LOAD_BYTES));
      this.#isServing = true;
      events.serves(this);
    });
  }

  /** The log that keeps the data; null without one, and before it is recovered. */
  get log(): LogCore | null {
    return this.core.log;
  }

  /** True once the data is there. */
  get isServing(): boolean {
    return this.#isServing;
  }

  get shared(): Buffer {
    return this.core.shared;
  }

  get readOffset(): number {
    return this.core.readOffset;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** A client has connected. */
  accept(connection: SimConnection): void {
    this.#connections.add(connection);
    connection.open(this);
    this.enter("accept", () => {
      const events = this.core.accept(connection);
      if (isClient(events)) this.#observer.accepted(connection, events);
      connection.attach(events);
    });
  }

  enter(what: string, run: () => void): void {
    if (!this.#alive) return;
    if (this.#paused !== null) {
      this.#paused.push(() => this.enter(what, run));
      return;
    }
    assert.ok(!this.#isInside, "the core is entered twice");
    this.#isInside = true;
    try {
      this.called(what);
      run();
      this.#observer.settleLate();
      // The second run of a seed, which nobody judges, only has to do the same.
      if (this.#shadow !== null) this.verifyInvariants();
      this.#events.settled();
    } catch (error) {
      if (!(error instanceof ProcessEnds)) throw error;
      // The command in whose middle it ends may be in the log already.
      this.#observer.settle();
      this.#end(error.how);
    } finally {
      this.#isInside = false;
    }
  }

  called(what: string): void {
    const death = this.#events.mayEnd(what);
    if (death !== null) throw new ProcessEnds(death);
  }

  callback(run: () => void): void {
    this.enter("callback", run);
  }

  leaving(connection: SimConnection, bytes: Uint8Array, length: number): void {
    this.#observer.leaving(connection, bytes, length);
  }

  /** Ends the process at once, from outside. */
  kill(how: Death): void {
    if (this.#alive) this.#end(how);
  }

  /** Stops the process for a while: SIGSTOP. */
  pause(durationUs: number): void {
    if (!this.#alive || this.#paused !== null) return;
    this.#paused = [];
    this.#note(`paused for ${durationUs / 1000} ms`);
    this.#world.scheduler.after(durationUs, "process: continues", () => {
      const waiting = this.#paused ?? [];
      this.#paused = null;
      this.#note("continues");
      for (const one of waiting) one();
    });
  }

  /** Asks the process to end cleanly: SIGTERM. */
  stop(): void {
    if (this.#isStopping || !this.#isServing) return;
    this.#isStopping = true;
    this.enter("stop", () => {
      this.#note("stops");
      this.core.stop();
      this.#persistence.close(() => {
        throw new ProcessEnds("stop");
      });
    });
  }

  /** Throws when a rule that ties the parts of the server together is broken. */
  verifyInvariants(): void {
    this.#assembly.verifyInvariants();
  }

  /** The shell ends the process at once. */
  #fatal(failure: LogFailure): never {
    this.#failure = failure;
    this.#note(describeLogFailure(failure));
    throw new ProcessEnds("fatal");
  }

  #end(how: Death): void {
    const { waits } = this.core.instance.clients;
    for (let left = waits.keys.size; left > 0; left--) {
      this.#events.waited("wait in a server that dies");
    }
    this.#alive = false;
    this.#disk.processGone(this);
    for (const connection of this.#connections) connection.serverDied();
    this.#connections.clear();
    this.#events.ended(how, this.#failure);
  }

  #wake(): void {
    this.#later(1 + this.#world.choices.upToUs(TURN_US), "server: end of turn", () =>
      this.core.flush(),
    );
  }

  #tickLater(): void {
    const lateUs = this.#world.choices.upToUs(TICK_LATE_US);
    this.#later(TICK_US + lateUs, "server: tick", () => {
      this.#tickLater();
      this.core.tick();
      if (this.core.instance.settings.activeExpire) this.#shadow?.expired(this.core.instance);
      this.#shadow?.compare(this.core.instance, "a tick");
    });
  }

  #later(delayUs: number, what: string, run: () => void): void {
    this.#world.scheduler.after(delayUs, what, () => this.enter(what, run));
  }

  #note(text: string): void {
    this.#world.transcript.note("server", "process", () => text);
  }
}
