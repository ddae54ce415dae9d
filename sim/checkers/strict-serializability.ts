/**
 * Strict serializability: transactions seem to run one at a time, in an order in which a
 * transaction that had returned comes before each that was invoked later (Papadimitriou, 1979).
 * That is linearizability of one object whose operations are the transactions.
 */
import type { History } from "./history.ts";
import {
  checkLinearizability,
  type LinearizabilityOptions,
  type Linearization,
} from "./linearizability.ts";
import { type Seen, type SequentialModel, UNKNOWN } from "./sequential-model.ts";
import {
  applyCommand,
  type Command,
  describeCommand,
  isRead,
  type Reply,
  type StringsState,
  sameReply,
  stateKey,
} from "./strings-model.ts";

/** Commands that run at once: MULTI … EXEC, or one command by itself. */
export interface Transaction {
  /** What the session had read of the keys that it watched. */
  readonly watched: readonly { readonly key: string; readonly value: Reply }[];
  readonly commands: readonly Command[];
}

/** The replies; or null, EXEC's answer when a watched key had changed. */
export type TransactionResult = readonly Reply[] | null;

function watchedHold(state: StringsState, { watched }: Transaction): boolean {
  return watched.every(({ key, value }) => sameReply(state.get(key) ?? null, value));
}

function run(
  state: StringsState,
  commands: readonly Command[],
  replies: readonly Reply[] | typeof UNKNOWN,
): StringsState | null {
  if (replies !== UNKNOWN && replies.length !== commands.length) return null;
  let next = state;
  for (const [at, command] of commands.entries()) {
    const applied = applyCommand(next, command);
    if (replies !== UNKNOWN && !sameReply(applied.reply, replies[at]!)) return null;
    next = applied.state;
  }
  return next;
}

function describe(transaction: Transaction, result: Seen<TransactionResult>): string {
  const watched = transaction.watched.map(({ key, value }) => `${key}=${JSON.stringify(value)}`);
  const commands = transaction.commands.map((command, at) => {
    return describeCommand(command, result === UNKNOWN || result === null ? UNKNOWN : result[at]!);
  });
  const guard = watched.length === 0 ? "" : `WATCH ${watched.join(" ")}: `;
  return `${guard}{${commands.join("; ")}}${result === null ? " aborted" : ""}`;
}

/**
 * Transactions over strings. One that was aborted has no effect, and may always be: a watched key
 * that was changed and changed back looks the same. One that ran saw its watched keys unchanged.
 */
export const transactions: SequentialModel<StringsState, Transaction, TransactionResult> = {
  initial: new Map(),
  step(state, transaction, result) {
    if (result === null) return state;
    if (watchedHold(state, transaction)) return run(state, transaction.commands, result);
    return result === UNKNOWN ? state : null;
  },
  key: stateKey,
  reads: ({ commands }) => commands.every(isRead),
  describe,
};

/** Judges a history of transactions over the whole state. */
export function checkStrictSerializability(
  history: History<Transaction, TransactionResult>,
  options: LinearizabilityOptions<StringsState> = {},
): Linearization {
  return checkLinearizability(transactions, history, {
    guarantee: "strict serializability",
    ...options,
  });
}
