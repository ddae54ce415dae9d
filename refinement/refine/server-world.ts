/**
 * The production server from received bytes to sent bytes, over a log on a disk in memory: what the
 * models of transactions, of waiting for keys and of client-side caching are compared with.
 */

import assert from "node:assert/strict";
import { describeLogFailure } from "../../impl/log/failure.ts";
import type { LogCore } from "../../impl/log/log-core.ts";
import type { Connection, ConnectionEvents } from "../../impl/ports/transport.ts";
import { type Assembly, assemble } from "../../impl/server/assembly.ts";
import type { ServerCore } from "../../impl/server/server-core.ts";
import type { Instance } from "../../impl/session/instance.ts";
import type { Session } from "../../impl/session/session.ts";
import { VirtualClock } from "../../testing/clock.ts";
import { configOf, NO_OPERATOR } from "../../testing/config.ts";
import { MemoryDisk } from "../../testing/disk.ts";
import { luaCode } from "../../testing/lua.ts";
import { seededRandom } from "../../testing/random.ts";
import { RecordingTrace } from "../../testing/trace.ts";
import { lineText } from "../../testing/wire/request.ts";

/** One client: what it has been sent, and how it reaches the server. */
interface Client {
  readonly session: Session;
  readonly events: ConnectionEvents;
}

/** Whose steps are looked at. */
export type WorldSpec = "transactions" | "blocking" | "tracking";

/** One server, its disk, and clients by number. */
export class ServerWorld {
  readonly clock = new VirtualClock();
  readonly disk = new MemoryDisk();
  /** What the server says that it does. */
  readonly steps: RecordingTrace;
  readonly #spec: WorldSpec;
  readonly #seed: number;
  readonly #directives: Readonly<Record<string, string>>;
  readonly #clients = new Map<number, Client>();
  #assembly: Assembly;

  /** @param directives beside those that keep a log with `appendfsync always` */
  constructor(
    seed: number,
    spec: WorldSpec = "transactions",
    directives: Readonly<Record<string, string>> = {},
  ) {
    this.#seed = seed;
    this.#directives = { ...DIRECTIVES, ...directives };
    this.#spec = spec;
    this.steps = new RecordingTrace(spec);
    this.disk.directories.add("/data");
    this.#assembly = this.#start();
  }

  get core(): ServerCore {
    return this.#assembly.core;
  }

  get instance(): Instance {
    return this.core.instance;
  }

  get log(): LogCore {
    assert.ok(this.core.log !== null);
    return this.core.log;
  }

  /** The session of a client that is connected. */
  sessionOf(client: number): Session | undefined {
    return this.#clients.get(client)?.session;
  }

  /** A client sends commands, all in one read; it connects first when it must. */
  send(client: number, lines: readonly string[]): void {
    const { events } = this.#clients.get(client) ?? this.#connect(client);
    const bytes = Buffer.from(lines.map(lineText).join(""), "latin1");
    bytes.copy(this.core.shared, this.core.readOffset);
    this.core.beginTurn();
    events.received(this.core.readOffset, bytes.length);
  }

  /** A loop turn ends: units are written, replies leave. */
  flush(): void {
    this.core.flush();
  }

  /** The disk ends the sync under way, if there is one. */
  endSync(): void {
    if (this.disk.syncs.length > 0) this.disk.endSync();
  }

  /** Time passes. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.instance.time.beginBatch();
  }

  /** The server's tick: active expiry. */
  tick(): void {
    this.core.tick();
  }

  /** A connection is gone. */
  disconnect(client: number): void {
    const gone = this.#clients.get(client);
    if (gone === undefined) return;
    this.#clients.delete(client);
    gone.events.closed();
  }

  /** The power fails, and the server starts again from what the disk has kept. */
  crash(): void {
    this.disk.losePower();
    this.#clients.clear();
    this.#assembly = this.#start();
    this.steps.step(this.#spec, "Crash", { keep: this.log.end });
    this.steps.step(this.#spec, "Restart", {});
  }

  verifyInvariants(): void {
    this.#assembly.verifyInvariants();
  }

  #start(): Assembly {
    const { clock, disk } = this;
    const config = configOf(this.#directives);
    const assembly = assemble({
      ...{ config, clock, random: seededRandom(this.#seed), disk, trace: this.steps },
      operatorLog: NO_OPERATOR,
      ballastBytes: 0,
      lua: luaCode,
      onFatal: (failure) => assert.fail(describeLogFailure(failure)),
      wake: () => {},
    });
    while (!assembly.persistence.load(Number.MAX_SAFE_INTEGER));
    assembly.instance.time.beginBatch();
    return assembly;
  }

  #connect(number: number): Client {
    const before = new Set(this.instance.clients.sessions.keys());
    const events = this.core.accept(this.#connection(number))!;
    const id = [...this.instance.clients.sessions.keys()].find((each) => !before.has(each))!;
    const client = { session: this.instance.clients.sessions.get(id)!, events };
    this.#clients.set(number, client);
    return client;
  }

  #connection(number: number): Connection {
    return {
      address: "127.0.0.1:50000",
      localAddress: "127.0.0.1:6379",
      fd: 9 + number,
      unsentBytes: 0,
      write: () => true,
      pause: () => {},
      resume: () => {},
      end: () => {},
      destroy: () => {},
    };
  }
}

const DIRECTIVES = { appendonly: "yes", appendfsync: "always", save: "" };
