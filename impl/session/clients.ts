import type { Users } from "../access/users.ts";
import { assert } from "../assert.ts";
import type { ReplicationFeed } from "../replication/feed.ts";
import { LargeBuffers } from "../resp/large-buffers.ts";
import type { Request } from "../resp/request.ts";
import { recount } from "./client-memory.ts";
import type { DataSet } from "./data-set.ts";
import type { ExecutionObserver } from "./observer.ts";
import { RecentMaxima } from "./recent-maxima.ts";
import { type Blocked, type ConnectionFacts, Session } from "./session.ts";
import type { Statistics } from "./statistics.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Timing } from "./timing.ts";
import { Waits } from "./waits.ts";

/** A span during which the commands of clients wait: CLIENT PAUSE. */
export interface Pause {
  readonly mode: "all" | "write";
  readonly untilMs: number;
}

/** What the clients need of the instance that has them. */
export interface ClientsHost {
  readonly users: Users;
  readonly statistics: Statistics;
  readonly time: Timing;
  readonly data: DataSet;
  readonly feed: ReplicationFeed;
  readonly observer: ExecutionObserver | null;
  readonly tracking: { disable(session: Session): void };
}

function ignore(): void {}

/** The sessions of one server: who is connected, who waits, who is to be told or to go. */
export class Clients {
  readonly #host: ClientsHost;
  readonly sessions = new Map<number, Session>();
  /** Sessions that have been given something between their requests: see `push.ts`. */
  readonly pushed: Session[] = [];
  /** Who listens to what. */
  readonly subscriptions = new Subscriptions();
  /** Told of each session at once when it has been given something; the transport limits it. */
  onPushed: (session: Session) => void = ignore;
  /** Sessions that wait: see `blocking.ts`. */
  readonly waits: Waits;
  /** Sessions whose wait is over; the transport takes them by `resumeUnblocked`. */
  readonly unblocked: Session[] = [];
  /** Sessions that a command has disconnected; the transport closes their connections. */
  readonly closing: Session[] = [];
  /** How large their buffers were lately. */
  readonly recent = new RecentMaxima();
  /** What their long replies lend one another. */
  readonly large = new LargeBuffers();
  pause: Pause | null = null;
  #nextSessionId = 1;

  constructor(host: ClientsHost) {
    this.#host = host;
    this.waits = new Waits(host.data);
  }

  /** Registers a client. */
  connect(facts: ConnectionFacts): Session {
    const { users, statistics, time } = this.#host;
    const { large } = this;
    const authenticated = !users.mustAuthenticate;
    const session = new Session(this.#nextSessionId++, facts, time.nowMs, authenticated, large);
    session.user = users.default;
    session.reply.onError = statistics.recordError;
    this.sessions.set(session.id, session);
    statistics.connectionsReceived++;
    return session;
  }

  /** Forgets a client: its transaction, watches, subscriptions and cache, its place in the registry. */
  disconnect(session: Session): void {
    if (session.closed) return;
    const { observer, data, feed } = this.#host;
    if (observer !== null) observer.disconnects(session);
    session.endTransaction();
    data.watches.unwatch(session);
    this.#host.tracking.disable(session);
    this.subscriptions.removeAll(session);
    if (session.replica !== null) feed.detach(session.replica);
    this.waits.end(session);
    session.closed = true;
    recount(this.#host.statistics, session);
    this.sessions.delete(session.id);
  }

  /** A command disconnects a client: itself, which `own` is, once it is answered; others at once. */
  close(session: Session, own: Session): void {
    if (session === own) {
      session.closeAfterReply = true;
      return;
    }
    this.disconnect(session);
    this.closing.push(session);
  }

  /** True during CLIENT PAUSE, whatever it holds back. */
  get isPaused(): boolean {
    return this.pause !== null && this.#host.time.nowMs < this.pause.untilMs;
  }

  /** Lets a session wait. It gets no further request until the wait is over. */
  block(session: Session, blocked: Blocked): void {
    this.waits.begin(session, blocked);
    const { observer } = this.#host;
    if (observer !== null) observer.blocks(session);
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
    const databases = this.#host.data.databases.length;
    for (const [id, session] of this.sessions) {
      assert(session.id === id, "a session is known by its number");
      assert(!session.closed, "a session that is gone is known");
      const { blocked, database, outbox } = session;
      assert(blocked === null || this.waits.of(blocked.reason).has(session), "a lost wait");
      assert(database >= 0 && database < databases, "a selected database that is not there");
      assert(session.queue !== null || !session.dirtyExec, "dirtyExec outside MULTI");
      outbox.verifyInvariants();
      assert(this.#host.users.byName(session.user.name) === session.user, "a user who is gone");
    }
    this.waits.verifyInvariants();
    this.large.verifyInvariants();
    this.recent.verifyInvariants();
    this.subscriptions.verifyInvariants(this.sessions.values());
  }
}
