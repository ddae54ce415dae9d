/** A whole server without a process: its core over connections, a disk and a clock of the test's. */
import assert from "node:assert/strict";
import { Config } from "../config/config.ts";
import { findDirective } from "../config/directives.ts";
import { describeLogFailure } from "../log/failure.ts";
import { MemoryDisk, RecordingTrace } from "../log/testing.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import type { Instance } from "../session/instance.ts";
import { TestClock, TestRandom } from "../session/testing.ts";
import { assemble } from "./assembly.ts";
import type { PersistenceCore } from "./persistence-core.ts";
import type { ServerCore } from "./server-core.ts";

const BALLAST_BYTES = 10_000;
const STEP_BYTES = 1 << 20;

/** A connection whose other end is the test. */
export class TestConnection implements Connection {
  readonly address = "127.0.0.1:50000";
  readonly localAddress = "127.0.0.1:6379";
  readonly fd = 8;
  unsentBytes = 0;
  isClosed = false;
  #received = "";
  readonly #server: TestServer;
  readonly #events: ConnectionEvents;

  constructor(server: TestServer) {
    this.#server = server;
    const events = server.core.accept(this);
    assert.ok(events !== null, "the connection was refused");
    this.#events = events;
  }

  /** Sends lines as one read; nothing is flushed yet. */
  send(...lines: readonly string[]): void {
    const { shared, readOffset } = this.#server.core;
    const length = shared.write(lines.map((line) => `${line}\r\n`).join(""), readOffset, "latin1");
    this.deliver(length);
  }

  /** Sends the first `length` bytes of the buffer that all connections read into. */
  deliver(length: number): void {
    const { readOffset } = this.#server.core;
    this.#events.received(readOffset, length);
    this.#server.verifyInvariants();
  }

  /** Sends lines, ends the loop turn, and returns what has come by then. */
  ask(...lines: readonly string[]): string {
    this.send(...lines);
    this.#server.turn();
    return this.take();
  }

  /** What has come since the last call. */
  take(): string {
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** The client goes away. */
  leave(): void {
    this.isClosed = true;
    this.#events.closed();
  }

  write(bytes: Uint8Array, length: number): boolean {
    assert.ok(!this.isClosed);
    this.#received += Buffer.from(bytes.subarray(0, length)).toString("latin1");
    return true;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.isClosed = true;
  }

  destroy(): void {
    this.isClosed = true;
  }
}

/** The server. Syncs end when the test says so. */
export class TestServer {
  readonly disk: MemoryDisk;
  readonly clock = new TestClock();
  readonly trace = new RecordingTrace();
  readonly warnings: string[] = [];
  readonly notices: string[] = [];
  readonly core: ServerCore;
  readonly persistence: PersistenceCore;
  readonly instance: Instance;
  fatal: string | null = null;
  #isAwake = false;

  /** @param directives of redis.conf; `appendonly yes` is among them unless they say otherwise */
  constructor(directives: Readonly<Record<string, string>> = {}, disk = new MemoryDisk()) {
    this.disk = disk;
    const config = new Config({ directory: "/data" });
    for (const [name, value] of Object.entries({ appendonly: "yes", ...directives })) {
      const known = findDirective(name)!;
      const words = known.directive.kind.multiArg ? value.split(" ") : [value];
      assert.equal(config.load(known, words), null);
    }
    const { clock, trace } = this;
    const operatorLog = {
      warn: (message: string) => void this.warnings.push(message),
      notice: (message: string) => void this.notices.push(message),
      verbose: () => {},
    };
    const { instance, core, persistence } = assemble({
      ...{ config, clock, random: new TestRandom(), disk, trace, operatorLog },
      ballastBytes: BALLAST_BYTES,
      onFatal: (failure) => {
        this.fatal = describeLogFailure(failure);
      },
      wake: () => {
        this.#isAwake = true;
      },
    });
    this.instance = instance;
    this.core = core;
    this.persistence = persistence;
  }

  /** A server that has loaded what the disk holds. */
  static loaded(
    directives: Readonly<Record<string, string>> = {},
    disk = new MemoryDisk(),
  ): TestServer {
    const server = new TestServer(directives, disk);
    while (!server.persistence.load(STEP_BYTES)) {}
    server.trace.take();
    return server;
  }

  connect(): TestConnection {
    return new TestConnection(this);
  }

  /** Ends loop turns until nobody asks for another. */
  turn(): void {
    while (this.#isAwake) {
      this.#isAwake = false;
      this.core.flush();
      this.verifyInvariants();
    }
  }

  /** Ends the sync under way, and the loop turn. */
  endSync(error: Parameters<MemoryDisk["endSync"]>[0] = null): void {
    this.disk.endSync(error);
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
    this.instance.verifyInvariants();
    this.core.log?.verifyInvariants();
  }
}
