import { Refusals } from "../access/refusals.ts";
import type { Users } from "../access/users.ts";
import { Config } from "../config/config.ts";
import { type Gate, OPEN_GATE } from "../gate/gate.ts";
import { type Buggify, NEVER } from "../ports/buggify.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { LuaCode } from "../ports/lua-code.ts";
import { NO_PEERS, type PeerLinks } from "../ports/peer-links.ts";
import { NO_PERSISTENCE, type Persistence } from "../ports/persistence.ts";
import type { Random } from "../ports/random.ts";
import { NO_CONTROL, type ServerControl } from "../ports/server-control.ts";
import { NO_FACTS, type ServerFacts } from "../ports/server-facts.ts";
import { ReplicationFeed } from "../replication/feed.ts";
import type { Request } from "../resp/request.ts";
import type { ScriptEngine } from "../scripting/engine.ts";
import type { FunctionEngine } from "../scripting/functions/function-engine.ts";
import type { ScriptCache } from "../scripting/script-cache.ts";
import { Clients } from "./clients.ts";
import type { CommandDeclaration } from "./command-declaration.ts";
import { type CommandRecord, CommandTable } from "./command-table.ts";
import { createUsers } from "./create-users.ts";
import { DataSet } from "./data-set.ts";
import { Eviction } from "./eviction.ts";
import { History } from "./history.ts";
import { LatencyMonitor } from "./latency.ts";
import { Monitors } from "./monitors.ts";
import { Notifications } from "./notifications.ts";
import { type ExecutionObserver, withObserver, withoutObserver } from "./observer.ts";
import { Peers } from "./peers.ts";
import type { RunningScript, ScriptCommand, ScriptStart } from "./script-run.ts";
import type { ScriptKind } from "./script-watch.ts";
import type { Session } from "./session.ts";
import { Settings } from "./settings.ts";
import { SlowLog } from "./slowlog.ts";
import { Statistics } from "./statistics.ts";
import { Timing } from "./timing.ts";
import { Tracking } from "./tracking.ts";

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
  /** The machine that runs scripts; without it, nothing can. */
  readonly lua?: LuaCode;
  /** Connections to other servers; without it, there are none. */
  readonly peerLinks?: PeerLinks;
}

/** What executes commands on an instance, as the parts below it see it: see `executor.ts`. */
export interface CommandExecutor {
  /** How many commands run now, one inside another. */
  readonly depth: number;
  /** True while a command runs that is declared to write. */
  readonly isWriting: boolean;
  /** The client whose request runs; null between requests. */
  readonly client: Session | null;
  /** Who runs the innermost command: a script's own session within one. */
  readonly caller: Session | null;
  /** Decides about a request and runs it. */
  dispatch(session: Session, request: Request): void;
  /**
   * Runs a command, which nothing forbids, inside the one that runs now.
   *
   * @returns false when it was left, as one that runs a script for long: the one that runs now must
   *   be left as well
   */
  run(
    session: Session,
    record: CommandRecord,
    request: Request,
    origin: "exec" | "script",
  ): boolean;
  /** The session whose script was left; null when none was. */
  readonly busy: Session | null;
  /** Takes the script up again that was left. False when it was left again. */
  takeUp(): boolean;
  /** Runs the command that a session waits with once more, for a key; false when it waits on. */
  serve(session: Session, key: string): boolean;
}

/** What has and calls functions, as the parts below it see it: see `functions.ts`. */
export interface FunctionRunner {
  readonly engine: FunctionEngine;
  load(
    code: Uint8Array,
    replaces: boolean,
    mayLast: boolean,
  ): { readonly name: string } | { readonly error: string };
  restore(
    codes: readonly Uint8Array[],
    policy: "append" | "flush" | "replace",
    mayLast: boolean,
  ): string | null;
  remove(name: string): boolean;
  flush(): void;
}

/** What runs scripts, as the parts below it see it: see `scripts.ts`. */
export interface ScriptRunner {
  readonly engine: ScriptEngine;
  readonly cache: ScriptCache;
  readonly functions: FunctionRunner;
  /** Runs a script or function that is compiled, for a command; its result is the reply. */
  run(call: ScriptCommand, start: ScriptStart): void;
  /** The script or function that runs; null when none does. */
  readonly running: RunningScript | null;
  /** Ends what runs; or says why not, an error's code in front. */
  kill(kind: ScriptKind): string | null;
  /** What commands are answered while a script was left. */
  readonly busyError: string;
  verifyInvariants(): void;
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
  /** The databases, and what every change in them goes through. */
  readonly data: DataSet;
  /** What time it is, and how long commands take. */
  readonly time: Timing;
  /** The identity of what replicas follow. */
  readonly history: History;
  readonly statistics: Statistics;
  readonly slowlog = new SlowLog();
  readonly latency = new LatencyMonitor();
  /** Executes commands: `createInstance` puts it in. */
  executor!: CommandExecutor;
  /** Runs scripts: `createInstance` puts it in. */
  scripts!: ScriptRunner;
  /** Told of each step that is executed; null while nobody looks. */
  observer: ExecutionObserver | null = null;
  /** A script has been left before its end: nothing but it may look at the data or change them. */
  isBusy = false;
  /** How far the log has come: what leaves to clients waits for it. */
  gate: Gate = OPEN_GATE;
  /** The servers to which keys have been sent. */
  readonly peers: Peers;
  /** Who may do what. */
  readonly users: Users;
  /** What was refused lately. */
  readonly refusals = new Refusals();
  /** Who is connected, who waits, who is to be told or to go. */
  readonly clients: Clients;
  /** Keeps what is in use within `maxmemory`. */
  readonly eviction: Eviction;
  /** Tells of what happens to keys. */
  readonly notifications: Notifications;
  /** Who is shown every command that runs. */
  readonly monitors: Monitors;
  /** Looks after the caches of clients. */
  readonly tracking: Tracking;

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
    this.statistics = new Statistics(ports.clock.wallUs());
    this.time = new Timing(ports.clock, this.settings);
    this.history = new History(ports.random);
    this.feed = new ReplicationFeed(ports.journal);
    this.commands = new CommandTable(commands, config.renames);
    this.users = createUsers(config, commands);
    for (const record of this.commands.all) {
      record.accessId = this.users.catalog.byName(record.fullName)!.id;
    }
    const { settings, statistics, time, feed: journal } = this;
    const hashKey = [ports.random.nextU32(), ports.random.nextU32()] as const;
    this.data = new DataSet({ host: this, settings, statistics, time, journal, hashKey });
    this.clients = new Clients(this);
    this.eviction = new Eviction(this);
    this.notifications = new Notifications(this);
    this.monitors = new Monitors(this);
    this.tracking = new Tracking(this, hashKey);
    this.peers = new Peers(ports.peerLinks ?? NO_PEERS, ports.random);
    statistics.startupMemoryBytes = this.data.usedBytes;
  }

  /** Tells `observer` of each step from now on. */
  observe(observer: ExecutionObserver): void {
    this.observer = withObserver(this.observer, observer);
  }

  /** Tells `observer` of nothing more. */
  ignore(observer: ExecutionObserver): void {
    this.observer = withoutObserver(this.observer, observer);
  }

  /** Tells the latency monitor how long `event` took, when that is as long as its threshold. */
  noteLatency(event: string, durationUs: number): void {
    const { latencyThresholdMs } = this.settings;
    if (latencyThresholdMs === 0 || durationUs < latencyThresholdMs * 1000) return;
    const atSeconds = Math.floor(this.time.nowMs / 1000);
    this.latency.add(event, atSeconds, Math.floor(durationUs / 1000));
  }

  /** True while a command runs that is declared to write. */
  get isWriting(): boolean {
    return this.executor.isWriting;
  }

  /** True during CLIENT PAUSE, whatever it holds back. */
  get isPaused(): boolean {
    return this.clients.isPaused;
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

  /**
   * From now on what leaves to clients waits at `gate`. What is unsent waits for nothing.
   *
   * @param isTraced whether each outbox tells what it sends
   */
  useGate(gate: Gate, isTraced: boolean): void {
    this.gate = gate;
    this.feed.gate = gate;
    for (const { outbox } of this.clients.sessions.values()) outbox.forgetUnits(isTraced);
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.data.verifyInvariants();
    this.time.verifyInvariants();
    this.clients.verifyInvariants();
    this.eviction.verifyInvariants();
    this.notifications.verifyInvariants();
    this.monitors.verifyInvariants();
    this.tracking.verifyInvariants();
    this.peers.verifyInvariants();
    this.feed.verifyInvariants();
    this.statistics.verifyInvariants();
    this.slowlog.verifyInvariants();
    this.latency.verifyInvariants();
    this.scripts.verifyInvariants();
  }
}
