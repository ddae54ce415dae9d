import { assert, CHECKED } from "../assert.ts";
import type { Outbox } from "../gate/outbox.ts";
import type { LogCore } from "../log/log-core.ts";
import type { OperatorLog } from "../ports/operator-log.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import { InputBuffer } from "../resp/input.ts";
import { type ParserLimits, ParseStatus } from "../resp/parser.ts";
import type { Request } from "../resp/request.ts";
import { describeClient } from "../session/client-line.ts";
import { sessionMemoryBytes, transactionBytes } from "../session/client-memory.ts";
import type { Instance } from "../session/instance.ts";
import type { LookAhead } from "../session/look-ahead.ts";
import { ofNoData } from "../session/push.ts";
import { type Session, USUAL_REPLY_BYTES } from "../session/session.ts";
import type { OutputLimit, ServerLimits } from "./limits.ts";
import type { LogSteps } from "./log-steps.ts";

/**
 * A client with more unsent replies than this is not read from until they have left: replies that
 * nobody takes must not fill the memory.
 */
const UNSENT_PAUSE_BYTES = 32 * 1024 * 1024;
/**
 * Replies from this size on leave at once and not at the end of the loop turn, if they may: they are
 * still in the processor's caches then, and the next ones take their buffer.
 */
const SOON_BYTES = 64 * 1024;
/** Where bytes are that were read to where `readInto` wanted them. */
const ASIDE = -1;
/** What has executed is written before the end of the loop turn when it is more than this. */
const MOST_PENDING_BYTES = 1024 * 1024;
/** How much of a snapshot is handed to a replica's connection at a time. */
const SNAPSHOT_AHEAD_BYTES = 1024 * 1024;

/** What a client needs of the server that it belongs to. */
export interface ClientHost {
  readonly instance: Instance;
  readonly limits: ServerLimits;
  readonly parserLimits: ParserLimits;
  readonly operatorLog: OperatorLog;
  readonly lookAhead: LookAhead;
  /** The buffer that all connections read into. */
  readonly shared: Buffer;
  /** The log whose gate replies wait at; null without one. */
  readonly log: LogCore | null;
  readonly steps: LogSteps;
  /** True when no request may run any more. */
  readonly isStopping: boolean;
  /** A client has sent something: the first one of a loop turn lets time pass for the log. */
  beginTurn(): void;
  /** Keeps what a client has sent for the end of the loop turn; false when it is to run now. */
  keep(client: Client, start: number, length: number): boolean;
  /** Executes what was kept in this loop turn. */
  execute(): void;
  /** What has executed goes to the disk before the end of the loop turn. */
  flushLogNow(): void;
  /** What sessions were given by a command of another, or between commands, may leave. */
  settlePushed(): void;
  /** Serves the sessions that wait for keys which are ready now. */
  serveReady(): void;
  /** A client's buffers, queue or watched keys have changed. */
  count(client: Client): void;
  /** Asks for a flush of this client at the end of the loop turn. */
  schedule(client: Client): void;
  /** Has the client flushed again when the gate has moved. */
  hold(client: Client): void;
  /** Asks for a flush at the end of the loop turn. */
  wake(): void;
  /** Forgets a connection that is gone. */
  forget(client: Client): void;
}

/** One connection with its session: the loop from bytes to requests to replies. */
export class Client implements ConnectionEvents {
  readonly session: Session;
  readonly #core: ClientHost;
  readonly #connection: Connection;
  readonly input: InputBuffer;
  scheduled = false;
  #paused = false;
  /** Complete requests may wait in the input because there are too many unsent replies. */
  #held = false;
  #ended = false;
  /** Its client sends nothing more: it waits for nothing. */
  #hasLeft = false;
  /** The connection was closed, or was to be, while its script ran. */
  #isLost = false;
  /** Some of its replies wait at the log's gate. */
  isHeld = false;
  /** What it has sent in this loop turn is kept for the turn's end. */
  hasArrived = false;
  /** For the trace: how many replies have left. */
  #answered = 0;
  /** Since when the unsent replies have exceeded the soft limit; 0 while they do not. */
  #overSoftSinceMs = 0;

  constructor(core: ClientHost, session: Session, connection: Connection) {
    this.#core = core;
    this.session = session;
    this.#connection = connection;
    this.input = new InputBuffer(core.parserLimits);
    session.input = this.input;
  }

  /** What has not left this process, in bytes; a replica's snapshot does not count. */
  get unsentBytes(): number {
    const { outbox } = this.session;
    return outbox.length + (outbox.hasLead ? 0 : this.#connection.unsentBytes);
  }

  /** Its line in CLIENT LIST, for the log. */
  describe(): string {
    return describeClient(this.session, this.#core.instance.time.nowMs);
  }

  /** It is given something that it did not ask for: its output may be too much now. */
  wasPushed(): void {
    const { session } = this;
    if (session.closed || session.outbox.length <= this.#core.limits.leastOutputBytes) return;
    this.#limitOutput();
  }

  /** An estimate of what it takes, in bytes, replies that the transport holds included. */
  get memoryBytes(): number {
    return sessionMemoryBytes(this.session);
  }

  received(start: number, length: number): void {
    if (this.#arrives(length) && !this.#core.keep(this, start, length)) this.#turn(start, length);
  }

  /** Counts what has arrived; false when it comes too late. */
  #arrives(length: number): boolean {
    const core = this.#core;
    if (this.session.closed || this.#ended || core.isStopping) return false;
    const { statistics } = core.instance;
    statistics.inputBytes += length;
    statistics.readsProcessed++;
    core.beginTurn();
    return true;
  }

  /** @param start where it lies in the shared buffer, or ASIDE */
  #turn(start: number, length: number): void {
    const { instance } = this.#core;
    instance.time.beginBatch();
    instance.data.effects.beginBatch();
    if (start === ASIDE) {
      this.input.received(length);
      // A long argument may have come as a whole: until it is taken it waits like any other bytes.
      if (this.#waitsTooMuch) {
        this.input.rest();
        this.#queryBufferExceeded();
      } else this.#execute();
    } else if (CHECKED && instance.buggify.fires("read in two parts")) {
      const half = length >> 1;
      this.#take(start, half);
      if (!this.session.closed) this.#take(start + half, length - half);
    } else {
      this.#take(start, length);
    }
    instance.data.effects.endBatch();
    instance.time.settle();
  }

  readInto(): Uint8Array | null {
    const { instance, isStopping } = this.#core;
    if (this.session.closed || this.#ended || isStopping || this.hasArrived) return null;
    const isBuggy = CHECKED && instance.buggify.fires("short rest is read in place");
    return this.input.readInto(isBuggy ? 1 : undefined);
  }

  receivedInto(length: number): void {
    if (!this.#arrives(length)) return;
    // What others have sent before runs before.
    this.#core.execute();
    this.#turn(ASIDE, length);
  }

  /** Executes what was kept and has been fed to `input` by now. */
  execute(): void {
    this.hasArrived = false;
    // One that another client has killed meanwhile says nothing any more.
    if (this.session.closed) this.#core.lookAhead.reset();
    else this.#execute();
  }

  #take(start: number, length: number): void {
    this.input.feed(this.#core.shared, start, start + length);
    this.#execute();
  }

  /** Goes on with what has arrived before, after a block has ended. */
  proceed(): void {
    if (this.session.closed || this.#core.isStopping) return;
    const { effects } = this.#core.instance.data;
    effects.beginBatch();
    this.#execute();
    effects.endBatch();
  }

  /** Runs complete requests until there are none, or the session may not go on. */
  #execute(): void {
    const { session, input } = this;
    const core = this.#core;
    const { instance, lookAhead } = core;
    input.parser.authRequired = instance.users.mustAuthenticate && !session.authenticated;
    session.reply.mostBytes = this.#mostReplyBytes;
    for (;;) {
      if (session.blocked !== null || session.isBusy) break;
      if (session.closeAfterReply || session.closeAsap || session.closed) break;
      this.#held =
        (session.outbox.length > UNSENT_PAUSE_BYTES && !session.outbox.isStream) ||
        (CHECKED && instance.buggify.fires("batch ends early"));
      if (this.#held) break;
      const request = lookAhead.next(session, input);
      if (request === null) {
        if (lookAhead.status === ParseStatus.failed) this.#protocolError();
        break;
      }
      if (instance.observer !== null) instance.observer.arrives(session, request);
      this.run(request);
      if (session.outbox.length > core.limits.leastOutputBytes) this.#limitOutput();
      if (session.outbox.length >= SOON_BYTES) this.#sendSoon();
      if (core.log !== null && core.log.pendingBytes > MOST_PENDING_BYTES) core.flushLogNow();
      if (CHECKED && instance.buggify.fires("frame for one unit")) core.flushLogNow();
      input.parser.authRequired = instance.users.mustAuthenticate && !session.authenticated;
    }
    lookAhead.reset();
    if (session.closeAsap) {
      this.destroy();
      return;
    }
    if (this.#hasLeft) this.#leave();
    if (session.closed) return;
    input.rest();
    if (this.#waitsTooMuch) this.#queryBufferExceeded();
    core.count(this);
    if (this.#held || session.reply.length > 0 || session.closeAfterReply) core.schedule(this);
    const { clients, feed } = instance;
    const { unblocked, closing } = clients;
    if (core.log?.hasPending) core.wake();
    if (unblocked.length > 0 || closing.length > 0 || feed.hasOutput) core.schedule(this);
  }

  /** Runs one request, and settles what it has given to others. */
  run(request: Request): void {
    const core = this.#core;
    const { session } = this;
    core.instance.executor.dispatch(session, request);
    if (session.isBusy) core.wake();
    else this.ran();
  }

  /** Its request has been dealt with: settles what it has given to others. */
  ran(): void {
    const core = this.#core;
    const { session } = this;
    if (core.steps.trace.enabled) core.steps.ran(core.log!, session);
    if (core.instance.clients.waits.keys.hasReady) core.serveReady();
    if (core.instance.clients.pushed.length > 0) core.settlePushed();
    if (core.instance.tracking.broadcasts.hasChanged) core.wake();
  }

  /** The unit that the first item which is held waits for. */
  get awaitedUnit(): number {
    return this.session.outbox.awaited;
  }

  #protocolError(): void {
    const core = this.#core;
    const { session } = this;
    session.consultsData = false;
    session.outbox.open();
    this.session.reply.error(this.input.parser.error);
    session.outbox.close(ofNoData(core.instance, session), core.instance.gate);
    session.closeAfterReply = true;
    if (core.steps.trace.enabled) core.steps.ran(core.log!, session);
  }

  /** More waits than `client-query-buffer-limit` allows. */
  get #waitsTooMuch(): boolean {
    const pendingBytes = this.input.size + transactionBytes(this.session);
    return pendingBytes > this.#core.limits.queryBufferBytes;
  }

  #queryBufferExceeded(): void {
    this.#core.operatorLog.warn(
      `Closing client that reached max query buffer length: ${this.describe()}`,
    );
    this.#core.instance.clients.closing.push(this.session);
    this.#core.schedule(this);
  }

  /** Writes what may leave. */
  flush(): void {
    const { session } = this;
    if (session.closed || session.closeAsap) return;
    const { outbox } = session;
    if (outbox.isInMidst) {
      this.#sendEarly(outbox);
      return;
    }
    if (outbox.isStray) {
      this.#endStray();
      return;
    }
    if (outbox.hasLead) this.#sendSnapshot(outbox);
    const length = outbox.passable(this.#core.instance.gate);
    if (length > 0) this.#send(outbox, length);
    if (session.closed) return;
    if (!outbox.isEmpty) {
      if (!outbox.hasLead) this.#core.hold(this);
      this.#limitOutput();
      if (session.closeAsap) return;
    } else if (session.closeAfterReply && !this.#ended) {
      this.#ended = true;
      // The other end may take its time to close; who has left listens no more.
      this.#core.instance.clients.subscriptions.removeAll(session);
      this.#core.instance.monitors.remove(session);
      this.#core.instance.tracking.disable(session);
      this.#connection.end();
      return;
    }
    if (outbox.isStream) return;
    const unsentBytes = this.#connection.unsentBytes + outbox.length;
    if (unsentBytes > UNSENT_PAUSE_BYTES) this.#pause();
    else if (this.#paused && this.#connection.unsentBytes === 0) this.drained();
    else if (this.#held) this.proceed();
  }

  /** Sends long replies before the end of the loop turn, if they wait for nothing. */
  #sendSoon(): void {
    const { session } = this;
    const { outbox } = session;
    if (session.closed || outbox.isStream || this.#connection.unsentBytes > 0) return;
    // What counts against a limit is what a loop turn gives, as in Redis.
    if (Number.isFinite(this.#mostReplyBytes)) return;
    const length = outbox.passable(this.#core.instance.gate);
    if (length >= SOON_BYTES) this.#send(outbox, length);
  }

  /** While its script runs, what stands in front of that one's reply leaves. */
  #sendEarly(outbox: Outbox): void {
    const { gate } = this.#core.instance;
    const early = outbox.takeEarly(gate);
    if (early !== null) {
      this.#countOutput(outbox, early.bytes.length);
      this.#connection.write(early.bytes, early.bytes.length);
      this.#left(early.items);
    }
    if (outbox.awaited > gate.gate && outbox.awaited <= gate.end) this.#core.hold(this);
  }

  /** The first `length` bytes leave. */
  #send(outbox: Outbox, length: number): void {
    const reply = outbox.writer;
    this.#countOutput(outbox, length);
    const reusable = this.#connection.write(reply.bytes, length);
    this.#left(outbox.sent(length, reusable));
    this.#core.count(this);
    if (!reusable) this.#limitOutput();
  }

  /** So many items have left. */
  #left(items: number): void {
    const { instance, steps } = this.#core;
    if (items > 0) {
      const conn = String(this.session.id);
      const first = this.#answered + 1;
      this.#answered += items;
      steps.trace.step("log", "Reply", { conn, count: items, first });
    }
    const { observer } = instance;
    if (observer !== null) observer.replies(this.session, items, instance.gate.gate);
  }

  /** Writes as much of the snapshot as may leave and the connection takes. */
  #sendSnapshot(outbox: Outbox): void {
    const connection = this.#connection;
    const { gate } = this.#core.instance;
    if (!gate.isUp || outbox.awaited > gate.gate) {
      this.#core.hold(this);
      return;
    }
    while (outbox.hasLead && connection.unsentBytes < SNAPSHOT_AHEAD_BYTES) {
      const piece = outbox.takeLead(gate)!;
      this.#countOutput(outbox, piece.length);
      connection.write(piece, piece.length);
    }
    const { session } = this;
    if (!outbox.hasLead && session.replica!.snapshotOnly) session.closeAfterReply = true;
  }

  /** A replica asks for nothing that has a reply. */
  #endStray(): void {
    const { lastCommand } = this.session;
    this.#core.operatorLog.warn(`Replica generated a reply to '${lastCommand?.fullName}'`);
    this.destroy();
  }

  #countOutput({ isStream }: Outbox, length: number): void {
    const { statistics } = this.#core.instance;
    statistics.outputBytes += length;
    if (isStream) statistics.replicaOutputBytes += length;
    statistics.writesProcessed++;
  }

  released(bytes: Uint8Array): void {
    this.#core.instance.clients.large.give(bytes);
  }

  drained(): void {
    const { outbox } = this.session;
    if (outbox.isStream && !outbox.isEmpty) this.#core.schedule(this);
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection.resume();
    this.proceed();
  }

  /**
   * What it has sent before still runs, and its replies leave, but it waits for nothing: whoever is
   * served now would take an element that nobody reads.
   */
  ended(): void {
    this.#takeLastWords();
    this.#leave();
  }

  /** What it has sent in this loop turn runs; from here on it waits for nothing. */
  #takeLastWords(): void {
    this.#hasLeft = true;
    if (this.hasArrived) this.#core.execute();
  }

  /** Closes when all that it has sent has run and what it is owed has left. */
  #leave(): void {
    const { session } = this;
    const { outbox } = session;
    if (session.closed || this.#held || session.isBusy) return;
    const isOwed = !outbox.isEmpty || this.#connection.unsentBytes > 0;
    if (session.blocked !== null || outbox.isStream || !isOwed) {
      this.destroy();
      return;
    }
    session.closeAfterReply = true;
    // Whoever has only its last replies before it is no listener for others.
    this.#core.instance.clients.subscriptions.removeAll(session);
    this.#core.schedule(this);
  }

  closed(): void {
    this.#takeLastWords();
    if (this.session.isBusy) this.#isLost = true;
    else this.#core.forget(this);
  }

  /** Its script has ended: who has gone meanwhile goes now. */
  scriptEnded(): void {
    this.ran();
    if (this.#isLost) this.destroy();
    else this.proceed();
    this.#core.schedule(this);
  }

  /** Time passes for this connection: limits and idle memory. */
  tick(): void {
    const { session, input } = this;
    const { clients, time } = this.#core.instance;
    // As in Redis, before what is idle is given back.
    clients.recent.note(time.nowMs, input.lengthBytes + input.freeBytes, this.#limitedBytes);
    input.shrink(time.nowMs - session.lastInteractionMs);
    this.#core.count(this);
    if (!this.#isOverOutput()) return;
    this.#core.operatorLog.warn(
      `Client ${this.describe()} closed for overcoming of output buffer limits.`,
    );
    this.destroy();
  }

  /** Gives back what it has held, some time after it was forgotten. */
  release(): void {
    this.input.release();
    this.session.outbox.writer.release();
  }

  /** Closes at once; while its script runs, as soon as that has ended. */
  destroy(): void {
    if (this.session.isBusy) {
      this.#isLost = true;
      return;
    }
    this.abandon();
  }

  /** Closes at once, whatever runs. */
  abandon(): void {
    this.#core.forget(this);
    this.#connection.destroy();
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    const { session } = this;
    assert(this.input === session.input, "the session sees another input");
    assert(!this.#ended || session.closeAfterReply, "an end that nobody asked for");
    assert(!this.#paused || !session.outbox.isStream, "a replica is always read from");
    session.outbox.verifyInvariants();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#connection.pause();
  }

  get #outputLimit(): OutputLimit {
    const { limits } = this.#core;
    if (this.session.outbox.isStream) return limits.replicaOutput;
    return this.session.subscriptions === null ? limits.output : limits.pubsubOutput;
  }

  /** Beyond how many bytes a reply is cut: what is more would be too much whatever leaves. */
  get #mostReplyBytes(): number {
    const { hardBytes } = this.#outputLimit;
    if (hardBytes === 0 || this.session.outbox.isStream) return Number.POSITIVE_INFINITY;
    return hardBytes + USUAL_REPLY_BYTES;
  }

  /** Who has more output than it may is sent nothing more, and closes at the end of the loop turn. */
  #limitOutput(): void {
    const { session } = this;
    if (session.closeAsap || !(session.reply.isCut || this.#isOverOutput())) return;
    const { instance, operatorLog } = this.#core;
    operatorLog.warn(
      `Client ${this.describe()} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    session.closeAsap = true;
    instance.clients.closing.push(session);
    this.#core.wake();
  }

  /** True when more waits than the hard limit, or for too long more than the soft one. */
  #isOverOutput(): boolean {
    const { nowMs } = this.#core.instance.time;
    const usedBytes = this.#limitedBytes;
    if (CHECKED) assert(usedBytes >= 0, "a connection has sent more than it was given");
    const { hardBytes, softBytes, softSeconds } = this.#outputLimit;
    if (softBytes === 0 || usedBytes < softBytes) this.#overSoftSinceMs = 0;
    else if (this.#overSoftSinceMs === 0) this.#overSoftSinceMs = nowMs;
    if (hardBytes > 0 && usedBytes >= hardBytes) return true;
    return this.#overSoftSinceMs > 0 && nowMs - this.#overSoftSinceMs > softSeconds * 1000;
  }

  /** What counts of the output: of a replica its stream, of others what is beyond a usual reply. */
  get #limitedBytes(): number {
    const { session } = this;
    return session.outbox.isStream ? this.unsentBytes : session.outputListBytes;
  }
}
