/**
 * The model in lockstep: every command that the server has run, the model runs too; then the
 * server's state must mean the model's state, and its reply must be one that the model admits.
 */
import type { Instance } from "../impl/session/instance.ts";
import type { Session } from "../impl/session/session.ts";
import {
  admitsAll,
  connect,
  decode,
  disconnect,
  execute,
  expireNow,
  forgetExpired,
  initial,
  type Reply,
  type State,
} from "../model/keyspace/index.ts";
import {
  abstractDatabase,
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

/** What the databases hold at some moment; never altered in place. */
export type Data = Pick<State, "databases" | "lingering">;

/** What an empty server holds. */
export const NO_DATA: Data = initial();

/** The model beside one server. */
export class Shadow {
  #state: State = initial();
  /** How many commands have been compared. */
  compared = 0;

  /** What the model's databases hold. */
  get data(): Data {
    const { databases, lingering } = this.#state;
    return { databases, lingering };
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
   * @param actual the reply as the server wrote it, one character per byte
   * @param messages what sessions were given beside it, in order
   */
  ran(
    instance: Instance,
    session: Session,
    args: readonly string[],
    actual: string,
    messages: readonly Given[] = [],
  ): void {
    const before = this.#state.sessions.get(session.id);
    const isDrawn = before !== undefined && draws(before, args);
    const answered = isDrawn ? decode(actual).reply : undefined;
    const nowMs = BigInt(instance.time.nowMs);
    const step = execute(this.#state, session.id, args, nowMs, answered);
    this.#state = step.state;
    this.compared++;
    const protocol = session.reply.protocol;
    for (const id of new Set([...step.messages, ...messages].map(({ sessionId }) => sessionId))) {
      const wanted = step.messages.filter(({ sessionId }) => sessionId === id);
      const given = messages.filter(({ sessionId }) => sessionId === id);
      const replies = wanted.map(
        ({ protocol: spoken, reply }): Reply => ({ _tag: "In", protocol: spoken, reply }),
      );
      const text = given.map((one) => one.text).join("");
      if (admitsAll(replies, text, 2)) continue;
      throw new Violated("reply", `${show(args)} gives session ${id} something else`, [
        `the model admits ${show(replies)}`,
        `the server gives ${JSON.stringify(text)}`,
      ]);
    }
    if (admitsAll(step.replies, actual, protocol)) return;
    throw new Violated("reply", `${show(args)} is answered wrongly`, [
      `the model admits ${show(step.replies)}`,
      `the server says  ${JSON.stringify(actual)}`,
    ]);
  }

  /**
   * The server has refused a command because its log cannot be written. To the model that is as if
   * the command did not exist: it spoils a transaction that is being queued, and ends one that
   * was to run.
   */
  refused(instance: Instance, session: Session, args: readonly string[]): void {
    const isExec = args[0]?.toLowerCase() === "exec";
    const known = isExec ? ["EXEC", "refused"] : ["refused"];
    this.#state = execute(this.#state, session.id, known, BigInt(instance.time.nowMs)).state;
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
    const leaving = (session: Session): boolean =>
      session.closeAfterReply || instance.clients.closing.includes(session);
    const difference = differenceFrom(instance, this.#state, leaving);
    if (difference === null) return;
    throw new Violated("state", `after ${after}, ${difference.where} differs`, [
      `the model has  ${difference.expected}`,
      `the server has ${difference.actual}`,
    ]);
  }

  /** The server's process has ended, and with it everything in memory. */
  forget(): void {
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
    // Keys whose time is past are still there until somebody comes across them.
    this.#state = { ...living, databases };
  }
}

const SHOWN_LENGTH = 300;

/** A value for a reader. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
