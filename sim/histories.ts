/** What the clients of a run have asked and seen, in the form that the checkers judge. */
import type { ElementEvent } from "./checkers/elements.ts";
import type { History, Outcome } from "./checkers/history.ts";
import type { ProgressHistory } from "./checkers/progress.ts";
import type { ConnectionEvent } from "./checkers/reply-order.ts";
import type { Transaction, TransactionResult } from "./checkers/strict-serializability.ts";
import type { Command, Reply } from "./checkers/strings-model.ts";

/** A connection, as far as a history cares. */
export interface Route {
  /** Number of the server's run that has taken the connection; 0 while none has. */
  readonly run: number;
}

interface Asked {
  readonly route: Route;
  readonly session: number;
  readonly op: Transaction;
  readonly invokedAt: number;
  outcome: Outcome<TransactionResult> | null;
  /** It certainly had no effect. */
  isRefused: boolean;
  /** It is a value that was taken from a client's cache. */
  readonly isCached: boolean;
}

interface Tracked {
  readonly id: number;
  readonly sentAtMs: number;
  answeredAtMs: number | null;
  abandonedAtMs: number | null;
}

/** Records what clients do. Each call is an event of its own: no two at one moment. */
export class Histories {
  readonly #asked: Asked[] = [];
  readonly #requests: Tracked[] = [];
  readonly #order: ConnectionEvent[] = [];
  readonly #elements: ElementEvent[] = [];
  /** The number of the event. */
  #now = 0;

  /** A transaction, or a single command as one, is sent; returns its number. */
  invoke(session: number, route: Route, op: Transaction): number {
    return this.#begin(session, route, op, false);
  }

  /**
   * A client asks whether what it has in its cache is still true: as a read, which returns what is in
   * the cache then, or was never made.
   */
  relies(session: number, route: Route, key: string): number {
    return this.#begin(session, route, { watched: [], commands: [["GET", key]] }, true);
  }

  #begin(session: number, route: Route, op: Transaction, isCached: boolean): number {
    const invokedAt = ++this.#now;
    const asked = { route, session, op, invokedAt, outcome: null, isRefused: false, isCached };
    return this.#asked.push(asked) - 1;
  }

  /** Its reply has arrived. */
  returned(id: number, result: TransactionResult): void {
    this.#asked[id]!.outcome = { _tag: "Returned", at: ++this.#now, result };
  }

  /** It was refused: it had no effect. */
  refused(id: number): void {
    this.#asked[id]!.isRefused = true;
  }

  /** A run of the server has ended: what was asked of it takes effect no later. */
  crashed(run: number): void {
    const until = ++this.#now;
    for (const asked of this.#asked) {
      if (asked.route.run === run) asked.outcome ??= { _tag: "Unknown", until };
    }
  }

  /** The transactions that were asked of some of the server's runs. */
  transactions(runs: (run: number) => boolean): History<Transaction, TransactionResult> {
    return this.#between(runs, false);
  }

  #between(
    runs: (run: number) => boolean,
    withCached: boolean,
  ): History<Transaction, TransactionResult> {
    return this.#asked.flatMap((asked, id) => {
      const { route, session, op, invokedAt, outcome, isRefused, isCached } = asked;
      // What was sent to no server has no effect.
      if (isRefused || route.run === 0 || !runs(route.run)) return [];
      // A value from a cache that nobody has relied on says nothing.
      if (isCached && !(withCached && outcome?._tag === "Returned")) return [];
      const ended = outcome ?? { _tag: "Unknown", until: Number.POSITIVE_INFINITY };
      return [{ id, session, op, invokedAt, outcome: ended }];
    });
  }

  /**
   * The same where each is a single command.
   *
   * @param withCached whether values that clients have taken from their caches are reads, too
   */
  commands(runs: (run: number) => boolean, withCached = false): History<Command, Reply> {
    return this.#between(runs, withCached).map(({ op, outcome, ...rest }) => ({
      ...rest,
      op: op.commands[0]!,
      outcome:
        outcome._tag === "Returned" ? { ...outcome, result: outcome.result?.[0] ?? null } : outcome,
    }));
  }

  /** A request is sent; returns its number. */
  sent(atMs: number): number {
    const id = this.#requests.length;
    this.#requests.push({ id, sentAtMs: atMs, answeredAtMs: null, abandonedAtMs: null });
    return id;
  }

  answered(id: number, atMs: number): void {
    this.#requests[id]!.answeredAtMs = atMs;
  }

  abandoned(id: number, atMs: number): void {
    this.#requests[id]!.abandonedAtMs = atMs;
  }

  get requests(): ProgressHistory["requests"] {
    return this.#requests;
  }

  /** A client puts a value somewhere, or is given it. */
  element(tag: ElementEvent["_tag"], element: string, session: number, { run }: Route): void {
    this.#elements.push({ _tag: tag, element, session, run });
  }

  get elementEvents(): readonly ElementEvent[] {
    return this.#elements;
  }

  /** A request that its answer names has been sent, or answered. */
  order(connection: number, tag: ConnectionEvent["_tag"], request: number): void {
    this.#order.push({ connection, _tag: tag, request });
  }

  get orderEvents(): readonly ConnectionEvent[] {
    return this.#order;
  }
}
