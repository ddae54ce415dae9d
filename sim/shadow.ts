/**
 * The model in lockstep: every command that the server has run, the model runs too; then the
 * server's state must mean the model's state, and its reply must be one that the model admits.
 */
import type { Instance } from "../impl/session/instance.ts";
import type { Session } from "../impl/session/session.ts";
import {
  admitsAll,
  broadcast,
  connect,
  decode,
  disconnect,
  endWait,
  expireNow,
  forgetExpired,
  initial,
  type Message,
  makeRoom,
  type Reply,
  type Room,
  run,
  type Served,
  type State,
  sameLibraries,
  serve,
  tellServed,
  type Victim,
} from "../model/keyspace/index.ts";
import {
  abstractDatabase,
  abstractLibraries,
  databaseDifference,
  differenceFrom,
} from "../refinement/abstraction/keyspace.ts";
import { draws } from "../refinement/draws.ts";
import { Violated } from "./violation.ts";

/** What a session was given that answers none of its requests, one character per byte. */
export interface Given {
  readonly sessionId: number;
  readonly text: string;
}

/** What has come of a command. */
export interface Seen {
  /** As the server wrote it, one character per byte; empty where it waits. */
  readonly reply: string;
  /** There was no room for it, and nothing more might go. */
  readonly isOut?: boolean;
  /** Why the log could not be written before it. */
  readonly unwritable?: string | undefined;
  /** What sessions were given beside it, in order. */
  readonly messages?: readonly Given[];
  /** What sessions were given whose waits it has ended itself. */
  readonly ended?: readonly Given[];
}

/** What the databases hold at some moment, and the libraries of functions; never altered in place. */
export type Data = Pick<State, "databases" | "lingering" | "libraries">;

/** What an empty server holds. */
export const NO_DATA: Data = initial();

/** The model beside one server. */
export class Shadow {
  #state: State = initial();
  /** What sessions are owed of their caches, behind what they have been given. */
  #owed: readonly Message[] = [];
  /** How many commands have been compared. */
  compared = 0;

  /** What the model's databases hold, and its libraries. */
  get data(): Data {
    const { databases, lingering, libraries } = this.#state;
    return { databases, lingering, libraries };
  }

  /** A client has connected. */
  connect(sessionId: number): void {
    this.#state = connect(this.#state, sessionId);
  }

  /** A client is gone. */
  disconnect(sessionId: number): void {
    if (this.#state.sessions.has(sessionId)) this.#state = disconnect(this.#state, sessionId);
  }

  /**
   * A session's command has run: the model runs it, and its replies are compared.
   *
   * @param seen what the server has done
   */
  ran(
    instance: Instance,
    session: Session,
    args: readonly string[],
    { reply: actual, isOut = false, unwritable, messages = [], ended = [] }: Seen,
  ): void {
    this.#nobodyIsForgotten(instance);
    const before = this.#state.sessions.get(session.id);
    const isDrawn = before !== undefined && draws(before, args);
    const answered = isDrawn ? decode(actual).reply : undefined;
    const nowMs = BigInt(instance.time.nowMs);
    // The keys that went before it have been told one by one.
    const room = (): Room => ({ evicted: [], isOut });
    const step = run(this.#state, session.id, args, nowMs, { answered, unwritable, room });
    this.#state = step.state;
    this.#owed = [...this.#owed, ...step.late];
    this.compared++;
    this.#compareEnds(show(args), step.given, ended);
    const protocol = session.reply.protocol;
    compareMessages(show(args), step.messages, messages);
    if (admitsAll(step.replies, actual, protocol)) return;
    throw new Violated("reply", `${show(args)} is answered wrongly`, [
      `the model admits ${show(step.replies)}`,
      `the server says  ${JSON.stringify(actual)}`,
    ]);
  }

  /**
   * Between requests: beside replies and messages, sessions were told what may not stay in their caches,
   * all of it. Who wants to know of prefixes may be told later, at the end of a loop turn.
   */
  told(instance: Instance, actual: readonly Given[]): void {
    const rest = tellServed(this.#state, 0);
    const isLater = instance.tracking.broadcasts.hasChanged;
    const late = isLater ? { state: rest.state, messages: [] } : broadcast(rest.state);
    this.#state = late.state;
    const owed = [...this.#owed, ...rest.messages, ...late.messages];
    this.#owed = [];
    const { sessions } = instance.clients;
    const isHere = ({ sessionId }: { readonly sessionId: number }): boolean =>
      sessions.get(sessionId)?.closeAfterReply === false;
    compareMessages("what changes", owed.filter(isHere), actual.filter(isHere));
  }

  /** Sessions whose waits a command has ended itself: the same, and with the same replies. */
  #compareEnds(by: string, wanted: readonly Served["given"][], actual: readonly Given[]): void {
    for (const [i, given] of wanted.entries()) this.#compareGiven(by, given, actual[i]);
    if (actual.length <= wanted.length) return;
    throw new Violated("reply", `${by} ends a wait that it should not`, [show(actual)]);
  }

  #compareGiven(by: string, wanted: Served["given"], actual: Given | undefined): void {
    const { sessionId, replies } = wanted;
    const { protocol } = this.#state.sessions.get(sessionId)!;
    if (actual?.sessionId === sessionId && admitsAll(replies, actual.text, protocol)) return;
    throw new Violated("reply", `${by}: session ${sessionId} waits, and is not given its due`, [
      `the model gives  ${show(replies)}`,
      `the server gives ${show(actual)}`,
    ]);
  }

  /** Somebody who waits was served, between commands: it is their turn, and their due. */
  served(instance: Instance, given: Given): void {
    const next = serve(this.#state, BigInt(instance.time.nowMs));
    if (!("given" in next)) {
      throw new Violated("reply", `session ${given.sessionId} is served, and nothing has come`, [
        show(given),
      ]);
    }
    const told = tellServed(next.state, given.sessionId);
    this.#state = told.state;
    this.#owed = [...this.#owed, ...told.messages];
    this.#compareGiven("who is served", next.given, given);
  }

  /** Somebody's time is up, between commands. */
  timedOut(instance: Instance, given: Given): void {
    const waiter = this.#state.waiting.find(({ sessionId }) => sessionId === given.sessionId);
    const { untilMs = null } = waiter ?? {};
    if (untilMs === null || untilMs > BigInt(instance.time.nowMs)) {
      throw new Violated("reply", `session ${given.sessionId} waits no more before its time is up`);
    }
    const ended = endWait(this.#state, given.sessionId, "timeout");
    this.#state = ended.state;
    this.#compareGiven("a time that is up", ended.given, given);
  }

  /** No wake-up is lost: when a command and those that it serves have run, nobody waits for what is there. */
  #nobodyIsForgotten(instance: Instance): void {
    const next = serve(this.#state, BigInt(instance.time.nowMs));
    if ("given" in next) {
      throw new Violated("reply", `session ${next.given.sessionId} was to be served, and was not`, [
        `the model gives ${show(next.given.replies)}`,
      ]);
    }
    this.#state = next;
  }

  /**
   * The server has refused a command because its log cannot be written. To the model that is as if
   * the command did not exist: it spoils a transaction that is being queued, and ends one that
   * was to run.
   */
  refused(instance: Instance, session: Session, args: readonly string[]): void {
    this.#nobodyIsForgotten(instance);
    const isExec = args[0]?.toLowerCase() === "exec";
    const known = isExec ? ["EXEC", "refused"] : ["refused"];
    this.#state = run(this.#state, session.id, known, BigInt(instance.time.nowMs)).state;
  }

  /** A key has gone to make room: before the command whose turn it is, or between two. */
  evicted(instance: Instance, victim: Victim): void {
    const state = forgetExpired(this.#state, BigInt(instance.time.nowMs));
    this.#state = makeRoom(state, { evicted: [victim], isOut: false });
  }

  /** Active expiry has run. */
  expired(instance: Instance): void {
    const isDone = instance.data.databases.every(
      (keyspace) => keyspace.earliestExpired(instance.time.nowMs) === 0,
    );
    if (!isDone) return;
    this.#state = expireNow(this.#state, BigInt(instance.time.nowMs));
  }

  /** The server's whole state must mean the model's. */
  compare(instance: Instance, after: string): void {
    this.#state = forgetExpired(this.#state, BigInt(instance.time.nowMs));
    // Who has ended its stream and is still owed replies is there for the model, too.
    const leaving = (session: Session): boolean =>
      !this.#state.sessions.has(session.id) &&
      (session.closeAfterReply || instance.clients.closing.includes(session));
    const difference = differenceFrom(instance, this.#state, leaving);
    if (difference === null) return;
    throw new Violated("state", `after ${after}, ${difference.where} differs`, [
      `the model has  ${difference.expected}`,
      `the server has ${difference.actual}`,
    ]);
  }

  /** The server's process has ended, and with it everything in memory. */
  forget(): void {
    this.#owed = [];
    this.#state = initial();
  }

  /**
   * The server has been started and has recovered: its data must be those of `expected`, the
   * state after the last unit that survived. The model goes on from there.
   */
  restarted(instance: Instance, expected: Data, lsn: number): void {
    const nowMs = BigInt(instance.time.nowMs);
    const living = forgetExpired({ ...initial(), ...expected }, nowMs);
    const databases = instance.data.databases.map((keyspace, index) => {
      const ours = abstractDatabase(keyspace, instance.time.nowMs);
      const theirs = living.databases[index]!;
      const difference = databaseDifference(theirs, ours, false);
      if (difference !== null) {
        throw new Violated(
          "recovery",
          `database ${index} ${difference.where} is not as unit ${lsn} left it`,
          [`the model has  ${difference.expected}`, `the server has ${difference.actual}`],
        );
      }
      return ours;
    });
    const libraries = abstractLibraries(instance);
    if (!sameLibraries(living.libraries, libraries)) {
      throw new Violated("recovery", `the libraries are not as unit ${lsn} left them`, [
        `the model has  ${show([...living.libraries.values()])}`,
        `the server has ${show([...libraries.values()])}`,
      ]);
    }
    // Keys whose time is past are still there until somebody comes across them.
    this.#state = { ...living, databases };
  }
}

/** Each session is given the same, in its own order. */
function compareMessages(by: string, expected: readonly Message[], actual: readonly Given[]): void {
  for (const id of new Set([...expected, ...actual].map(({ sessionId }) => sessionId))) {
    const wanted = expected.filter(({ sessionId }) => sessionId === id);
    const replies = wanted.map(({ protocol, reply }): Reply => ({ _tag: "In", protocol, reply }));
    const given = actual.filter(({ sessionId }) => sessionId === id);
    const text = given.map((one) => one.text).join("");
    if (admitsAll(replies, text, 2)) continue;
    throw new Violated("reply", `${by} gives session ${id} something else`, [
      `the model admits ${show(replies)}`,
      `the server gives ${JSON.stringify(text)}`,
    ]);
  }
}

const SHOWN_LENGTH = 300;

/** A value for a reader. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
