/**
 * Model and implementation side by side: after every command the implementation's whole state must
 * mean the model's state, its reply must be one that the model admits, its effects must rebuild the
 * state, and its invariants must hold.
 */
import { Schema } from "effect";
import type { Session } from "../../impl/session/session.ts";
import {
  admitsAll,
  connect,
  decode,
  disconnect,
  type Entry,
  endOverdue,
  endsByTime,
  execute,
  expireNow,
  forgetExpired,
  type Given,
  initial,
  isDeterministic,
  type Message,
  makeRoom,
  type Reply,
  type Room,
  State,
  sameLibraries,
  settle,
  tellCaches,
} from "../../model/keyspace/index.ts";
import {
  abstractDatabase,
  abstractLibraries,
  databaseDifference,
  differenceFrom,
} from "../abstraction/keyspace.ts";
import { draws, hidesDraw } from "../draws.ts";
import { resolveArgs, type Sequence, type Step } from "../generators/step.ts";
import { actorOf, leavesOrderOpen } from "../waiting.ts";
import { Shadow } from "./shadow.ts";
import { SnapshotCheck } from "./snapshot-check.ts";
import { World } from "./world.ts";

/** Where the two sides part. */
export interface Divergence {
  /** Index of the step. */
  readonly at: number;
  readonly kind: "reply" | "state" | "effects" | "invariant";
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
}

/** Counts of what a run has seen. */
export interface Tally {
  steps: number;
  effects: number;
  /** Waits for keys that have ended. */
  waitsEnded: number;
  /** Keys that have gone to make room. */
  evictions: number;
  /** Commands before which nothing more could go, and there was still too much. */
  shortages: number;
  /** Snapshots that were written between commands. */
  snapshots: number;
  replies: Map<string, number>;
}

/** Nothing has been seen. */
export function newTally(): Tally {
  return {
    steps: 0,
    effects: 0,
    waitsEnded: 0,
    evictions: 0,
    shortages: 0,
    snapshots: 0,
    replies: new Map(),
  };
}

/**
 * The outcome of a sequence: null when both sides agree to the end.
 *
 * @param seed of the implementation's chance
 * @param world where the implementation runs; a test gives one that misbehaves
 */
export function runLockstep(
  sequence: Sequence,
  seed: number,
  tally: Tally,
  world: World = new World(seed),
): Divergence | null {
  return new Lockstep(sequence, world, tally).run();
}

/** A message as its session gets it. */
function written({ protocol, reply }: Message): Reply {
  return { _tag: "In", protocol, reply };
}

/** A snapshot goes on for up to so many keys after each command. */
const KEYS_OF_SNAPSHOT = 5;

class Diverged extends Error {
  readonly divergence: Divergence;
  constructor(divergence: Divergence) {
    super(divergence.kind);
    this.divergence = divergence;
  }
}

class Lockstep {
  readonly #sequence: Sequence;
  readonly #tally: Tally;
  readonly #world: World;
  readonly #shadow = new Shadow();
  readonly #snapshots: SnapshotCheck;
  readonly #sessions: (Session | undefined)[];
  #state: State = initial();
  #at = 0;

  constructor(sequence: Sequence, world: World, tally: Tally) {
    this.#sequence = sequence;
    this.#tally = tally;
    this.#world = world;
    this.#snapshots = new SnapshotCheck(world.instance);
    this.#sessions = sequence.protocols.map(() => undefined);
  }

  run(): Divergence | null {
    try {
      for (const [connection] of this.#sequence.protocols.entries()) this.#open(connection);
      for (const [at, step] of this.#sequence.steps.entries()) {
        this.#at = at;
        this.#step(step);
      }
      Schema.asserts(State, this.#state);
      return null;
    } catch (error) {
      if (error instanceof Diverged) return error.divergence;
      const { message, stack } = error as Error;
      return {
        at: this.#at,
        kind: "invariant",
        where: "exception",
        expected: "none",
        actual: stack ?? message,
      };
    }
  }

  #step(step: Step): void {
    if (step._tag === "Wait") this.#wait(step.ms);
    else if (step._tag === "Disconnect") this.#close(step.connection);
    else {
      const connection = this.#actor(step.connection);
      const session = this.#sessions[connection] ?? this.#open(connection);
      const ids = (connection: number): number => this.#sessions[connection]?.id ?? 0;
      const { eviction } = this.#world.instance;
      const args = resolveArgs(step.invocation.args, ids, () => eviction.countedBytes);
      this.#command(session, args, step.invocation.name);
    }
    this.#tally.steps++;
  }

  /** Who takes the step. Where all wait, the one that it names goes away and comes again. */
  #actor(connection: number): number {
    const idOf = (one: number): number | undefined => this.#sessions[one]?.id;
    const actor = actorOf([this.#state], connection, this.#sessions.length, idOf);
    if (actor === null) this.#close(connection);
    return actor ?? connection;
  }

  /**
   * Time passes; every other time active expiry runs. The generators wait until any short lifetime
   * is over, which a real clock needs; here a wait may end before, at or after that moment.
   *
   * @param mostMs the longest wait
   */
  #wait(mostMs: number): void {
    this.#world.advance(1 + (this.#at % mostMs));
    const given = this.#tick(this.#at % 2 === 0);
    this.#compareMessages(this.#messagesOf(given), this.#world.takeMessages());
    this.#check();
  }

  /** The server's tick: waits end whose time is up; after active expiry those whose key is over. */
  #tick(expires: boolean): readonly Given[] {
    if (expires) {
      this.#world.expire();
      this.#state = expireNow(this.#state, this.#nowMs);
    }
    this.#world.tick();
    const overdue = this.#passTime();
    if (!expires) return overdue;
    const { state, given } = settle(this.#state, this.#nowMs);
    this.#state = state;
    return [...overdue, ...given];
  }

  /** Active expiry runs where somebody waits for the end of a key that is over: the model tells them at once. */
  #endByTime(): readonly Given[] {
    return endsByTime(this.#state, this.#nowMs) ? this.#tick(true) : [];
  }

  /** Waits end whose time is up. */
  #passTime(): readonly Given[] {
    const { state, given } = endOverdue(this.#state, this.#nowMs);
    this.#state = state;
    return given;
  }

  #open(connection: number): Session {
    const session = this.#world.connect();
    this.#sessions[connection] = session;
    this.#state = connect(this.#state, session.id);
    if (this.#sequence.protocols[connection] === 3) this.#command(session, ["HELLO", "3"], "HELLO");
    return session;
  }

  #close(connection: number): void {
    const session = this.#sessions[connection];
    if (session === undefined) return;
    this.#sessions[connection] = undefined;
    this.#world.disconnect(session);
    this.#state = disconnect(this.#state, session.id);
    this.#check();
  }

  #command(session: Session, args: readonly string[], name: string): void {
    const before = this.#state.sessions.get(session.id)!;
    if (hidesDraw(before, args) || leavesOrderOpen(this.#state, before, name)) return;
    const isDrawn = draws(before, args);
    const ended = this.#endByTime();
    if (ended.length > 0) {
      this.#compareMessages(this.#messagesOf(ended), this.#world.takeMessages());
    }
    const sent = this.#world.send(session, args);
    const answered = isDrawn ? decode(sent.reply).reply : undefined;
    const overdue = sent.hasWaited ? this.#passTime() : [];
    let hasAsked = false;
    const room = (): Room => {
      hasAsked = true;
      return sent.room;
    };
    const step = execute(this.#state, session.id, args, this.#nowMs, { answered, room });
    const roomier = makeRoom(step.state, { evicted: sent.evictedAfter, isOut: false });
    const told = tellCaches(roomier);
    const later = settle(told.state, this.#nowMs);
    this.#state = later.state;
    const { evicted } = sent.room;
    if (!hasAsked && evicted.length > 0) {
      this.#diverge("state", "room", "none is made", `${JSON.stringify(evicted)} go`);
    }
    if (sent.room.isOut) this.#tally.shortages++;
    this.#tally.evictions += evicted.length + sent.evictedAfter.length;
    const isOwn = ({ sessionId }: Message): boolean => sessionId === session.id;
    const late = [...step.late, ...told.messages];
    const own = [...step.messages, ...late].filter(isOwn).map(written);
    const { protocol } = session.reply;
    this.#compareReplies([...step.replies, ...own], sent.reply, protocol, name);
    this.#compareMessages(
      [
        ...step.messages.filter((message) => !isOwn(message)),
        ...this.#messagesOf([...overdue, ...step.given, ...later.given]),
        ...late.filter((message) => !isOwn(message)),
      ],
      sent.messages,
    );
    if (step.closes !== sent.closed) {
      this.#diverge("reply", "connection", `closes: ${step.closes}`, `closes: ${sent.closed}`);
    }
    for (const [i, open] of this.#sessions.entries()) {
      if (open?.closed) this.#sessions[i] = undefined;
    }
    this.#check();
  }

  #compareReplies(expected: readonly Reply[], actual: string, protocol: 2 | 3, name: string): void {
    if (!admitsAll(expected, actual, protocol)) {
      this.#diverge("reply", name, JSON.stringify(expected, bigints), JSON.stringify(actual));
    }
    for (const reply of expected) {
      const kind = `${name} ${isDeterministic(reply) ? "" : "free "}${reply._tag}`;
      this.#tally.replies.set(kind, (this.#tally.replies.get(kind) ?? 0) + 1);
    }
  }

  /** What sessions are given whose waits have ended, as messages. */
  #messagesOf(given: readonly Given[]): readonly Message[] {
    return given.flatMap(({ sessionId, replies }) => {
      const { protocol } = this.#state.sessions.get(sessionId)!;
      this.#tally.waitsEnded++;
      return replies.map((reply) => ({ sessionId, protocol, reply }));
    });
  }

  /** What other sessions were given: the same, each in its own order. */
  #compareMessages(expected: readonly Message[], actual: ReadonlyMap<number, string>): void {
    const receivers = new Set([...expected.map(({ sessionId }) => sessionId), ...actual.keys()]);
    for (const id of receivers) {
      const own = expected.filter(({ sessionId }) => sessionId === id).map(written);
      this.#compareReplies(own, actual.get(id) ?? "", 2, "(message)");
    }
  }

  /** The whole state, the effects and the invariants. */
  #check(): void {
    const { instance, journal, nowMs } = this.#world;
    // A key that was stored with a time in the past is still in the model's state, and gone in ours.
    const difference = differenceFrom(instance, forgetExpired(this.#state, BigInt(nowMs)));
    if (difference !== null) {
      this.#diverge("state", difference.where, difference.expected, difference.actual);
    }
    for (const bytes of journal.take()) {
      this.#tally.effects++;
      this.#shadow.replay(bytes);
    }
    for (const [index, keyspace] of instance.data.databases.entries()) {
      const ours = abstractDatabase(keyspace, instance.time.nowMs);
      const rebuilt = living(this.#shadow.state.databases[index] ?? new Map(), nowMs);
      const lost = databaseDifference(ours, rebuilt, false);
      if (lost !== null)
        this.#diverge("effects", `database ${index} ${lost.where}`, lost.expected, lost.actual);
    }
    const libraries = abstractLibraries(instance);
    const rebuilt = this.#shadow.state.libraries;
    if (!sameLibraries(rebuilt, libraries)) {
      const names = (all: typeof libraries) => JSON.stringify([...all.values()]);
      this.#diverge("effects", "libraries", names(rebuilt), names(libraries));
    }
    const untrue = this.#snapshots.proceed(this.#state, 1 + (this.#at % KEYS_OF_SNAPSHOT));
    if (untrue !== null) this.#diverge("state", untrue.where, untrue.expected, untrue.actual);
    this.#tally.snapshots += this.#snapshots.compared;
    this.#snapshots.compared = 0;
    instance.verifyInvariants();
    if (instance.clients.waits.keys.hasReady) {
      this.#diverge("state", "keys that have come", "none", "one that nobody was served from");
    }
  }

  #diverge(kind: Divergence["kind"], where: string, expected: string, actual: string): never {
    throw new Diverged({ at: this.#at, kind, where, expected, actual });
  }

  get #nowMs(): bigint {
    return BigInt(this.#world.nowMs);
  }
}

function living(database: ReadonlyMap<string, Entry>, nowMs: number): ReadonlyMap<string, Entry> {
  const alive = new Map<string, Entry>();
  for (const [key, entry] of database) {
    if (entry.expireAtMs === null || BigInt(nowMs) <= entry.expireAtMs) alive.set(key, entry);
  }
  return alive;
}

function bigints(_: string, part: unknown): unknown {
  return typeof part === "bigint" ? String(part) : part;
}
