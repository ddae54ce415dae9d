import assert from "node:assert/strict";
import type { Connection, ConnectionEvents } from "../ports/transport.ts";
import type { Replica } from "../replication/replica.ts";
import { HEADROOM_BYTES, InputBuffer } from "../resp/input.ts";
import { type ParserLimits, ParseStatus } from "../resp/parser.ts";
import { resumeUnblocked, tick as tickBlocking } from "../session/blocking.ts";
import { dispatch } from "../session/dispatch.ts";
import type { Instance } from "../session/instance.ts";
import { LookAhead } from "../session/look-ahead.ts";
import { replicationTick } from "../session/replicas.ts";
import type { Session } from "../session/session.ts";

/** How much one read takes. */
const READ_BYTES = 64 * 1024;
/**
 * A client with more unsent replies than this is not read from until they have left: replies that
 * nobody takes must not fill the memory.
 */
const UNSENT_PAUSE_BYTES = 32 * 1024 * 1024;
/** A reply buffer above this size is given back when it has been sent. */
const KEPT_REPLY_BYTES = 64 * 1024;
/** How much of a snapshot is handed to a replica's connection at a time. */
const SNAPSHOT_AHEAD_BYTES = 1024 * 1024;
/** Expired keys removed in one tick, so that a million of them do not stall the clients. */
const EXPIRE_PER_TICK = 20_000;
/** Slots that an idle rehash migrates per tick and database. */
const REHASH_SLOTS_PER_TICK = 50_000;

/** So many connections are looked after in each tick, or a tenth of them when that is more. */
const MIN_CLIENTS_PER_TICK = 5;

/** How often the shell calls `tick` in a second. */
export const TICKS_PER_SECOND = 10;

/** What a server core needs to know of its configuration, live. */
export interface ServerLimits {
  maxClients: number;
  /** Seconds of silence after which a client is closed; 0 for never. */
  timeoutSeconds: number;
  /** `client-query-buffer-limit`. */
  queryBufferBytes: number;
  /** `client-output-buffer-limit normal`. */
  output: OutputLimit;
  /** `client-output-buffer-limit replica`. */
  replicaOutput: OutputLimit;
}

/** How much may wait to be sent to one client; 0 for no limit. */
export interface OutputLimit {
  readonly hardBytes: number;
  /** May be exceeded for `softSeconds`. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** Where the core says what an operator wants to know. */
export interface Log {
  warn(message: string): void;
  verbose(message: string): void;
}

/**
 * The server between transport and dispatch: feeds what arrives to the parser, one request at a
 * time to dispatch, and collects the replies for one write per connection and loop turn.
 *
 * Synchronous and deterministic; the shell calls `flush` at the end of each loop turn in which
 * `wake` was called, and `tick` ten times a second.
 */
export class ServerCore {
  readonly instance: Instance;
  readonly limits: ServerLimits;
  readonly parserLimits: ParserLimits;
  readonly log: Log;
  /** The buffer that all connections read into, from `readOffset` on. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(HEADROOM_BYTES + READ_BYTES);
  readonly readOffset = HEADROOM_BYTES;
  readonly lookAhead: LookAhead;
  readonly #clients = new Map<Session, Client>();
  readonly #dirty: Client[] = [];
  readonly #wake: () => void;
  #awake = false;
  #ticks = 0;
  /** Whose turn it is to get a tick. */
  #nextClients: Iterator<Client> = [].values();

  constructor(
    instance: Instance,
    limits: ServerLimits,
    parserLimits: ParserLimits,
    log: Log,
    wake: () => void,
  ) {
    this.instance = instance;
    this.lookAhead = new LookAhead(instance);
    this.limits = limits;
    this.parserLimits = parserLimits;
    this.log = log;
    this.#wake = wake;
  }

  /** The connection of a session, as CLIENT LIST shows it. */
  clientOf(session: Session): Client | undefined {
    return this.#clients.get(session);
  }

  /** Takes a new connection, or refuses it with an error line when there are too many. */
  accept(connection: Connection): ConnectionEvents | null {
    const instance = this.instance;
    if (instance.sessions.size >= this.limits.maxClients) {
      instance.statistics.connectionsRejected++;
      return refuse(connection, "ERR max number of clients reached");
    }
    const session = instance.connect(connection);
    if (this.#isProtectedFrom(session)) {
      instance.disconnect(session);
      instance.statistics.connectionsRejected++;
      return refuse(connection, PROTECTED);
    }
    this.log.verbose(`Accepted ${connection.address}`);
    const client = new Client(this, session, connection);
    this.#clients.set(session, client);
    return client;
  }

  /** Protected mode: without a password only clients of this machine are served. */
  #isProtectedFrom(session: Session): boolean {
    const { config, settings } = this.instance;
    if (!config.get("protected-mode") || settings.requirePassword !== "") return false;
    return !this.instance.isLocal(session);
  }

  /** Asks for a flush of this client at the end of the loop turn. */
  schedule(client: Client): void {
    if (client.scheduled) return;
    client.scheduled = true;
    this.#dirty.push(client);
    if (this.#awake) return;
    this.#awake = true;
    this.#wake();
  }

  /** Sends what has gathered, and closes what is to be closed: once per loop turn. */
  flush(): void {
    this.#awake = false;
    this.#afterBatch();
    for (let i = 0; i < this.#dirty.length; i++) {
      const client = this.#dirty[i]!;
      client.scheduled = false;
      client.flush();
    }
    this.#dirty.length = 0;
  }

  /** Time passes: expiry, time-outs, idle rehash. Ten times a second. */
  tick(): void {
    const instance = this.instance;
    if (instance.settings.cronPaused) return;
    instance.beginBatch();
    if (instance.settings.activeExpire) {
      instance.expireCycle(EXPIRE_PER_TICK);
    }
    for (const keyspace of instance.databases) keyspace.rehashStep(REHASH_SLOTS_PER_TICK);
    tickBlocking(instance);
    if (this.limits.timeoutSeconds > 0) this.#closeIdle();
    if (++this.#ticks % TICKS_PER_SECOND === 0) replicationTick(instance);
    this.#tickClients();
    this.#afterBatch();
    instance.settleTiming();
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
    for (const client of [...this.#clients.values()]) client.destroy();
  }

  /** Forgets a connection that is gone. */
  forget(client: Client): void {
    this.#clients.delete(client.session);
    this.instance.disconnect(client.session);
  }

  /** Continues the sessions that a command of another one has unblocked, and closes the killed. */
  #afterBatch(): void {
    const instance = this.instance;
    while (instance.unblocked.length > 0) {
      for (const session of resumeUnblocked(instance)) this.#clients.get(session)?.proceed();
    }
    for (const session of instance.closing.splice(0)) this.#clients.get(session)?.destroy();
    if (!instance.feed.hasOutput) return;
    for (const { sessionId } of instance.feed.takeOutput()) {
      const client = this.#clients.get(instance.sessions.get(sessionId)!);
      if (client !== undefined) this.schedule(client);
    }
  }

  #closeIdle(): void {
    const { instance, limits } = this;
    const before = instance.nowMs - limits.timeoutSeconds * 1000;
    for (const client of [...this.#clients.values()]) {
      const { blocked, replica, lastInteractionMs } = client.session;
      if (blocked !== null || replica?.attached || lastInteractionMs >= before) continue;
      this.log.verbose("Closing idle client");
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
    if (this.session.closed || this.#ended) return;
    const core = this.#core;
    const instance = core.instance;
    instance.statistics.inputBytes += length;
    instance.statistics.readsProcessed++;
    instance.beginBatch();
    this.input.feed(core.shared, start, start + length);
    this.#execute();
    instance.settleTiming();
  }

  /** Goes on with what has arrived before, after a block has ended. */
  proceed(): void {
    if (this.session.closed) return;
    this.#execute();
  }

  /** Runs complete requests until there are none, or the session may not go on. */
  #execute(): void {
    const { session, input } = this;
    const { instance, lookAhead } = this.#core;
    input.parser.authRequired = !session.authenticated;
    for (;;) {
      if (session.blocked !== null || session.closeAfterReply || session.closed) break;
      this.#held = session.reply.length > UNSENT_PAUSE_BYTES;
      if (this.#held) break;
      const request = lookAhead.next(session, input);
      if (request === null) {
        if (lookAhead.status === ParseStatus.failed) this.#protocolError();
        break;
      }
      dispatch(instance, session, request);
      input.parser.authRequired = !session.authenticated;
    }
    lookAhead.reset();
    input.rest();
    if (input.size > this.#core.limits.queryBufferBytes) this.#queryBufferExceeded();
    if (session.reply.length > 0 || session.closeAfterReply) this.#core.schedule(this);
    const { unblocked, closing, feed } = instance;
    if (unblocked.length > 0 || closing.length > 0 || feed.hasOutput) this.#core.schedule(this);
  }

  #protocolError(): void {
    this.session.reply.error(this.input.parser.error);
    this.session.closeAfterReply = true;
  }

  #queryBufferExceeded(): void {
    this.#core.log.warn("Closing client that reached max query buffer length");
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
    if (reply.length > 0) {
      const length = reply.length;
      const statistics = this.#core.instance.statistics;
      statistics.outputBytes += length;
      statistics.writesProcessed++;
      const reusable = this.#connection.write(reply.bytes, length);
      reply.sent(reusable && reply.bytes.length <= KEPT_REPLY_BYTES);
      if (!reusable) this.#checkOutput();
    }
    if (session.closeAfterReply && !this.#ended) {
      this.#ended = true;
      this.#connection.end();
      return;
    }
    if (this.#connection.unsentBytes > UNSENT_PAUSE_BYTES) this.#pause();
    else if (this.#held) this.proceed();
  }

  /** Writes as much of the snapshot as the connection takes, and then the stream. */
  #flushReplica(replica: Replica): void {
    const { session } = this;
    const connection = this.#connection;
    if (session.reply.length > 0) {
      this.#core.log.warn(`Replica generated a reply to '${session.lastCommand?.fullName}'`);
      this.destroy();
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
    if (replica.online && stream.length > 0) {
      this.#countReplicaOutput(stream.length);
      const reusable = connection.write(stream.bytes, stream.length);
      stream.sent(reusable && stream.bytes.length <= KEPT_REPLY_BYTES);
    }
    if (connection.unsentBytes > 0) this.#checkOutput();
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
    this.#core.forget(this);
  }

  /** Time passes for this connection: limits and idle memory. */
  tick(): void {
    const { session, input } = this;
    input.shrink(this.#core.instance.nowMs - session.lastInteractionMs);
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
    const { limits, instance, log } = this.#core;
    const unsent = this.unsentBytes;
    assert.ok(unsent >= 0);
    const { hardBytes, softBytes, softSeconds } = this.session.replica?.attached
      ? limits.replicaOutput
      : limits.output;
    let over = hardBytes > 0 && unsent > hardBytes;
    if (softBytes > 0 && unsent > softBytes) {
      if (this.#overSoftSinceMs === 0) this.#overSoftSinceMs = instance.nowMs;
      over ||= instance.nowMs - this.#overSoftSinceMs > softSeconds * 1000;
    } else {
      this.#overSoftSinceMs = 0;
    }
    if (!over) return;
    log.warn("Client scheduled to be closed ASAP for overcoming of output buffer limits.");
    this.destroy();
  }
}
