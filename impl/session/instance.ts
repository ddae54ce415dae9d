import assert from "node:assert/strict";
import { Config } from "../config/config.ts";
import { Effects } from "../engine/effects.ts";
import { type EntryRef, Keyspace } from "../engine/keyspace.ts";
import { type Buggify, NEVER } from "../ports/buggify.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import { NO_PERSISTENCE, type Persistence } from "../ports/persistence.ts";
import type { Random } from "../ports/random.ts";
import { NO_CONTROL, type ServerControl } from "../ports/server-control.ts";
import { NO_FACTS, type ServerFacts } from "../ports/server-facts.ts";
import { ReplicationFeed } from "../replication/feed.ts";
import { latin1, type Request } from "../resp/request.ts";
import { accessSeconds } from "./access.ts";
import { Changes } from "./changes.ts";
import type { CommandDeclaration } from "./command-declaration.ts";
import { type CommandRecord, CommandTable } from "./command-table.ts";
import { KEY_EVENT } from "./key-events.ts";
import { LatencyMonitor } from "./latency.ts";
import { type ExecutionObserver, withObserver, withoutObserver } from "./observer.ts";
import type { Blocked, ConnectionFacts, Session } from "./session.ts";
import { Session as SessionState } from "./session.ts";
import { Settings } from "./settings.ts";
import { SlowLog } from "./slowlog.ts";
import { Statistics } from "./statistics.ts";
import { type KeyView, NO_KEYS, WatchRegistry } from "./watch.ts";

/** What an instance needs from outside. */
export interface InstancePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  /** What commands see of the log; without it, nothing is kept. */
  readonly persistence?: Persistence;
  /** What INFO shows of the process; without it, nothing is known. */
  readonly facts?: ServerFacts;
  /** Ends, delays and logs for commands; without it, nothing happens. */
  readonly control?: ServerControl;
  /** Makes rare things frequent; without it, they stay rare. */
  readonly buggify?: Buggify;
}

/** What executes commands on an instance, as the parts below it see it: see `executor.ts`. */
export interface CommandExecutor {
  /** How many commands run now, one inside another. */
  readonly depth: number;
  /** True while a command runs that is declared to write. */
  readonly isWriting: boolean;
  /** Decides about a request and runs it. */
  dispatch(session: Session, request: Request): void;
  /** Runs a command, which nothing forbids, inside the one that runs now. */
  run(session: Session, record: CommandRecord, request: Request, origin: "exec" | "script"): void;
}

/** A span during which the commands of clients wait: CLIENT PAUSE. */
export interface Pause {
  readonly mode: "all" | "write";
  readonly untilMs: number;
}

/**
 * Everything that the sessions of one server share: databases, watched keys, statistics, the
 * command table. A synchronous, deterministic core: time, chance and the journal come in as ports.
 */
export class Instance {
  readonly clock: Clock;
  readonly random: Random;
  readonly facts: ServerFacts;
  readonly control: ServerControl;
  readonly buggify: Buggify;
  readonly persistence: Persistence;
  readonly config: Config;
  readonly settings: Settings;
  readonly commands: CommandTable;
  /** Where effects go: to the replicas, and to the journal port. */
  readonly feed: ReplicationFeed;
  readonly effects: Effects;
  readonly watches = new WatchRegistry();
  /** Through which every change of a key goes. */
  readonly changes = new Changes(this.watches);
  readonly statistics: Statistics;
  readonly slowlog = new SlowLog();
  readonly latency = new LatencyMonitor();
  readonly sessions = new Map<number, Session>();
  /** Executes commands: `createInstance` puts it in. */
  executor!: CommandExecutor;
  /** The databases by index; SWAPDB exchanges two. */
  readonly databases: Keyspace[];
  /** Wall-clock time of the present batch, in milliseconds. All expiry is judged by it. */
  nowMs: number;
  /** The same in the form of access marks: see `access.ts`. */
  nowAccess: number;
  pause: Pause | null = null;
  /** Told of each step that is executed; null while nobody looks. */
  observer: ExecutionObserver | null = null;
  /** Sessions that wait: see `blocking.ts`. */
  readonly blocked = new Set<Session>();
  /** Sessions whose wait is over; the transport takes them by `resumeUnblocked`. */
  readonly unblocked: Session[] = [];
  /** Sessions that a command has disconnected; the transport closes their connections. */
  readonly closing: Session[] = [];
  /** Commands whose duration is not yet attributed: see `settleTiming`. */
  readonly #deferred: CommandRecord[] = [];
  /** How often in a row each of them ran. */
  readonly #deferredTimes: number[] = [];
  #deferredCount = 0;
  /** Their sum. */
  #deferredCalls = 0;
  #spanStartUs: number;
  #nextSessionId = 1;
  #replicationId = "";

  constructor(
    ports: InstancePorts,
    commands: readonly CommandDeclaration[],
    config = new Config(),
  ) {
    this.clock = ports.clock;
    this.random = ports.random;
    this.facts = ports.facts ?? NO_FACTS;
    this.control = ports.control ?? NO_CONTROL;
    this.buggify = ports.buggify ?? NEVER;
    this.persistence = ports.persistence ?? NO_PERSISTENCE;
    this.config = config;
    this.settings = new Settings(config);
    const settings = this.settings;
    this.feed = new ReplicationFeed(ports.journal);
    this.effects = new Effects(this.feed);
    this.commands = new CommandTable(commands, config.renames);
    // One key for all, so that a key's hash is known before its database is.
    const hashKey = [ports.random.nextU32(), ports.random.nextU32()] as const;
    this.databases = Array.from({ length: settings.databases }, () => new Keyspace({ hashKey }));
    this.statistics = new Statistics(ports.clock.wallUs());
    for (const keyspace of this.databases) {
      this.statistics.startupMemoryBytes += keyspace.usedBytes;
    }
    this.nowMs = ports.clock.wallMs();
    this.nowAccess = accessSeconds(this.nowMs);
    this.#spanStartUs = ports.clock.monotonicUs();
  }

  /** Tells `observer` of each step from now on. */
  observe(observer: ExecutionObserver): void {
    this.observer = withObserver(this.observer, observer);
  }

  /** Tells `observer` of nothing more. */
  ignore(observer: ExecutionObserver): void {
    this.observer = withoutObserver(this.observer, observer);
  }

  /** How often a keyspace has been changed, while assertions are on. */
  get mutations(): number {
    let mutations = 0;
    for (const keyspace of this.databases) mutations += keyspace.mutations;
    return mutations;
  }

  /** Registers a client. */
  connect(facts: ConnectionFacts): Session {
    const authenticated = this.settings.requirePassword === "";
    const session = new SessionState(this.#nextSessionId++, facts, this.nowMs, authenticated);
    session.reply.onError = this.statistics.recordError;
    this.sessions.set(session.id, session);
    this.statistics.connectionsReceived++;
    return session;
  }

  /** Forgets a client: its transaction, its watches, its place in the registry. */
  disconnect(session: Session): void {
    if (session.closed) return;
    if (this.observer !== null) this.observer.disconnects(session);
    session.endTransaction();
    this.watches.unwatch(session);
    if (session.replica !== null) this.feed.detach(session.replica);
    session.closed = true;
    session.blocked = null;
    this.blocked.delete(session);
    this.sessions.delete(session.id);
  }

  /** Forty hexadecimal digits that name this instance's history to replicas. */
  get replicationId(): string {
    if (this.#replicationId === "") this.changeReplicationId();
    return this.#replicationId;
  }

  /** Begins a new history for replicas. */
  changeReplicationId(): void {
    this.#replicationId = Array.from({ length: 5 }, () =>
      this.random.nextU32().toString(16).padStart(8, "0"),
    ).join("");
  }

  /** True during CLIENT PAUSE, whatever it holds back. */
  get isPaused(): boolean {
    return this.pause !== null && this.nowMs < this.pause.untilMs;
  }

  /** Reads the clocks: once per batch of requests, before the first of them runs. */
  beginBatch(): void {
    this.nowMs = this.clock.wallMs();
    this.nowAccess = accessSeconds(this.nowMs);
    this.#spanStartUs = this.clock.monotonicUs();
  }

  /** Attributes the time since the last reading to the commands that ran since, in equal parts. */
  settleTiming(): number {
    const nowUs = this.clock.monotonicUs();
    if (this.#deferredCalls > 0) {
      const share = (nowUs - this.#spanStartUs) / this.#deferredCalls;
      for (let i = 0; i < this.#deferredCount; i++) {
        const record = this.#deferred[i]!;
        const calls = this.#deferredTimes[i]!;
        record.microseconds += share * calls;
        if (this.settings.latencyTracking) record.observe(share, calls);
      }
      this.#deferredCount = 0;
      this.#deferredCalls = 0;
    }
    this.#spanStartUs = nowUs;
    return nowUs;
  }

  /** Leaves a command's duration to the next `settleTiming`. Repetitions are counted together. */
  deferTiming(record: CommandRecord): void {
    this.#deferredCalls++;
    const last = this.#deferredCount - 1;
    if (last >= 0 && this.#deferred[last] === record) {
      this.#deferredTimes[last] = this.#deferredTimes[last]! + 1;
      return;
    }
    this.#deferred[this.#deferredCount] = record;
    this.#deferredTimes[this.#deferredCount++] = 1;
  }

  /**
   * Removes an entry whose time is past, as every access does first.
   *
   * The removal is an effect of its own (DEL, or UNLINK with lazyfree-lazy-expire), and a change
   * for WATCH. During CLIENT PAUSE the data stay as they are, and the entry only counts as gone;
   * the one write that can run then, in the EXEC that pauses, needs its place.
   *
   * @returns false when the entry stays
   */
  expire(database: number, ref: EntryRef): boolean {
    if (this.isPaused && !this.executor.isWriting) return false;
    const keyspace = this.databases[database]!;
    const bytes = keyspace.bytes(ref);
    const offset = keyspace.keyOffset(ref);
    const length = keyspace.keyLength(ref);
    if (this.effects.enabled) {
      this.effects.begin(database, 2);
      this.effects.word(this.settings.lazyExpire ? "UNLINK" : "DEL");
      this.effects.bytes(bytes, offset, length);
    }
    // The key lies in the block that goes: whoever listens is told before.
    this.changes.add(0);
    if (!this.changes.areUnheard) {
      this.changes.tell(database, bytes, offset, length, KEY_EVENT.expired, false);
    }
    keyspace.remove(ref);
    this.statistics.expiredKeys++;
    return true;
  }

  /**
   * Removes up to `limit` entries whose time is past, earliest first: active expiry.
   *
   * @returns how many were removed: none during CLIENT PAUSE
   */
  expireCycle(limit: number): number {
    if (this.isPaused) return 0;
    const { observer } = this;
    if (observer !== null) observer.timePasses();
    let removed = 0;
    for (let database = 0; database < this.databases.length; database++) {
      const keyspace = this.databases[database]!;
      while (removed < limit) {
        const ref = keyspace.earliestExpired(this.nowMs);
        if (ref === 0) break;
        const key = observer === null ? null : keyOf(keyspace, ref);
        this.expire(database, ref);
        removed++;
        this.effects.commit();
        if (key !== null) observer!.expires(database, key);
      }
      keyspace.sampleTtl(this.nowMs);
    }
    return removed;
  }

  /** Empties a database; the old content is dropped without walking it. Returns how many keys. */
  flush(database: number): number {
    const keyspace = this.databases[database]!;
    const removed = keyspace.size;
    this.changes.add(0);
    if (!this.watches.isEmpty) {
      this.watches.touchDatabase(database, this.#viewOf(database), NO_KEYS);
    }
    keyspace.clear();
    return removed;
  }

  /** Exchanges the contents of two databases. */
  swap(a: number, b: number): void {
    this.changes.add(0);
    if (!this.watches.isEmpty) {
      this.watches.touchDatabase(a, this.#viewOf(a), this.#viewOf(b));
      this.watches.touchDatabase(b, this.#viewOf(b), this.#viewOf(a));
    }
    const kept = this.databases[a]!;
    this.databases[a] = this.databases[b]!;
    this.databases[b] = kept;
  }

  #viewOf(database: number): KeyView {
    return {
      contains: (key) => this.contains(database, key),
      isExpired: (key) => this.isExpired(database, key),
    };
  }

  /** True when the key is there, expired or not. */
  contains(database: number, key: string): boolean {
    const bytes = Buffer.from(key, "latin1");
    return this.databases[database]!.find(bytes, 0, bytes.length) !== 0;
  }

  /** True when the key is there and its time is past. */
  isExpired(database: number, key: string): boolean {
    const bytes = Buffer.from(key, "latin1");
    const keyspace = this.databases[database]!;
    const ref = keyspace.find(bytes, 0, bytes.length);
    return ref !== 0 && keyspace.isExpired(ref, this.nowMs);
  }

  /** True when `enable-debug-command` lets this session use DEBUG. */
  mayDebug(session: Session): boolean {
    const mode = this.settings.debugCommand;
    return mode === "local" ? this.isLocal(session) : mode === "yes";
  }

  /** True when the client is on this machine: on the loopback interface or a Unix socket. */
  isLocal(session: Session): boolean {
    return /^(?:127\.0\.0\.1:|\[::1\]:|\/)/.test(session.facts.address);
  }

  /** Lets a session wait. It gets no further request until the wait is over. */
  block(session: Session, blocked: Blocked): void {
    assert.equal(session.blocked, null);
    session.blocked = blocked;
    this.blocked.add(session);
    if (this.observer !== null) this.observer.blocks(session);
  }

  /** Holds a request back until CLIENT PAUSE ends. */
  postpone(session: Session, request: Request): void {
    this.block(session, {
      reason: "paused",
      untilMs: Number.POSITIVE_INFINITY,
      onTimeout: () => {},
      postponed: request.copy(),
    });
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    for (const keyspace of this.databases) keyspace.verifyInvariants();
    this.watches.verifyInvariants();
    for (const [id, session] of this.sessions) {
      assert.equal(session.id, id);
      assert.ok(!session.closed);
      assert.equal(session.blocked !== null, this.blocked.has(session));
      assert.ok(session.database >= 0 && session.database < this.databases.length);
      assert.ok(session.queue !== null || !session.dirtyExec, "dirtyExec outside MULTI");
    }
    assert.equal(this.effects.pending, 0, "effects were not handed to the journal");
  }
}

/** An entry's key, one character per byte. */
function keyOf(keyspace: Keyspace, ref: EntryRef): string {
  return latin1(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
}
