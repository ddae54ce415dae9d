/** Histories in the form that the porcupine program reads, each with the verdict of `sim/checkers`. */
import type { History, Verdict } from "../../sim/checkers/history.ts";
import { checkLinearizability } from "../../sim/checkers/linearizability.ts";
import { checkListAppend, type ListOp, listTransactions } from "../../sim/checkers/list-append.ts";
import {
  checkStrictSerializability,
  type Transaction,
  type TransactionResult,
} from "../../sim/checkers/strict-serializability.ts";
import { type Command, type Reply, stringCommands } from "../../sim/checkers/strings-model.ts";

/** Stands for a reply that was not recorded. */
interface AnyReply {
  readonly any: true;
}

/** An operation as the program reads it. */
interface CaseOperation {
  readonly session: number;
  readonly call: number;
  readonly return: number | null;
  readonly input: Transaction;
  readonly replies: readonly (Reply | AnyReply)[] | null;
}

/** A history to be judged by both. */
export interface Case {
  readonly name: string;
  /** Whether each operation is one command of one key. */
  readonly byKey: boolean;
  readonly operations: readonly CaseOperation[];
  /** What the checkers here say. */
  readonly ours: Verdict["_tag"];
}

type Replies = readonly (Reply | AnyReply)[] | null;

function operations<Op, Result>(
  history: History<Op, Result>,
  input: (op: Op) => Transaction,
  replies: (result: Result) => Replies,
): readonly CaseOperation[] {
  return history.map(({ session, op, invokedAt, outcome }) => {
    const shared = { session, call: invokedAt, input: input(op) };
    if (outcome._tag === "Unknown") return { ...shared, return: null, replies: [] };
    return { ...shared, return: outcome.at, replies: replies(outcome.result) };
  });
}

/** A case of commands of one key each. */
export function commandsCase(name: string, history: History<Command, Reply>): Case {
  const ours = checkLinearizability(stringCommands, history)._tag;
  const single = (command: Command) => ({ watched: [], commands: [command] });
  return { name, byKey: true, ours, operations: operations(history, single, (one) => [one]) };
}

/** A case of transactions. */
export function transactionsCase(
  name: string,
  history: History<Transaction, TransactionResult>,
): Case {
  const ours = checkStrictSerializability(history)._tag;
  const all = operations(
    history,
    (transaction) => transaction,
    (replies) => replies,
  );
  return { name, byKey: false, ours, operations: all };
}

type Steps = readonly ListOp[];

/** A case of list-append: a list is a string, each element a number and a semicolon. */
export function listsCase(name: string, history: History<Steps, Steps>): Case {
  const ours = checkListAppend(listTransactions(history))._tag;
  const input = (steps: Steps): Transaction => ({
    watched: [],
    commands: steps.map(([kind, key, value]) => {
      return kind === "r" ? ["GET", String(key)] : ["APPEND", String(key), `${value};`];
    }),
  });
  const replies = (steps: Steps): Replies =>
    steps.map(([kind, , value]) => {
      if (kind === "append") return { any: true };
      // A list that is not there is empty.
      return value === null || value.length === 0 ? null : value.map((one) => `${one};`).join("");
    });
  return { name, byKey: false, ours, operations: operations(history, input, replies) };
}

/** The beginning of a history, up to where `count` operations have returned; later ones are open. */
export function beginning<Op, Result>(
  history: History<Op, Result>,
  count: number,
): History<Op, Result> {
  const ends = history.flatMap(({ outcome }) => (outcome._tag === "Returned" ? [outcome.at] : []));
  ends.sort((a, b) => a - b);
  const endAt = ends[count - 1] ?? Number.POSITIVE_INFINITY;
  return history
    .filter(({ invokedAt }) => invokedAt <= endAt)
    .map((operation) => {
      const { outcome } = operation;
      if (outcome._tag === "Returned" && outcome.at <= endAt) return operation;
      return { ...operation, outcome: { _tag: "Unknown", until: Number.POSITIVE_INFINITY } };
    });
}
