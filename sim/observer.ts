/**
 * Looks over the shoulder of one server process through the execution-observer port: sees each
 * command as it is taken up and finished, those inside EXEC too, runs the shadow beside it, and
 * accounts for every byte that leaves. It only reads.
 */
import assert from "node:assert/strict";
import { latin1, type Request } from "../impl/resp/request.ts";
import { Client } from "../impl/server/client.ts";
import type { ServerCore } from "../impl/server/server-core.ts";
import { IdleObserver, type Outcome, type RunningCommand } from "../impl/session/observer.ts";
import type { Session } from "../impl/session/session.ts";
import type { Tally } from "./coverage.ts";
import type { SimConnection } from "./network.ts";
import { type Given, type Shadow, show } from "./shadow.ts";
import { Violated } from "./violation.ts";

/** A reply, or a message, that the server owes a connection, or has sent. */
export interface Produced {
  readonly connection: SimConnection;
  /** Number of its request within the connection, from 1. */
  readonly request: number;
  readonly args: readonly string[];
  /** The log's end when its command had run; 0 when it consulted no data. */
  readonly position: number;
  /** Whether its command journaled something. */
  readonly wrote: boolean;
  /** It answers no request: it was made by the request of somebody. */
  readonly isMessage: boolean;
}

/** What the observer tells. */
export interface ObserverEvents {
  /** A command has run and the shadow agrees. */
  ran(produced: Produced): void;
  /** A key has gone to make room, and the shadow agrees. */
  evicted(): void;
  /** The last byte of a reply leaves. */
  leaves(produced: Produced): void;
  /** A client waits for keys no more. */
  waited(how: WaitEnd): void;
}

interface Owed extends Produced {
  /** Where its bytes end in the connection's stream of replies. */
  readonly endsAt: number;
}

/** What a connection has been given, for comparison with what it is sent. */
class Ledger {
  requests = 0;
  /** Reply bytes that have been produced and not sent, one character per byte. */
  unsent = "";
  producedBytes = 0;
  sentBytes = 0;
  readonly owed: Owed[] = [];
  /** The request with which it waits. */
  waiting: readonly string[] = [];
}

/** A request that dispatch is dealing with. */
interface Running {
  readonly session: Session;
  readonly args: readonly string[];
  readonly replyStart: number;
  /** The log's end before it: what has gone to make room for it is not its own. */
  endBefore: number;
  /** Why nothing could be written to the log before it ran; null when it could. */
  readonly writeError: string | null;
  /** There was a limit on memory before it ran. */
  readonly isLimited: boolean;
  /** What the commands inside it have replied, one character per byte. */
  readonly inner: string[];
  /** What sessions have been given beside its reply. */
  readonly given: (Given & { readonly session: Session })[];
  /** What sessions have been given whose waits it has ended. */
  readonly ended: (Given & { readonly session: Session })[];
}

/** How a wait for keys may end, as it is counted. */
export const WAIT_ENDS = [
  ...["wait served", "wait timed out", "wait unblocked"],
  ...["wait of a client that is killed", "wait of a client that goes away"],
  "wait in a server that dies",
] as const;

/** How a wait for keys has ended. */
export type WaitEnd = (typeof WAIT_ENDS)[number];

/** Watches one server process. */
export class Observer extends IdleObserver {
  readonly #core: ServerCore;
  readonly #shadow: Shadow | null;
  readonly #events: ObserverEvents;
  readonly #commands: Tally;
  readonly #ledgers = new Map<SimConnection, Ledger>();
  #running: Running | null = null;
  /** The request whose script was left, while others run. */
  #left: Running | null = null;
  /** Who is being served, between commands. */
  #served: Session | null = null;
  /** The log's end before that. */
  #endBeforeServing = 0;
  /** What sessions were given between requests, since that was last compared. */
  #late: Given[] = [];
  /** The command after which the states are still to be compared. */
  #uncompared: string | null = null;

  /**
   * @param shadow null in the second run of a seed, which only has to do the same
   */
  constructor(core: ServerCore, shadow: Shadow | null, commands: Tally, events: ObserverEvents) {
    super();
    this.#core = core;
    this.#shadow = shadow;
    this.#commands = commands;
    this.#events = events;
    core.instance.observe(this);
  }

  /** A connection has been accepted: `client` is what the core made of it. */
  accepted(connection: SimConnection, client: Client): void {
    this.#ledgers.set(connection, new Ledger());
    this.#shadow?.connect(client.session.id);
  }

  override begins(session: Session, request: Request): void {
    assert.equal(this.#running, null, "a request begins within another");
    this.settleLate();
    this.#running = {
      session,
      args: Array.from({ length: request.argc }, (_, i) => request.text(i)),
      replyStart: session.reply.length,
      endBefore: this.#core.log?.end ?? 0,
      writeError: this.#core.instance.persistence.writeError,
      isLimited: this.#core.instance.settings.maxMemoryBytes > 0,
      inner: [],
      given: [],
      ended: [],
    };
  }

  override leftOff(): void {
    this.#left = this.#running;
    this.#running = null;
  }

  override goesOn(): void {
    this.#running = this.#left;
    this.#left = null;
  }

  override pushes(session: Session): void {
    const { newest } = session.outbox;
    const text = latin1(newest, 0, newest.length);
    const given = { session, sessionId: session.id, text };
    if (this.#running !== null) {
      this.#running.given.push(given);
      return;
    }
    // What may not stay in a cache is told behind the reply, or at the end of the loop turn.
    this.#late.push(given);
    this.#oweMessage(session, ["(invalidation)"], text, this.#core.log?.end ?? 0);
  }

  /** Between requests: what was told since the last one, all of it, was due. */
  settleLate(): void {
    const [after, late] = [this.#uncompared, this.#late];
    this.#uncompared = null;
    this.#late = [];
    const shadow = this.#shadow;
    if (shadow === null) return;
    const { instance } = this.#core;
    // Who has ended its stream asks nothing more, and is told nothing.
    for (const { id, closeAfterReply } of instance.clients.sessions.values()) {
      if (closeAfterReply) shadow.disconnect(id);
    }
    shadow.told(instance, late);
    if (after !== null) shadow.compare(instance, after);
  }

  override enters({ origin, session }: RunningCommand): void {
    if (origin !== "served") return;
    this.#served = session;
    this.#endBeforeServing = this.#core.log?.end ?? 0;
  }

  /** A wait is over: the reply is written, behind what has not left. */
  override unblocks(session: Session): void {
    const ledger = this.#ledgers.get(session.facts as SimConnection)!;
    const text = replyFrom(session, ledger.unsent.length);
    const given = { session, sessionId: session.id, text };
    const isServed = this.#served === session;
    this.#served = null;
    if (this.#running !== null) {
      this.#running.ended.push(given);
      this.#events.waited("wait unblocked");
      return;
    }
    this.#events.waited(isServed ? "wait served" : "wait timed out");
    const { instance } = this.#core;
    if (isServed) this.#shadow?.served(instance, given);
    else this.#shadow?.timedOut(instance, given);
    this.#shadow?.compare(instance, isServed ? "a served wait" : "a time that is up");
    const end = this.#core.log?.end ?? 0;
    this.#answer(given, end, isServed && end > this.#endBeforeServing);
  }

  /** The reply to a request that has waited. */
  #answer(
    { session, text }: Given & { readonly session: Session },
    position: number,
    wrote: boolean,
  ): void {
    const connection = session.facts as SimConnection;
    const ledger = this.#ledgers.get(connection)!;
    const { requests: request, waiting: args } = ledger;
    const produced = { connection, request, args, position, wrote, isMessage: false };
    this.#add(ledger, produced, text);
    this.#events.ran(produced);
  }

  override leaves({ origin, session, record, replyStart }: RunningCommand): void {
    if (origin === "served" && session.goesOnWaiting) this.#served = null;
    if (origin !== "exec") return;
    this.#commands.count(record.fullName);
    this.#running!.inner.push(replyFrom(session, replyStart));
    if (this.#shadow === null) return;
    for (const keyspace of this.#core.instance.data.databases) keyspace.verifyInvariants();
  }

  override ends(session: Session, outcome: Outcome): void {
    assert.equal(this.#running?.session, session, "a request ends that has not begun");
    // It comes again, from its beginning.
    if (outcome === "postponed") this.#running = null;
    else this.settle();
  }

  override evicts(database: number, key: string): void {
    if (this.#running !== null) this.#running.endBefore = this.#core.log?.end ?? 0;
    this.#shadow?.evicted(this.#core.instance, { database, key });
    this.#events.evicted();
  }

  override disconnects(session: Session): void {
    if (session.blocked?.reason === "keys") {
      const isKilled = this.#running !== null;
      this.#events.waited(
        isKilled ? "wait of a client that is killed" : "wait of a client that goes away",
      );
    }
    // Who is killed is gone for the model when the command that does it has run.
    if (this.#running === null) this.#shadow?.disconnect(session.id);
  }

  /** The request that has begun has run as far as it will: its process may end in the middle. */
  settle(): void {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    const { session, args, replyStart, endBefore, inner, given, ended } = running;
    const { instance } = this.#core;
    const reply = replyFrom(session, replyStart);
    verifyInner(args, reply, inner);
    const end = this.#core.log?.end ?? 0;
    const wrote = end > endBefore;
    if (this.#shadow !== null) {
      if (REFUSED.test(reply)) this.#shadow.refused(instance, session, args);
      else {
        const isOut = running.isLimited && instance.eviction.state === "out";
        const unwritable = running.writeError ?? undefined;
        const seen = { reply, isOut, unwritable, messages: given, ended };
        this.#shadow.ran(instance, session, args, seen);
      }
      // Only behind the end of the request is CLIENT CACHING over.
      if (session.tracking === null) this.#shadow.compare(instance, show(args));
      else this.#uncompared = show(args);
    }
    this.#commands.count(session.lastCommand?.fullName ?? "(unknown)");
    this.#owe(session, args, reply, wrote || consultsData(session, reply) ? end : 0, wrote);
    for (const one of ended) this.#answer(one, end, false);
    // A message may tell of everything that has run.
    for (const one of given) this.#oweMessage(one.session, args, one.text, end);
  }

  #oweMessage(session: Session, args: readonly string[], text: string, position: number): void {
    const connection = session.facts as SimConnection;
    const ledger = this.#ledgers.get(connection)!;
    const { requests: request } = ledger;
    const isMessage = true;
    this.#add(ledger, { connection, request, args, position, wrote: false, isMessage }, text);
  }

  #owe(
    session: Session,
    args: readonly string[],
    reply: string,
    position: number,
    wrote: boolean,
  ): void {
    const connection = session.facts as SimConnection;
    const ledger = this.#ledgers.get(connection)!;
    const request = ++ledger.requests;
    if (session.blocked !== null) ledger.waiting = args;
    const produced = { connection, request, args, position, wrote, isMessage: false };
    this.#add(ledger, produced, reply);
    this.#events.ran(produced);
  }

  #add(ledger: Ledger, produced: Produced, text: string): void {
    ledger.unsent += text;
    ledger.producedBytes += text.length;
    if (text !== "") ledger.owed.push({ ...produced, endsAt: ledger.producedBytes });
  }

  /** Bytes leave: they must be the next ones that were produced for this connection. */
  leaving(connection: SimConnection, bytes: Uint8Array, length: number): void {
    const ledger = this.#ledgers.get(connection);
    if (ledger === undefined) return;
    const sent = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
    if (!ledger.unsent.startsWith(sent)) {
      throw new Violated("replies in order", "what leaves is not what was produced next", [
        `produced ${JSON.stringify(ledger.unsent)}`,
        `leaving  ${JSON.stringify(sent)}`,
      ]);
    }
    ledger.unsent = ledger.unsent.slice(length);
    ledger.sentBytes += length;
    for (let owed = ledger.owed[0]; owed !== undefined; owed = ledger.owed[0]) {
      if (owed.endsAt > ledger.sentBytes) break;
      ledger.owed.shift();
      this.#events.leaves(owed);
    }
  }
}

function replyFrom({ reply }: Session, start: number): string {
  return reply.bytes.toString("latin1", start, reply.length);
}

/**
 * Verifies that the reply of a transaction is an array of the replies of its commands.
 *
 * @param inner the replies of the commands inside, none when it ran none
 * @throws Violated
 */
export function verifyInner(
  args: readonly string[],
  reply: string,
  inner: readonly string[],
): void {
  if (inner.length === 0) return;
  const expected = `*${inner.length}\r\n${inner.join("")}`;
  if (reply === expected) return;
  throw new Violated("reply", `${show(args)} does not reply what its commands did`, [
    `the commands ${JSON.stringify(expected)}`,
    `the server   ${JSON.stringify(reply)}`,
  ]);
}

/** The log cannot be written: the command was not run. Of a script one command may be refused. */
const REFUSED = /^-(?:EXECABORT Transaction discarded because of: )?MISCONF (?!.* script: )/;
/** Their commands may have read anything. */
const SCRIPTS: ReadonlySet<string> = new Set([
  "eval",
  "eval_ro",
  "evalsha",
  "evalsha_ro",
  "fcall",
  "fcall_ro",
  "exec",
]);

/** Whether a reply says something about data, so that it must wait for what it has read. */
function consultsData({ lastCommand }: Session, reply: string): boolean {
  if (lastCommand === null || reply.startsWith("-") || reply === "+QUEUED\r\n") return false;
  const { flags } = lastCommand.command;
  return flags.includes("readonly") || flags.includes("write") || SCRIPTS.has(lastCommand.fullName);
}

/** What the core made of a connection, when it has accepted it. */
export function isClient(events: unknown): events is Client {
  return events instanceof Client;
}
