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
    const invokedAt = ++this.#now;
    const outcome = null;
    return this.#asked.push({ route, session, op, invokedAt, outcome, isRefused: false }) - 1;
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
    return this.#asked.flatMap(({ route, session, op, invokedAt, outcome, isRefused }, id) => {
      // What was sent to no server has no effect.
      if (isRefused || route.run === 0 || !runs(route.run)) return [];
      const ended = outcome ?? { _tag: "Unknown", until: Number.POSITIVE_INFINITY };
      return [{ id, session, op, invokedAt, outcome: ended }];
    });
  }

  /** The same where each is a single command. */
  commands(runs: (run: number) => boolean): History<Command, Reply> {
    return this.transactions(runs).map(({ op, outcome, ...rest }) => ({
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
