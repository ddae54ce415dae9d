/**
 * The execution-observer port: who wants to see what a server executes is told here, and nowhere
 * else. Traces, MONITOR and the simulator look through it.
 */
import type { Request } from "../resp/request.ts";
import type { CommandRecord } from "./command-table.ts";
import type { Session } from "./session.ts";

/**
 * Where a command comes from: a client's own request, the queue that EXEC runs, a script or
 * function, the log at the start, or a wait that can be served now.
 */
export type Origin = "client" | "exec" | "script" | "replay" | "served";

/** A command that runs, as an observer sees it. */
export interface RunningCommand {
  readonly origin: Origin;
  readonly session: Session;
  readonly record: CommandRecord;
  readonly request: Request;
  /** Where in the session's replies its own reply begins. */
  readonly replyStart: number;
  /** Frames below it: 0 for a request of a client, 1 for a command inside EXEC. */
  readonly depth: number;
  /** Arguments that nobody must be shown; known once the command has run. */
  readonly redacted: readonly number[];
}

/**
 * How dispatch has dealt with a request: `ran`; `queued` by MULTI; `refused` before it could run;
 * `postponed` by CLIENT PAUSE, so that it comes again.
 */
export type Outcome = "ran" | "queued" | "refused" | "postponed";

/**
 * Told of each step, in order, between the changes that it makes. It looks, and changes nothing.
 *
 * A request is told by `arrives` when it is taken from the input, and by `begins` and `ends` when it
 * is dispatched; between those two, each command that it runs is told by `enters` and `leaves`. A
 * request that runs a script for long is told by `leftOff` and `goesOn` in between, and other requests
 * between those.
 */
export interface ExecutionObserver {
  /** A whole request of `session` has been taken from what it has sent. */
  arrives(session: Session, request: Request): void;
  /** Dispatch is about to decide about a request. */
  begins(session: Session, request: Request): void;
  /** A command begins to run: a client's own, and each of those inside EXEC and scripts. */
  enters(command: RunningCommand): void;
  /** It has run: its reply is written and its effects are encoded. */
  leaves(command: RunningCommand): void;
  /** The request is dealt with and its effects are with the journal. */
  ends(session: Session, outcome: Outcome): void;
  /** The script that a request runs has been left: others are dealt with until it `goesOn`. */
  leftOff(session: Session): void;
  goesOn(session: Session): void;
  /** The session begins to wait: it takes no further request. */
  blocks(session: Session): void;
  /** Its wait is over, and it has been given what it waited for or an end of its time. */
  unblocks(session: Session): void;
  /** The session has been given an item that answers no request: its outbox's newest one. */
  pushes(session: Session): void;
  /** Time has passed, and keys may be past theirs. */
  timePasses(): void;
  /** A key was removed in the background because its time is past, and that is with the journal. */
  expires(database: number, key: string): void;
  /** A key was removed to make room, before the request that has begun, and that is with the journal. */
  evicts(database: number, key: string): void;
  /** A key of which it was remembered who has read it was forgotten for room, and they are told. */
  forgets(key: string): void;
  /** Whoever wants to know of keys with a prefix is about to be told of those that have changed. */
  turnEnds(): void;
  /** The oldest `count` replies of `session` leave; the log's gate is open up to `gate`. */
  replies(session: Session, count: number, gate: number): void;
  /** The session is gone. */
  disconnects(session: Session): void;
}

/** An observer that looks at nothing: to be extended by those that look at some steps only. */
export class IdleObserver implements ExecutionObserver {
  arrives(_session: Session, _request: Request): void {}
  begins(_session: Session, _request: Request): void {}
  enters(_command: RunningCommand): void {}
  leaves(_command: RunningCommand): void {}
  ends(_session: Session, _outcome: Outcome): void {}
  leftOff(_session: Session): void {}
  goesOn(_session: Session): void {}
  blocks(_session: Session): void {}
  unblocks(_session: Session): void {}
  pushes(_session: Session): void {}
  timePasses(): void {}
  expires(_database: number, _key: string): void {}
  evicts(_database: number, _key: string): void {}
  forgets(_key: string): void {}
  turnEnds(): void {}
  replies(_session: Session, _count: number, _gate: number): void {}
  disconnects(_session: Session): void {}
}

/** Several observers as one. */
class Observers implements ExecutionObserver {
  readonly all: readonly ExecutionObserver[];

  constructor(all: readonly ExecutionObserver[]) {
    this.all = all;
  }

  arrives(session: Session, request: Request): void {
    for (const one of this.all) one.arrives(session, request);
  }

  begins(session: Session, request: Request): void {
    for (const one of this.all) one.begins(session, request);
  }

  enters(command: RunningCommand): void {
    for (const one of this.all) one.enters(command);
  }

  leaves(command: RunningCommand): void {
    for (const one of this.all) one.leaves(command);
  }

  ends(session: Session, outcome: Outcome): void {
    for (const one of this.all) one.ends(session, outcome);
  }

  leftOff(session: Session): void {
    for (const one of this.all) one.leftOff(session);
  }

  goesOn(session: Session): void {
    for (const one of this.all) one.goesOn(session);
  }

  blocks(session: Session): void {
    for (const one of this.all) one.blocks(session);
  }

  unblocks(session: Session): void {
    for (const one of this.all) one.unblocks(session);
  }

  pushes(session: Session): void {
    for (const one of this.all) one.pushes(session);
  }

  timePasses(): void {
    for (const one of this.all) one.timePasses();
  }

  expires(database: number, key: string): void {
    for (const one of this.all) one.expires(database, key);
  }

  evicts(database: number, key: string): void {
    for (const one of this.all) one.evicts(database, key);
  }

  forgets(key: string): void {
    for (const one of this.all) one.forgets(key);
  }

  turnEnds(): void {
    for (const one of this.all) one.turnEnds();
  }

  replies(session: Session, count: number, gate: number): void {
    for (const one of this.all) one.replies(session, count, gate);
  }

  disconnects(session: Session): void {
    for (const one of this.all) one.disconnects(session);
  }
}

/** `present`, which may be null, and `added` as one observer. */
export function withObserver(
  present: ExecutionObserver | null,
  added: ExecutionObserver,
): ExecutionObserver {
  if (present === null) return added;
  const before = present instanceof Observers ? present.all : [present];
  return new Observers([...before, added]);
}

/** `present` without `removed`; null when nobody is left. */
export function withoutObserver(
  present: ExecutionObserver | null,
  removed: ExecutionObserver,
): ExecutionObserver | null {
  if (!(present instanceof Observers)) return present === removed ? null : present;
  const rest = present.all.filter((one) => one !== removed);
  return rest.length === 1 ? rest[0]! : new Observers(rest);
}
