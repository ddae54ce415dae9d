/** The production server's core under full control: its clock, its chance, its journal. */

import { commands } from "../../impl/commands/index.ts";
import { Config } from "../../impl/config/config.ts";
import { Request } from "../../impl/resp/request.ts";
import { resumeUnblocked, tick } from "../../impl/session/blocking.ts";
import { createInstance } from "../../impl/session/executor.ts";
import type { Instance } from "../../impl/session/instance.ts";
import { measureMemory } from "../../impl/session/memory-usage.ts";
import { IdleObserver } from "../../impl/session/observer.ts";
import { settlePushed } from "../../impl/session/push.ts";
import { serveReady } from "../../impl/session/serve.ts";
import type { Session } from "../../impl/session/session.ts";
import type { Room, Victim } from "../../model/keyspace/index.ts";
import { EPOCH_MS, VirtualClock } from "../../testing/clock.ts";
import { RecordingJournal } from "../../testing/journal.ts";
import { luaCode } from "../../testing/lua.ts";
import { seededRandom } from "../../testing/random.ts";

/** What one command did. */
export interface Sent {
  /** The bytes that the client gets. */
  readonly reply: string;
  readonly closed: boolean;
  /** What other sessions were given meanwhile, by their ids. */
  readonly messages: ReadonlyMap<number, string>;
  /** Time has gone on to the end of a wait. */
  readonly hasWaited: boolean;
  /** What was done to make room before the command ran. */
  readonly room: Room;
  /** What has gone after it, at the end of the loop turn. */
  readonly evictedAfter: readonly Victim[];
}

/** Notes which keys go to make room. */
class Evictions extends IdleObserver {
  #victims: Victim[] = [];

  override evicts(database: number, key: string): void {
    this.#victims.push({ database, key });
  }

  /** Those that have gone since the last call. */
  take(): readonly Victim[] {
    const victims = this.#victims;
    this.#victims = [];
    return victims;
  }
}

/** One server core and the sessions that a sequence uses. */
export class World {
  readonly clock = new VirtualClock();
  readonly journal = new RecordingJournal();
  readonly instance: Instance;
  readonly #evictions = new Evictions();
  /** As in the server, one request and one buffer serve all commands. */
  readonly #request = new Request();
  #buffer = Buffer.alloc(1024);

  constructor(seed: number) {
    const { clock, journal } = this;
    const ports = { clock, journal, random: seededRandom(seed), lua: luaCode };
    this.instance = createInstance(ports, commands, new Config());
    this.instance.observe(this.#evictions);
  }

  get nowMs(): number {
    return this.clock.wallUs() / 1000;
  }

  /** Time passes, and the server notices. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.instance.time.beginBatch();
  }

  connect(): Session {
    this.instance.time.beginBatch();
    return this.instance.clients.connect({
      address: "127.0.0.1:50000",
      localAddress: "127.0.0.1:6379",
      fd: 8,
    });
  }

  disconnect(session: Session): void {
    this.instance.clients.disconnect(session);
  }

  /** Active expiry up to its end, as the server's tick does it. */
  expire(): void {
    this.instance.time.beginBatch();
    while (this.instance.data.expireCycle(1000) > 0);
  }

  /** The server's tick: what is due. */
  tick(): void {
    this.instance.time.beginBatch();
    tick(this.instance);
    this.#settle();
  }

  /** What a session has got since, one character per byte. */
  taken({ reply, outbox }: Session): string {
    const bytes = reply.bytes.toString("latin1", 0, reply.length);
    outbox.drop();
    return bytes;
  }

  /** Whoever can be served is, and goes on. */
  #settle(): void {
    const { instance } = this;
    serveReady(instance, () => {});
    settlePushed(instance, () => {});
    resumeUnblocked(instance);
    serveReady(instance, () => {});
    instance.tracking.broadcast();
    settlePushed(instance, () => {});
  }

  /**
   * Runs one command. A command that waits is waited for, but for one that waits for keys: time goes
   * on to the end of its wait.
   */
  send(session: Session, args: readonly string[]): Sent {
    const { instance } = this;
    instance.time.beginBatch();
    // What the sessions take is known exactly, and not as of the last tick.
    measureMemory(instance);
    const isLimited = instance.settings.maxMemoryBytes > 0;
    instance.executor.dispatch(session, this.#arrive(args));
    const isOut = isLimited && instance.eviction.state === "out";
    const room = { evicted: this.#evictions.take(), isOut };
    while (instance.eviction.proceed());
    const evictedAfter = this.#evictions.take();
    this.#settle();
    this.#overwrite();
    let turns = 0;
    for (; turns < MAX_WAIT_TURNS; turns++) {
      if (session.blocked === null || session.blocked.reason === "keys") break;
      const { untilMs } = session.blocked;
      const pausedMs = instance.clients.pause?.untilMs ?? untilMs;
      const { clock } = this;
      clock.moveTo(Math.max(clock.us, (Math.min(untilMs, pausedMs) - EPOCH_MS) * 1000));
      this.tick();
    }
    const reply = this.taken(session);
    const messages = this.takeMessages();
    for (const other of instance.clients.closing.splice(0)) instance.clients.disconnect(other);
    if (session.closeAfterReply) instance.clients.disconnect(session);
    const { closed } = session;
    return { reply, closed, messages, hasWaited: turns > 0, room, evictedAfter };
  }

  /** Takes what sessions have been given that did not ask for it, or have waited for. */
  takeMessages(): ReadonlyMap<number, string> {
    const messages = new Map<number, string>();
    for (const [id, session] of this.instance.clients.sessions) {
      if (!session.outbox.isEmpty) messages.set(id, this.taken(session));
    }
    return messages;
  }

  /** The command as the parser hands it over: valid until the next one. */
  #arrive(args: readonly string[]): Request {
    const request = this.#request;
    const text = args.join("");
    if (text.length > this.#buffer.length) this.#buffer = Buffer.alloc(2 * text.length);
    this.#buffer.write(text, "latin1");
    request.bytes = this.#buffer;
    request.argc = 0;
    let at = 0;
    for (const { length } of args) {
      request.push(at, length);
      at += length;
    }
    return request;
  }

  /** What was kept of the command without a copy is worth nothing now. */
  #overwrite(): void {
    const { bytes, offsets, lengths } = this.#request;
    bytes.fill(JUNK);
    offsets.fill(0);
    lengths.fill(1);
  }
}

const JUNK = 0x78;

const MAX_WAIT_TURNS = 4;
