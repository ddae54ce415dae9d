/** A whole server without a process: its core over connections, a disk and a clock of the test's. */

import assert from "node:assert/strict";
import { commands } from "../impl/commands/index.ts";
import { describeLogFailure } from "../impl/log/failure.ts";
import { type Assembly, assemble } from "../impl/server/assembly.ts";
import type { PersistenceCore } from "../impl/server/persistence-core.ts";
import type { ServerCore } from "../impl/server/server-core.ts";
import type { Command } from "../impl/session/command.ts";
import type { Instance } from "../impl/session/instance.ts";
import { VirtualClock } from "./clock.ts";
import { configOf } from "./config.ts";
import { type ConnectionHost, TestConnection } from "./connection.ts";
import { MemoryDisk, type SyncOutcome } from "./disk.ts";
import { luaCode } from "./lua.ts";
import { seededRandom } from "./random.ts";
import { RecordingTrace } from "./trace.ts";

const BALLAST_BYTES = 10_000;
const STEP_BYTES = 1 << 20;

/** The server. Syncs end when the test says so. */
export class TestServer implements ConnectionHost {
  readonly disk: MemoryDisk;
  readonly clock = new VirtualClock();
  readonly trace = new RecordingTrace();
  readonly warnings: string[] = [];
  readonly notices: string[] = [];
  readonly core: ServerCore;
  readonly persistence: PersistenceCore;
  readonly instance: Instance;
  fatal: string | null = null;
  readonly #assembly: Assembly;
  #isAwake = false;

  /**
   * @param directives of redis.conf; `appendonly yes` is among them unless they say otherwise
   * @param toys commands that it has beside those that there are
   */
  constructor(
    directives: Readonly<Record<string, string>> = {},
    disk = new MemoryDisk(),
    toys: readonly Command[] = [],
  ) {
    this.disk = disk;
    // Whoever used it before is gone.
    disk.processGone();
    const config = configOf({ appendonly: "yes", save: "", ...directives });
    const { clock, trace } = this;
    const operatorLog = {
      warn: (message: string) => void this.warnings.push(message),
      notice: (message: string) => void this.notices.push(message),
      verbose: () => {},
    };
    const assembly = assemble({
      ...{ config, clock, random: seededRandom(1), disk, trace, operatorLog },
      commands: [...commands, ...toys],
      ballastBytes: BALLAST_BYTES,
      lua: luaCode,
      onFatal: (failure) => {
        this.fatal = describeLogFailure(failure);
      },
      wake: () => {
        this.#isAwake = true;
      },
    });
    this.#assembly = assembly;
    this.instance = assembly.instance;
    this.core = assembly.core;
    this.persistence = assembly.persistence;
  }

  /** A server that has loaded what the disk holds. */
  static loaded(
    directives: Readonly<Record<string, string>> = {},
    disk = new MemoryDisk(),
    toys: readonly Command[] = [],
  ): TestServer {
    const server = new TestServer(directives, disk, toys);
    while (!server.persistence.load(STEP_BYTES)) {}
    server.trace.takeLines();
    return server;
  }

  connect(): TestConnection {
    return new TestConnection(this);
  }

  /** Ends loop turns until nobody asks for another; only one while a script runs for long. */
  turn(): void {
    while (this.#isAwake) {
      this.#isAwake = false;
      this.core.flush();
      this.verifyInvariants();
      if (this.instance.isBusy) return;
    }
  }

  /** Ends the sync under way, and the loop turn. */
  endSync(outcome: SyncOutcome = "ok"): void {
    this.disk.endSync(outcome);
    this.turn();
  }

  /** Time passes, with ten ticks a second. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      this.clock.advance(Math.min(100, left));
      this.core.tick();
      this.turn();
    }
  }

  /** Ends cleanly; syncs end at once. Null, or why it did not end cleanly. */
  close(): string | null {
    let outcome: string | null | undefined;
    this.core.stop();
    this.persistence.close((error) => {
      outcome = error;
    });
    while (this.disk.syncs.length > 0) this.disk.endSync();
    this.core.closeAll();
    assert.ok(outcome !== undefined);
    return outcome;
  }

  verifyInvariants(): void {
    this.#assembly.verifyInvariants();
    this.persistence.verifyBallast();
  }
}
