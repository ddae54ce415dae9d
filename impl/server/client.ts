import assert from "node:assert/strict";
import { CHECKED } from "../engine/assert.ts";
import type { LogCore } from "../log/log-core.ts";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import type { Replica } from "../replication/replica.ts";
import { InputBuffer } from "../resp/input.ts";
import { ParseStatus } from "../resp/parser.ts";
import type { Session } from "../session/session.ts";
import { GatedReplies } from "./gated-replies.ts";
import type { ServerCore } from "./server-core.ts";

/**
 * A client with more unsent replies than this is not read from until they have left: replies that
 * nobody takes must not fill the memory.
 */
const UNSENT_PAUSE_BYTES = 32 * 1024 * 1024;
/** A reply buffer above this size is given back when it has been sent. */
const KEPT_REPLY_BYTES = 64 * 1024;
/** How much of a snapshot is handed to a replica's connection at a time. */
const SNAPSHOT_AHEAD_BYTES = 1024 * 1024;

/** One connection with its session: the loop from bytes to requests to replies. */
export class Client implements ConnectionEvents {
  readonly session: Session;
  readonly #core: ServerCore;
  readonly #connection: Connection;
  readonly input: InputBuffer;
  scheduled = false;
  #paused = false;
  /** Complete requests may wait in the input because there are too many unsent replies. */
  #held = false;
  #ended = false;
  /** Some of its replies wait at the log's gate. */
  isHeld = false;
  /** What it has sent in this loop turn is kept for the turn's end. */
  hasArrived = false;
  /** What its replies wait for; null until there is a log. */
  #gated: GatedReplies | null = null;
  /** Snapshots for replicas hold the data up to this unit; -1 before one is to be sent. */
  #snapshotUnit = -1;
  /** Since when the unsent replies have exceeded the soft limit; 0 while they do not. */
  #overSoftSinceMs = 0;

  constructor(core: ServerCore, session: Session, connection: Connection) {
    this.#core = core;
    this.session = session;
    this.#connection = connection;
    this.input = new InputBuffer(core.parserLimits);
    session.input = this.input;
  }

  /** What has not left this process, in bytes; a replica's snapshot does not count. */
  get unsentBytes(): number {
    const { reply, replica } = this.session;
    if (!replica?.attached) return this.#connection.unsentBytes + reply.length;
    return replica.streamBytes + (replica.online ? this.#connection.unsentBytes : 0);
  }

  received(start: number, length: number): void {
    const core = this.#core;
    if (this.session.closed || this.#ended || core.isStopping) return;
    const instance = core.instance;
    instance.statistics.inputBytes += length;
    instance.statistics.readsProcessed++;
    core.beginTurn();
    if (core.keep(this, start, length)) return;
    instance.time.beginBatch();
    instance.data.effects.beginBatch();
    if (CHECKED && instance.buggify.fires("read in two parts")) {
      const half = length >> 1;
      this.#take(start, half);
      if (!this.session.closed) this.#take(start + half, length - half);
    } else {
      this.#take(start, length);
    }
    instance.data.effects.endBatch();
    instance.time.settle();
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
    input.parser.authRequired = !session.authenticated;
    if (core.log !== null) this.#accountLate(core.log);
    for (;;) {
      if (session.blocked !== null || session.closeAfterReply || session.closed) break;
      this.#held =
        session.reply.length > UNSENT_PAUSE_BYTES ||
        (CHECKED && instance.buggify.fires("batch ends early"));
      if (this.#held) break;
      const request = lookAhead.next(session, input);
      if (request === null) {
        if (lookAhead.status === ParseStatus.failed) this.#protocolError();
        break;
      }
      if (instance.observer !== null) instance.observer.arrives(session, request);
      instance.executor.dispatch(session, request);
      // The request may have been the one that begins or ends the log.
      if (core.log !== null) this.#account(core.log);
      if (CHECKED && instance.buggify.fires("frame for one unit")) core.flushLogNow();
      input.parser.authRequired = !session.authenticated;
    }
    lookAhead.reset();
    input.rest();
    if (input.size > core.limits.queryBufferBytes) this.#queryBufferExceeded();
    if (this.#held || session.reply.length > 0 || session.closeAfterReply) core.schedule(this);
    const { unblocked, closing, feed } = instance;
    if (core.log?.hasPending) core.wake();
    if (unblocked.length > 0 || closing.length > 0 || feed.hasOutput) core.schedule(this);
  }

  /** Notes what the reply of the request that has just run waits for. */
  #account(log: LogCore): void {
    const { session } = this;
    const { steps } = this.#core;
    this.#gated ??= new GatedReplies(session);
    const dependency = session.consultsData ? log.end : 0;
    const hasReply = this.#gated.account(log, dependency, steps.trace);
    if (steps.trace.enabled) steps.ran(log, session, hasReply);
  }

  /** Notes replies that were written while no request of this session ran. */
  #accountLate(log: LogCore): void {
    const { session } = this;
    const { steps } = this.#core;
    this.#gated ??= new GatedReplies(session);
    if (!this.#gated.account(log, log.end, steps.trace)) return;
    if (steps.trace.enabled) steps.late(log, session);
  }

  /** There is no log any more. */
  ungate(): void {
    this.#gated = null;
    this.#snapshotUnit = -1;
  }

  /** The unit that the first reply which is held waits for. */
  get awaitedUnit(): number {
    return this.session.replica?.attached ? 0 : (this.#gated?.awaited ?? 0);
  }

  #protocolError(): void {
    this.session.reply.error(this.input.parser.error);
    this.session.closeAfterReply = true;
  }

  #queryBufferExceeded(): void {
    this.#core.operatorLog.warn("Closing client that reached max query buffer length");
    this.#core.instance.closing.push(this.session);
    this.#core.schedule(this);
  }

  /** Writes the gathered replies. */
  flush(): void {
    const { session } = this;
    if (session.closed) return;
    if (session.replica?.attached) {
      this.#flushReplica(session.replica);
      return;
    }
    const reply = session.reply;
    const { log } = this.#core;
    const length = log === null ? reply.length : this.#passable(log);
    if (length > 0) {
      const statistics = this.#core.instance.statistics;
      statistics.outputBytes += length;
      statistics.writesProcessed++;
      const reusable = this.#connection.write(reply.bytes, length);
      const isKept = reusable && reply.bytes.length <= KEPT_REPLY_BYTES;
      if (length === reply.length) reply.sent(isKept);
      else reply.sentPart(length, reusable);
      if (!reusable) this.#checkOutput();
    }
    if (reply.length > 0) {
      this.#core.hold(this);
      this.#checkOutput();
      if (session.closed) return;
    } else if (session.closeAfterReply && !this.#ended) {
      this.#ended = true;
      this.#connection.end();
      return;
    }
    const unsentBytes = this.#connection.unsentBytes + reply.length;
    if (unsentBytes > UNSENT_PAUSE_BYTES) this.#pause();
    else if (this.#paused && this.#connection.unsentBytes === 0) this.drained();
    else if (this.#held) this.proceed();
  }

  /** How many bytes of the replies may leave; they count as sent. */
  #passable(log: LogCore): number {
    this.#accountLate(log);
    if (!log.isUp) return 0;
    const length = this.#gated!.passable(log);
    if (length === 0) return 0;
    const { instance, steps } = this.#core;
    const replies = this.#gated!.sent(length, steps.trace);
    if (instance.observer !== null) instance.observer.replies(this.session, replies, log.gate);
    return length;
  }

  /** Writes as much of the snapshot as the connection takes, and then the stream. */
  #flushReplica(replica: Replica): void {
    const { session } = this;
    const connection = this.#connection;
    if (session.reply.length > 0) {
      this.#core.operatorLog.warn(
        `Replica generated a reply to '${session.lastCommand?.fullName}'`,
      );
      this.destroy();
      return;
    }
    const { log } = this.#core;
    if (log !== null && this.#isSnapshotHeld(log)) {
      this.#core.hold(this);
      return;
    }
    while (!replica.online && connection.unsentBytes < SNAPSHOT_AHEAD_BYTES) {
      const piece = replica.nextPiece()!;
      this.#countReplicaOutput(piece.length);
      connection.write(piece, piece.length);
    }
    if (replica.online && replica.snapshotOnly) session.closeAfterReply = true;
    if (session.closeAfterReply) {
      connection.end();
      return;
    }
    const stream = replica.stream!;
    const length = Math.max(0, stream.length - this.#core.heldStreamBytes);
    if (replica.online && length > 0) {
      this.#countReplicaOutput(length);
      const reusable = connection.write(stream.bytes, length);
      const isKept = reusable && stream.bytes.length <= KEPT_REPLY_BYTES;
      if (length === stream.length) stream.sent(isKept);
      else stream.sentPart(length, reusable);
    }
    if (replica.online && stream.length > 0) this.#core.hold(this);
    if (connection.unsentBytes > 0) this.#checkOutput();
  }

  /** A snapshot leaves when the gate has reached all that it shows. */
  #isSnapshotHeld(log: LogCore): boolean {
    if (this.#snapshotUnit < 0) this.#snapshotUnit = log.end;
    return log.gate < this.#snapshotUnit || !log.isUp;
  }

  #countReplicaOutput(length: number): void {
    const { statistics } = this.#core.instance;
    statistics.outputBytes += length;
    statistics.replicaOutputBytes += length;
    statistics.writesProcessed++;
  }

  drained(): void {
    if (this.session.replica?.hasOutput) this.#core.schedule(this);
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection.resume();
    this.proceed();
  }

  closed(): void {
    if (this.hasArrived) this.#core.execute();
    this.#core.forget(this);
  }

  /** Time passes for this connection: limits and idle memory. */
  tick(): void {
    const { session, input } = this;
    input.shrink(this.#core.instance.time.nowMs - session.lastInteractionMs);
    if (this.unsentBytes > 0) this.#checkOutput();
    else this.#overSoftSinceMs = 0;
  }

  /** Closes at once. */
  destroy(): void {
    this.#core.forget(this);
    this.#connection.destroy();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#connection.pause();
  }

  #checkOutput(): void {
    const { limits, instance, operatorLog } = this.#core;
    const unsent = this.unsentBytes;
    assert.ok(unsent >= 0);
    const { hardBytes, softBytes, softSeconds } = this.session.replica?.attached
      ? limits.replicaOutput
      : limits.output;
    let over = hardBytes > 0 && unsent > hardBytes;
    if (softBytes > 0 && unsent > softBytes) {
      if (this.#overSoftSinceMs === 0) this.#overSoftSinceMs = instance.time.nowMs;
      over ||= instance.time.nowMs - this.#overSoftSinceMs > softSeconds * 1000;
    } else {
      this.#overSoftSinceMs = 0;
    }
    if (!over) return;
    operatorLog.warn("Client scheduled to be closed ASAP for overcoming of output buffer limits.");
    this.destroy();
  }
}
