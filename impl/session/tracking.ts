/**
 * Client-side caching: who may have which key in its cache, and who is told that a key has changed.
 *
 * Source:
 * https://redis.io/docs/latest/develop/reference/client-side-caching/
 */
import { assert, CHECKED } from "../assert.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { NOTHING, RUNNING } from "../gate/outbox.ts";
import type { Random } from "../ports/random.ts";
import type { ReplyWriter } from "../resp/reply.ts";
import { latin1, type Request } from "../resp/request.ts";
import { Broadcasts, inOrder } from "./broadcasts.ts";
import type { KeyTracker } from "./changes.ts";
import type { CommandDeclaration } from "./command-declaration.ts";
import type { DataSet } from "./data-set.ts";
import { KEY_EVENT, type KeyEvent } from "./key-events.ts";
import { extractKeys } from "./key-extraction.ts";
import type { Outcome } from "./observer.ts";
import { type PushHost, push } from "./push.ts";
import type { Session } from "./session.ts";
import { SessionTracking, type TrackingOptions } from "./session-tracking.ts";
import type { Settings } from "./settings.ts";
import { TrackingTable } from "./tracking-table.ts";

/** The channel of invalidations for those who speak RESP2. */
const CHANNEL = "__redis__:invalidate";
/** Why a session is told that a key may not stay in its cache. */
type Cause = "command" | "time" | "room";

/** Keys that are forgotten at a time while there are too many; more each time that this does not do. */
const FORGOTTEN_AT_ONCE = 100;

/** Whose commands run, from the client's own to the innermost one. */
export interface RunningSessions {
  /** The client whose request runs; null between requests. */
  readonly client: Session | null;
  /** Who runs the innermost command: a script's own session within one. */
  readonly caller: Session | null;
}

/** What tracking needs of the instance that has it. */
export interface TrackingHost extends PushHost {
  readonly settings: Settings;
  readonly random: Random;
  readonly data: DataSet;
  readonly executor: RunningSessions;
}

/** What a session is to be told: a key, or null for all of them. */
interface Told {
  readonly session: Session;
  readonly tracking: SessionTracking;
  readonly key: string | null;
}

/** Remembers what sessions read, and tells them when it changes. */
export class Tracking implements KeyTracker {
  readonly #instance: TrackingHost;
  readonly table: TrackingTable;
  readonly broadcasts = new Broadcasts();
  readonly #sessions = new Set<Session>();
  /** What clients whose requests run, or have been put aside, are told once they have their replies. */
  #own: Told[] = [];
  /** How often in a row too many keys were left. */
  #rounds = 0;
  /** Some session has its cache looked after, or is to be told of something. */
  isOn = false;

  /** @param hashKey the secret key of the table's hash */
  constructor(instance: TrackingHost, hashKey: readonly [number, number]) {
    this.#instance = instance;
    this.table = new TrackingTable(hashKey);
  }

  /** Number of sessions that have their caches looked after. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Begins, or changes what a session has asked for; what it has read so far stays remembered. */
  enable(session: Session, options: TrackingOptions, prefixes: readonly string[]): void {
    session.tracking ??= new SessionTracking();
    const { tracking } = session;
    const { isBroadcast, isOptIn, isOptOut, isNoLoop, redirection } = options;
    Object.assign(tracking, { isBroadcast, isOptIn, isOptOut, isNoLoop, redirection });
    tracking.isBroken = false;
    for (const prefix of prefixes) this.broadcasts.add(session, tracking, prefix);
    this.#sessions.add(session);
    this.#follow();
  }

  /** Ends it for a session. What it has read stays remembered until it changes. */
  disable(session: Session): void {
    const { tracking } = session;
    if (tracking === null) return;
    this.broadcasts.remove(session, tracking);
    session.tracking = null;
    this.#sessions.delete(session);
    this.#follow();
  }

  /** A command has read its keys for a session, or those that a script has named for it. */
  remember(session: Session, command: CommandDeclaration, request: Request): void {
    if (session.tracking?.remembers !== true) return;
    const { bytes, offsets, lengths } = request;
    for (const { position } of extractKeys(command, request) ?? []) {
      const offset = offsets[position]!;
      const length = lengths[position]!;
      try {
        this.table.remember(bytes, offset, length, session.id);
      } catch (error) {
        if (!(error instanceof OutOfMemory)) throw error;
        // What cannot be remembered must not stay in the cache.
        this.#owe({ session, tracking: session.tracking, key: latin1(bytes, offset, length) });
      }
    }
    this.#follow();
  }

  /** A key has changed: whoever may have it in its cache is told, and it is remembered no more. */
  changed(bytes: Uint8Array, offset: number, length: number, event: KeyEvent): void {
    const { executor } = this.#instance;
    // A key whose time is past, or for which there is no room, goes by itself, whoever is there.
    const hasPassed = event === KEY_EVENT.expired || event === KEY_EVENT.evicted;
    if (this.broadcasts.size > 0) {
      this.broadcasts.note(latin1(bytes, offset, length), hasPassed ? null : executor.caller);
    }
    const ref = this.table.find(bytes, offset, length);
    if (ref !== 0) this.#invalidate(ref, hasPassed ? "time" : "command");
  }

  /** Databases were emptied: whoever has a cache is told to forget all of it. */
  flushed(): void {
    // In Redis' order: two of them may have the same session told.
    for (const session of inOrder(this.#sessions)) this.#tell(session, session.tracking!, null);
    this.table.clear();
    this.#follow();
  }

  /**
   * Remembers less, while there are more keys than `tracking-table-max-keys`: as far as a try goes.
   * Call it between requests.
   */
  limit(): void {
    const most = this.#instance.settings.trackingTableMaxKeys;
    if (most === 0 || this.table.size <= most) {
      this.#rounds = 0;
      return;
    }
    for (let left = FORGOTTEN_AT_ONCE * ++this.#rounds; left > 0; left--) {
      this.#invalidate(this.table.draw(this.#instance.random), "room");
      if (this.table.size > most) continue;
      this.#rounds = 0;
      break;
    }
  }

  /** The end of a loop turn: tells of the keys with prefixes that have changed in it. */
  broadcast(): void {
    const { observer } = this.#instance;
    if (observer !== null) observer.turnEnds();
    this.broadcasts.tell((session, tracking, keys) =>
      this.#send(session, tracking, RUNNING, (writer) => {
        writer.array(keys.length);
        for (const key of keys) bulk(writer, key);
      }),
    );
  }

  /** A request is dealt with: its client is told what it was to be told of. */
  ends(session: Session, outcome: Outcome): void {
    this.tellOwn(session);
    const { tracking, lastCommand } = session;
    if (tracking === null || outcome === "postponed" || session.queue !== null) return;
    // CLIENT CACHING means the next command that is none of CLIENT's, or the next transaction.
    if (lastCommand?.fullName.startsWith("client|") !== true) tracking.isCaching = false;
  }

  /** Tells the client whose request runs, behind the reply that is open. */
  tellOwn(session: Session): void {
    if (this.#own.length === 0) return;
    const due = this.#own.filter((one) => one.session === session);
    this.#own = this.#own.filter((one) => one.session !== session);
    for (const { tracking, key } of due) {
      if (!session.closed) this.#now(session, tracking, key, RUNNING);
    }
    this.#follow();
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    const { clients } = this.#instance;
    this.table.verifyInvariants();
    this.broadcasts.verifyInvariants(clients.sessions.values());
    for (const { session } of this.#own) assert(session.isBusy, "a client was not told");
    let tracked = 0;
    for (const session of clients.sessions.values()) {
      if (session.tracking === null) continue;
      tracked++;
      const { isBroadcast, isOptIn, isOptOut, prefixes } = session.tracking;
      assert(this.#sessions.has(session), "a cache that nobody looks after");
      assert(
        isBroadcast === prefixes.size > 0,
        "who has prefixes is told of them, and nobody else",
      );
      assert(!(isOptIn && isOptOut) && !(isBroadcast && (isOptIn || isOptOut)), "one mode only");
    }
    assert(tracked === this.#sessions.size, "the cache of somebody who is gone");
    const isOwed = this.#own.length > 0;
    assert(this.isOn === (tracked > 0 || isOwed), "tracking is on while there are caches");
    assert(this.isHeard === this.#isWanted, "changes are heard while somebody may have to be told");
  }

  /** Whether changes of keys are told to this. */
  get isHeard(): boolean {
    return this.#instance.data.changes.tracker === this;
  }

  get #isWanted(): boolean {
    return this.#sessions.size > 0 || this.table.size > 0;
  }

  /** Nothing is looked at while nobody has a cache and nothing is remembered. */
  #follow(): void {
    this.isOn = this.#sessions.size > 0 || this.#own.length > 0;
    this.#instance.data.changes.tracker = this.#isWanted ? this : null;
  }

  /** Whoever may have an entry's key in its cache is told; then it is remembered no more. */
  #invalidate(ref: number, cause: Cause): void {
    const { clients, executor } = this.#instance;
    const key = this.table.keyOf(ref);
    for (const id of this.table.idsOf(ref)) {
      const session = clients.sessions.get(id);
      const tracking = session?.tracking ?? null;
      if (session === undefined || tracking === null || tracking.isBroadcast) continue;
      const isOwn = cause === "command" && session === executor.client;
      if (isOwn && tracking.isNoLoop) continue;
      // That room is needed says nothing of the data.
      if (cause === "room") this.#now(session, tracking, key, NOTHING);
      else this.#tell(session, tracking, key);
    }
    this.table.forget(ref);
    if (this.table.size === 0) this.#follow();
    const { observer } = this.#instance;
    if (cause === "room" && observer !== null) observer.forgets(key);
  }

  /** Tells a session now, or when its request that runs has its reply. */
  #tell(session: Session, tracking: SessionTracking, key: string | null): void {
    if (session !== this.#instance.executor.client) {
      this.#now(session, tracking, key, RUNNING);
      return;
    }
    this.#owe({ session, tracking, key });
  }

  #owe(told: Told): void {
    this.#own.push(told);
    this.isOn = true;
  }

  #now(session: Session, tracking: SessionTracking, key: string | null, dependency: number): void {
    this.#send(session, tracking, dependency, (writer) => {
      if (key === null) {
        // Redis takes the form that the session itself reads, also where another one is told.
        writer.raw(session.reply.protocol === 3 ? "_\r\n" : "$-1\r\n");
        return;
      }
      writer.array(1);
      bulk(writer, key);
    });
  }

  /** Sends an invalidation; `writeKeys` writes what it names. */
  #send(
    session: Session,
    tracking: SessionTracking,
    dependency: number,
    writeKeys: (writer: ReplyWriter) => void,
  ): void {
    const instance = this.#instance;
    const { redirection } = tracking;
    const target = redirection === 0 ? session : instance.clients.sessions.get(redirection);
    if (target === undefined || (target !== session && target.closeAfterReply)) {
      tracking.isBroken = true;
      if (session.reply.protocol === 2) return;
      push(instance, session, dependency, (writer) => {
        writer.push(2);
        writer.bulkText("tracking-redir-broken");
        writer.integer(redirection);
      });
      return;
    }
    if (CHECKED) assert(!target.closed, "who is gone is no client");
    const { protocol } = target.reply;
    if (protocol === 2 && (target === session || target.subscriptions === null)) return;
    push(instance, target, dependency, (writer) => {
      if (protocol === 3) {
        writer.push(2);
        writer.bulkText("invalidate");
      } else {
        writer.push(3);
        writer.bulkText("message");
        writer.bulkText(CHANNEL);
      }
      writeKeys(writer);
    });
  }
}

function bulk(writer: ReplyWriter, key: string): void {
  const bytes = Buffer.from(key, "latin1");
  writer.bulk(bytes, 0, bytes.length);
}
