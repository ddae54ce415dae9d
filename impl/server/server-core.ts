import { assert, CHECKED } from "../assert.ts";
import { MAX_PREFETCH } from "../engine/keyspace.ts";
import { OPEN_GATE } from "../gate/gate.ts";
import type { LogCore } from "../log/log-core.ts";
import type { OperatorLog } from "../ports/operator-log.ts";
import { NO_TRACE, type Trace } from "../ports/trace.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import { HEADROOM_BYTES } from "../resp/input.ts";
import type { ParserLimits } from "../resp/parser.ts";
import type { Request } from "../resp/request.ts";
import { resumeUnblocked, tick as tickBlocking } from "../session/blocking.ts";
import { BlockingSteps } from "../session/blocking-steps.ts";
import { recount } from "../session/client-memory.ts";
import type { Instance } from "../session/instance.ts";
import { LookAhead } from "../session/look-ahead.ts";
import { settlePushed } from "../session/push.ts";
import { replicationTick } from "../session/replicas.ts";
import { serveReady } from "../session/serve.ts";
import type { Session } from "../session/session.ts";
import { TrackingSteps } from "../session/tracking-steps.ts";
import { TransactionSteps } from "../session/transaction-steps.ts";
import { Arrivals } from "./arrivals.ts";
import { Client, type ClientHost } from "./client.ts";
import { ClientMemory } from "./client-memory.ts";
import type { ServerLimits } from "./limits.ts";
import { LogSteps } from "./log-steps.ts";

/** How much one read takes. */
const READ_BYTES = 256 * 1024;
/** Expired keys removed in one tick, so that a million of them do not stall the clients. */
const EXPIRE_PER_TICK = 20_000;
/** Slots that an idle rehash migrates per tick and database. */
const REHASH_SLOTS_PER_TICK = 50_000;
/** Elements of removed values that are freed in a loop turn: some tens of microseconds. */
const RECLAIMED_PER_TURN = 512;

/** So many connections are looked after in each tick, or a tenth of them when that is more. */
const MIN_CLIENTS_PER_TICK = 5;

/** How often the shell calls `tick` in a second. */
export const TICKS_PER_SECOND = 10;

/**
 * The server between transport and dispatch: its clients, each of which takes what arrives to
 * dispatch, one request at a time; the end of the loop turn, at which the log and the collected
 * replies are written, one write per connection; time. With a log, replies leave when the gate is
 * open for them.
 *
 * Synchronous and deterministic; the shell calls `flush` at the end of each loop turn in which
 * `wake` was called, and `tick` ten times a second.
 */
export class ServerCore implements ClientHost {
  readonly instance: Instance;
  readonly limits: ServerLimits;
  readonly parserLimits: ParserLimits;
  readonly operatorLog: OperatorLog;
  /** The buffer that all connections read into, from `readOffset` on. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(HEADROOM_BYTES + READ_BYTES);
  readonly readOffset = HEADROOM_BYTES;
  readonly lookAhead: LookAhead;
  /** Short reads wait for the end of the loop turn and then run together, as in production. */
  gathersReads = false;
  readonly #arrivals = new Arrivals();
  readonly #clients = new Map<Session, Client>();
  readonly #memory = new ClientMemory();
  /** Clients to be flushed: the first `#dirtyCount`. An array that is emptied allocates anew. */
  readonly #dirty: (Client | null)[] = [];
  #dirtyCount = 0;
  /** The log whose gate replies wait at; null without one. */
  log: LogCore | null = null;
  readonly steps = new LogSteps();
  /** They tell the traces of transactions, of waits and of caches while there is a log. */
  #transactionSteps: TransactionSteps | null = null;
  #blockingSteps: BlockingSteps | null = null;
  #trackingSteps: TrackingSteps | null = null;
  /** Clients some of whose replies wait at the gate. */
  #held: Client[] = [];
  readonly #run = (session: Session, request: Request): void =>
    this.#clients.get(session)?.run(request);
  readonly #serve = (session: Session): void => this.#wasServed(session);
  readonly #tell = (session: Session): void => this.#wasPushed(session);
  readonly #limit = (session: Session): void => this.#clients.get(session)?.wasPushed();
  readonly #wake: () => void;
  #awake = false;
  #isStopping = false;
  #ticks = 0;
  /** Connections that are gone, whose buffers may still be in use in this loop turn. */
  #gone: Client[] = [];
  /** Whose turn it is to get a tick. */
  #nextClients: Iterator<Client> = [].values();

  constructor(
    instance: Instance,
    limits: ServerLimits,
    parserLimits: ParserLimits,
    operatorLog: OperatorLog,
    wake: () => void,
  ) {
    this.instance = instance;
    this.lookAhead = new LookAhead(instance);
    this.limits = limits;
    instance.clients.onPushed = this.#limit;
    this.parserLimits = parserLimits;
    this.operatorLog = operatorLog;
    this.#wake = wake;
  }

  /** The connection of a session, as CLIENT LIST shows it. */
  clientOf(session: Session): Client | undefined {
    return this.#clients.get(session);
  }

  /** Takes a new connection, or refuses it with an error line when there are too many. */
  accept(connection: Connection): ConnectionEvents | null {
    const instance = this.instance;
    if (instance.clients.sessions.size >= this.limits.maxClients) {
      instance.statistics.connectionsRejected++;
      return refuse(connection, "ERR max number of clients reached");
    }
    const session = instance.clients.connect(connection);
    if (this.#isProtectedFrom(session)) {
      instance.clients.disconnect(session);
      instance.statistics.connectionsRejected++;
      return refuse(connection, PROTECTED);
    }
    this.operatorLog.verbose(`Accepted ${connection.address}`);
    session.outbox.forgetUnits(this.steps.trace.enabled);
    const client = new Client(this, session, connection);
    this.#clients.set(session, client);
    return client;
  }

  /** Protected mode: without a password only clients of this machine are served. */
  #isProtectedFrom(session: Session): boolean {
    const { config, users } = this.instance;
    if (!config.get("protected-mode") || !users.default.noPassword) return false;
    return !this.instance.isLocal(session);
  }

  /** Asks for a flush of this client at the end of the loop turn. */
  schedule(client: Client): void {
    if (client.scheduled) return;
    this.#markDirty(client);
    this.wake();
  }

  /** From now on replies wait at the gate of `log`. */
  attachLog(log: LogCore, trace: Trace): void {
    this.log = log;
    this.steps.begin(trace, log.end);
    const { instance } = this;
    instance.useGate(log, trace.enabled);
    if (!trace.enabled) return;
    this.#transactionSteps = new TransactionSteps(instance, trace, log);
    instance.observe(this.#transactionSteps);
    instance.data.changes.listen(this.#transactionSteps);
    this.#blockingSteps = new BlockingSteps(trace, log);
    instance.observe(this.#blockingSteps);
    this.#trackingSteps = new TrackingSteps(instance, trace, log);
    instance.observe(this.#trackingSteps);
    instance.data.changes.listen(this.#trackingSteps);
  }

  /** Replies wait for nothing any more. */
  detachLog(): void {
    this.log = null;
    this.steps.begin(NO_TRACE, 0);
    this.#endTraces();
    this.instance.useGate(OPEN_GATE, false);
    for (const client of this.#held.splice(0)) {
      client.isHeld = false;
      this.schedule(client);
    }
  }

  #endTraces(): void {
    const { instance } = this;
    if (this.#transactionSteps !== null) {
      instance.ignore(this.#transactionSteps);
      instance.data.changes.ignore(this.#transactionSteps);
    }
    if (this.#blockingSteps !== null) instance.ignore(this.#blockingSteps);
    if (this.#trackingSteps !== null) {
      instance.ignore(this.#trackingSteps);
      instance.data.changes.ignore(this.#trackingSteps);
    }
    this.#transactionSteps = null;
    this.#blockingSteps = null;
    this.#trackingSteps = null;
  }

  /** The log's gate has moved between two flushes. */
  gateMoved(): void {
    if (this.#isStopping) this.#flush();
    else this.wake();
  }

  /** True when no request may run any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** No request runs any more; replies still leave. */
  stop(): void {
    this.#flush();
    this.#isStopping = true;
  }

  /** Has the client flushed again when the gate has moved. */
  hold(client: Client): void {
    if (client.isHeld) return;
    client.isHeld = true;
    this.#held.push(client);
  }

  /** What sessions were given by a command of another, or between commands, may leave. */
  settlePushed(): void {
    if (this.instance.isBusy) return;
    settlePushed(this.instance, this.#tell);
  }

  /** Serves the sessions that wait for keys which are ready now. */
  serveReady(): void {
    if (this.instance.isBusy) return;
    serveReady(this.instance, this.#serve);
  }

  #wasServed(session: Session): void {
    if (this.steps.trace.enabled) this.steps.ran(this.log!, session);
    const client = this.#clients.get(session);
    if (client !== undefined) this.schedule(client);
  }

  #wasPushed(session: Session): void {
    const items = session.outbox.takeUntold();
    if (this.steps.trace.enabled) this.steps.late(this.log!, session, items);
    const client = this.#clients.get(session);
    if (client === undefined) return;
    this.count(client);
    this.schedule(client);
  }

  /** A client's buffers, queue or watched keys have changed. */
  count(client: Client): void {
    const { settings, statistics } = this.instance;
    if (settings.maxMemoryBytes > 0) recount(statistics, client.session);
    const { clientsBytes } = this.limits;
    const { isIdle } = this.#memory;
    if (clientsBytes === 0 && isIdle) return;
    // The first one after a limit was set brings all others with it.
    const counted = isIdle ? this.#clients.values() : [client];
    for (const each of counted) this.#memory.count(each, clientsBytes);
    if (this.#memory.isOver(clientsBytes)) this.wake();
  }

  /** Closes the largest clients while all together take more than `maxmemory-clients`. */
  #evictClients(): void {
    const { clientsBytes } = this.limits;
    while (this.#memory.isOver(clientsBytes)) {
      const client = this.#memory.largest();
      if (client === null) return;
      this.operatorLog.notice(`Evicting client: ${client.describe()}`);
      this.instance.statistics.evictedClients++;
      client.destroy();
    }
  }

  /** Asks for a flush at the end of the loop turn. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#wake();
  }

  /**
   * Keeps what a client has sent for the end of the loop turn, if it is short and whole. All that
   * clients send is executed in the order in which it arrives.
   *
   * @returns false when it is to be executed now
   */
  keep(client: Client, start: number, length: number): boolean {
    if (!this.gathersReads) return false;
    const mayWait = !client.hasArrived && !client.input.waiting;
    if (!mayWait || !this.#arrivals.keep(client, this.shared, start, length)) {
      this.execute();
      return false;
    }
    client.hasArrived = true;
    this.wake();
    return true;
  }

  /** Executes what was kept in this loop turn, some reads at a time. */
  execute(): void {
    const arrivals = this.#arrivals;
    const { count } = arrivals;
    if (count === 0) return;
    if (CHECKED) arrivals.verifyInvariants();
    for (let i = 0; i < count; i += MAX_PREFETCH) {
      this.#executeSome(i, Math.min(i + MAX_PREFETCH, count));
    }
    arrivals.clear();
  }

  /** Executes the reads from `start` up to but not including `end`, at most `MAX_PREFETCH`. */
  #executeSome(start: number, end: number): void {
    const { instance, lookAhead } = this;
    const arrivals = this.#arrivals;
    instance.time.beginBatch();
    instance.data.effects.beginBatch();
    for (let i = start; i < end; i++) {
      const client = arrivals.client(i);
      client.input.feed(arrivals.bytes, arrivals.start(i), arrivals.end(i));
      lookAhead.lookAtFirst(i - start, client.input);
    }
    lookAhead.prefetchFirsts(arrivals.client(start).session);
    for (let i = start; i < end; i++) {
      lookAhead.beginFirst(i - start);
      arrivals.client(i).execute();
    }
    instance.data.effects.endBatch();
    instance.time.settle();
  }

  /** Sends what has gathered, and closes what is to be closed: once per loop turn. */
  flush(): void {
    if (CHECKED && this.#awake && this.instance.buggify.fires("flush waits a turn")) this.#wake();
    else this.#flush();
  }

  #flush(): void {
    this.#awake = false;
    this.execute();
    if (this.instance.isBusy) this.#takeUp();
    if (!this.instance.isBusy) this.#evict();
    this.#afterBatch();
    if (this.log !== null) this.#flushLog(this.log);
    for (let i = 0; i < this.#dirtyCount; i++) {
      const client = this.#dirty[i]!;
      this.#dirty[i] = null;
      client.scheduled = false;
      client.flush();
    }
    this.#dirtyCount = 0;
    this.#reclaim();
    if (!this.instance.isBusy && this.instance.persistence.snapshots.proceed()) this.wake();
  }

  /** Runs some more of the script that was left. */
  #takeUp(): void {
    if (this.#isStopping) return;
    const { executor } = this.instance;
    const client = this.#clients.get(executor.busy!);
    if (executor.takeUp()) client?.scriptEnded();
    else this.wake();
  }

  /** Goes on with an eviction that had no more time. */
  #evict(): void {
    if (!this.instance.eviction.isUnderWay || this.#isStopping) return;
    this.instance.time.beginBatch();
    if (this.instance.eviction.proceed()) this.wake();
  }

  /** Frees some of what removed values have left; while there is more, loop turn follows loop turn. */
  #reclaim(): void {
    if (this.#isStopping) return;
    const { data, tracking } = this.instance;
    const isMore = data.reclaim(RECLAIMED_PER_TURN);
    if (tracking.table.reclaim(RECLAIMED_PER_TURN) || isMore) this.wake();
  }

  #markDirty(client: Client): void {
    client.scheduled = true;
    this.#dirty[this.#dirtyCount++] = client;
  }

  /** What has executed goes to the disk before the end of the loop turn. */
  flushLogNow(): void {
    if (this.log === null) return;
    this.#flushLog(this.log);
    this.wake();
  }

  /** What has executed goes to the disk; whoever the gate is now open for is flushed. */
  #flushLog(log: LogCore): void {
    if (this.steps.trace.enabled) this.steps.units(log);
    log.flush();
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const client of held) {
      if (client.session.closed) continue;
      if (client.awaitedUnit > log.gate) {
        this.#held.push(client);
        continue;
      }
      client.isHeld = false;
      if (client.scheduled) continue;
      this.#markDirty(client);
    }
  }

  /** Time passes: expiry, time-outs, idle rehash. Ten times a second. */
  tick(): void {
    const { instance, log } = this;
    if (this.#awake) this.#flush();
    log?.tick();
    if (this.#isStopping) return;
    this.#reclaim();
    for (const client of this.#gone.splice(0)) client.release();
    if (++this.#ticks % TICKS_PER_SECOND === 0) instance.clients.large.trim();
    if (instance.settings.cronPaused || instance.persistence.loading !== null) return;
    // As in Redis, nothing but the log goes on beside a script that was left.
    if (instance.isBusy) return;
    instance.time.beginBatch();
    if (instance.settings.activeExpire) this.#expire();
    for (const keyspace of instance.data.databases) keyspace.rehashStep(REHASH_SLOTS_PER_TICK);
    instance.tracking.table.rehashStep(REHASH_SLOTS_PER_TICK);
    instance.tracking.limit();
    instance.persistence.snapshots.tick();
    tickBlocking(instance);
    if (this.limits.timeoutSeconds > 0) this.#closeIdle();
    if (this.#ticks % TICKS_PER_SECOND === 0) replicationTick(instance);
    this.#tickClients();
    this.#afterBatch();
    if (log?.hasPending) this.wake();
    instance.time.settle();
  }

  /** Removes keys whose time is past; the latency monitor hears of it when that takes long. */
  #expire(): void {
    const { instance } = this;
    const isShort = CHECKED && instance.buggify.fires("expiry of one key");
    const startUs = instance.time.settle();
    instance.data.expireCycle(isShort ? 1 : EXPIRE_PER_TICK);
    instance.noteLatency("expire-cycle", instance.time.settle() - startUs);
  }

  /** Gives the next few clients their tick: each gets one a second, or more when they are few. */
  #tickClients(): void {
    const share = Math.ceil(this.#clients.size / TICKS_PER_SECOND);
    let left = Math.min(this.#clients.size, Math.max(share, MIN_CLIENTS_PER_TICK));
    for (; left > 0; left--) {
      let { value: client } = this.#nextClients.next();
      if (client === undefined) {
        this.#nextClients = this.#clients.values();
        client = this.#nextClients.next().value;
      }
      client?.tick();
    }
  }

  /** Closes every connection at once. */
  closeAll(): void {
    for (const client of [...this.#clients.values()]) client.abandon();
  }

  /** Forgets a connection that is gone. */
  forget(client: Client): void {
    const known = this.#clients.delete(client.session);
    this.#memory.forget(client);
    if (known) this.#gone.push(client);
    if (known && this.steps.trace.enabled && this.log?.isUp) {
      this.steps.gone(client.session);
    }
    this.instance.clients.disconnect(client.session);
  }

  /** A client has sent something: the first one of a loop turn lets time pass for the log. */
  beginTurn(): void {
    if (!this.#awake) this.log?.beginTurn();
  }

  /** Continues the sessions that a command of another one has unblocked, and closes the killed. */
  #afterBatch(): void {
    const instance = this.instance;
    if (instance.isBusy) {
      this.#closeKilled();
      return;
    }
    // Who waits for the end of a key hears of it, too, when time has brought it.
    if (!this.#isStopping && instance.clients.waits.keys.hasReady) this.serveReady();
    if (instance.clients.pushed.length > 0) this.settlePushed();
    while (!this.#isStopping && instance.clients.unblocked.length > 0) {
      for (const session of resumeUnblocked(instance, this.#run)) {
        this.#clients.get(session)?.proceed();
      }
      // One of them may have begun a script that runs for long.
      if (instance.isBusy) return;
    }
    if (instance.tracking.broadcasts.hasChanged) {
      instance.tracking.broadcast();
      this.settlePushed();
    }
    this.#closeKilled();
    this.#evictClients();
    if (!instance.feed.hasOutput) return;
    for (const { sessionId } of instance.feed.takeOutput()) {
      const client = this.#clients.get(instance.clients.sessions.get(sessionId)!);
      if (client !== undefined) this.schedule(client);
    }
  }

  #closeKilled(): void {
    const { closing } = this.instance.clients;
    for (const session of closing.splice(0)) this.#clients.get(session)?.destroy();
  }

  /** Throws when a rule that ties the parts together is broken, in any of its cores. */
  verifyInvariants(): void {
    const { instance } = this;
    this.instance.verifyInvariants();
    this.log?.verifyInvariants();
    assert(instance.gate === (this.log ?? OPEN_GATE), "replies wait at another gate");
    this.#arrivals.verifyInvariants();
    this.steps.verifyInvariants(this.log);
    this.lookAhead.verifyIdle();
    this.#memory.verifyInvariants();
    instance.settings.verifyInvariants(instance.config);
    for (const [session, client] of this.#clients) {
      const isOver = session.closed && !instance.clients.closing.includes(session);
      assert(client.session === session && !isOver, "a client without a session of its own");
      assert(client.isHeld === this.#held.includes(client), "a client is held, or is not");
      client.verifyInvariants();
    }
    for (const held of this.#held) assert(held.isHeld || held.session.closed, "held unknowingly");
    for (let i = 0; i < this.#dirtyCount; i++) {
      assert(this.#dirty[i]!.scheduled, "a client does not know that it is to be flushed");
    }
  }

  #closeIdle(): void {
    const { instance, limits } = this;
    const before = instance.time.nowMs - limits.timeoutSeconds * 1000;
    for (const client of [...this.#clients.values()]) {
      const { blocked, isFollower, lastInteractionMs } = client.session;
      if (blocked !== null || isFollower || lastInteractionMs >= before) continue;
      this.operatorLog.verbose("Closing idle client");
      client.destroy();
    }
  }
}

const PROTECTED =
  "DENIED Veridis is in protected mode and no password is set, so that it serves only clients of " +
  "its own machine. Set a password with requirepass, or turn protected-mode off.";

/** Sends a connection away with an error. */
function refuse(connection: Connection, error: string): null {
  const line = Buffer.from(`-${error}\r\n`);
  connection.write(line, line.length);
  connection.end();
  return null;
}
