/** Histories of transactions at random. */
import fc from "fast-check";
import type { History } from "../history.ts";
import {
  type Transaction,
  type TransactionResult,
  transactions,
} from "../strict-serializability.ts";
import { applyCommand, type Reply, type StringsState } from "../strings-model.ts";
import { executions, type Sizes } from "./histories.ts";

const keys = fc.constantFrom("a", "b");
const commands = fc.oneof(
  fc.tuple(fc.constantFrom("GET", "INCR", "DEL"), keys),
  fc.tuple(fc.constantFrom("SET", "APPEND"), keys, fc.constantFrom("1", "2")),
  fc.constant(["MGET", "a", "b"]),
);
const operations: fc.Arbitrary<Transaction> = fc.record({
  watched: fc.constant([]),
  commands: fc.array(commands, { minLength: 1, maxLength: 3 }),
});

function apply(state: StringsState, transaction: Transaction) {
  let next = state;
  const replies: Reply[] = [];
  for (const command of transaction.commands) {
    const applied = applyCommand(next, command);
    next = applied.state;
    replies.push(applied.reply);
  }
  return { state: next, result: replies as TransactionResult };
}

/** Histories of transactions over two keys. */
export function transactionHistories(
  sizes: Sizes,
): fc.Arbitrary<History<Transaction, TransactionResult>> {
  return executions({ initial: transactions.initial, apply }, operations, sizes);
}

/** The replies with the first one changed, but of the same kind. */
export function alteredFirst(result: TransactionResult): TransactionResult {
  if (result === null) return null;
  return result.map((reply, at) => (at === 0 ? altered(reply) : reply));
}

/** Another reply of the same kind. */
function altered(reply: Reply): Reply {
  if (typeof reply === "number") return reply + 1;
  if (reply === null) return "1";
  return Array.isArray(reply) ? reply.map(altered) : null;
}
