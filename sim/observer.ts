/**
 * Looks over the shoulder of one server process: notices each command as the production code takes
 * it up and finishes it, runs the shadow beside it, and accounts for every byte that leaves.
 *
 * It only reads. Where the core has no port for what it must see, a method of a production object
 * is wrapped by one that looks and then calls it.
 */
import assert from "node:assert/strict";
import type { Request } from "../impl/resp/request.ts";
import { Client } from "../impl/server/client.ts";
import type { ServerCore } from "../impl/server/server-core.ts";
import type { Session } from "../impl/session/session.ts";
import type { Tally } from "./coverage.ts";
import type { SimConnection } from "./network.ts";
import { type Shadow, show } from "./shadow.ts";
import { Violated } from "./violation.ts";

/** A reply that the server owes a connection, or has sent. */
export interface Produced {
  readonly connection: SimConnection;
  /** Number of its request within the connection, from 1. */
  readonly request: number;
  readonly args: readonly string[];
  /** The log's end when its command had run; 0 when it consulted no data. */
  readonly position: number;
  /** Whether its command journaled something. */
  readonly wrote: boolean;
}

/** What the observer tells. */
export interface ObserverEvents {
  /** A command has run and the shadow agrees. */
  ran(produced: Produced): void;
  /** The last byte of a reply leaves. */
  leaves(produced: Produced): void;
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
}

interface Running {
  readonly session: Session;
  readonly args: readonly string[];
  readonly replyStart: number;
  readonly endBefore: number;
}

/** Invariants of the whole keyspace are checked after every so many commands. */
const VERIFY_EVERY = 16;

/** Watches one server process. */
export class Observer {
  readonly #core: ServerCore;
  readonly #shadow: Shadow | null;
  readonly #events: ObserverEvents;
  readonly #commands: Tally;
  readonly #ledgers = new Map<SimConnection, Ledger>();
  /** The request that dispatch gets next. */
  #ready: { readonly session: Session; readonly request: Request } | null = null;
  #running: Running | null = null;
  #ran = 0;

  /**
   * @param shadow null in the second run of a seed, which only has to do the same
   */
  constructor(core: ServerCore, shadow: Shadow | null, commands: Tally, events: ObserverEvents) {
    this.#core = core;
    this.#shadow = shadow;
    this.#commands = commands;
    this.#events = events;
    this.#watchCommands();
    this.#watchDisconnects();
  }

  /** A connection has been accepted: `client` is what the core made of it. */
  accepted(connection: SimConnection, client: Client): void {
    this.#ledgers.set(connection, new Ledger());
    this.#shadow?.connect(client.session.id);
  }

  /** The core has been entered and left: what ran last is done. */
  settle(): void {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    const { session, args, replyStart, endBefore } = running;
    const { instance } = this.#core;
    assert.ok(session.blocked === null, `${args[0]} blocks its session`);
    const reply = session.reply.bytes.toString("latin1", replyStart, session.reply.length);
    const end = this.#core.log?.end ?? 0;
    const wrote = end > endBefore;
    if (this.#shadow !== null) {
      if (REFUSED.test(reply)) this.#shadow.refused(instance, session, args);
      else this.#shadow.ran(instance, session, args, reply);
      this.#shadow.compare(instance, show(args));
      if (this.#ran++ % VERIFY_EVERY === 0) instance.verifyInvariants();
    }
    this.#commands.count(session.lastCommand?.fullName ?? "(unknown)");
    this.#owe(session, args, reply, wrote || consultsData(session, reply) ? end : 0, wrote);
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
    ledger.unsent += reply;
    ledger.producedBytes += reply.length;
    const request = ++ledger.requests;
    const produced: Owed = {
      ...{ connection, request, args, position, wrote },
      endsAt: ledger.producedBytes,
    };
    this.#events.ran(produced);
    if (reply !== "") ledger.owed.push(produced);
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

  /**
   * The core takes requests one by one from its look-ahead, and dispatch looks up each request's
   * command first: between the two nothing of the request has happened yet.
   */
  #watchCommands(): void {
    const { instance, lookAhead } = this.#core;
    const next = lookAhead.next.bind(lookAhead);
    lookAhead.next = (session, input) => {
      this.settle();
      const request = next(session, input);
      this.#ready = request === null ? null : { session, request };
      return request;
    };
    const reset = lookAhead.reset.bind(lookAhead);
    lookAhead.reset = () => {
      this.settle();
      reset();
    };
    const table = instance.commands;
    const find = table.find.bind(table);
    table.find = (request: Request) => {
      if (this.#ready?.request === request) this.#begin(this.#ready.session, request);
      return find(request);
    };
  }

  #begin(session: Session, request: Request): void {
    this.#ready = null;
    this.#running = {
      session,
      args: Array.from({ length: request.argc }, (_, i) => request.text(i)),
      replyStart: session.reply.length,
      endBefore: this.#core.log?.end ?? 0,
    };
  }

  #watchDisconnects(): void {
    const { instance } = this.#core;
    const disconnect = instance.disconnect.bind(instance);
    instance.disconnect = (session: Session): void => {
      if (!session.closed) this.#shadow?.disconnect(session.id);
      disconnect(session);
    };
  }
}

/** The log cannot be written: the command was not run. */
const REFUSED = /^-(?:EXECABORT Transaction discarded because of: )?MISCONF /;

/** Whether a reply says something about data, so that it must wait for what it has read. */
function consultsData({ lastCommand }: Session, reply: string): boolean {
  if (lastCommand === null || reply.startsWith("-") || reply === "+QUEUED\r\n") return false;
  const { flags } = lastCommand.command;
  return flags.includes("readonly") || flags.includes("write") || lastCommand.fullName === "exec";
}

/** What the core made of a connection, when it has accepted it. */
export function isClient(events: unknown): events is Client {
  return events instanceof Client;
}
