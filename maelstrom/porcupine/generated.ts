/** Generated histories for the comparison: half are real executions, half are tampered with. */
import fc from "fast-check";
import { tampered, unbounded } from "../../sim/checkers/testing/histories.ts";
import { listHistories, tamperedRead } from "../../sim/checkers/testing/lists.ts";
import { someReply, stringHistories } from "../../sim/checkers/testing/strings.ts";
import { alteredFirst, transactionHistories } from "../../sim/checkers/testing/transactions.ts";
import { type Case, commandsCase, listsCase, transactionsCase } from "./case.ts";

const SIZES = { operations: 18, sessions: 5 };
const KINDS = 3;

const strings = fc
  .tuple(stringHistories(SIZES), fc.boolean(), fc.nat(), someReply)
  .map(([history, isLeft, which, reply]) => {
    return isLeft ? history : tampered(history, which, () => reply);
  });
const transactions = fc
  .tuple(transactionHistories(SIZES), fc.boolean(), fc.nat())
  .map(([history, isLeft, which]) => (isLeft ? history : tampered(history, which, alteredFirst)));
const lists = fc
  .tuple(listHistories(SIZES), fc.nat({ max: 5 }), fc.nat())
  .map(([history, how, which]) => (how > 2 ? history : tamperedRead(history, which, how)));

/** So many histories, the same for the same seed. */
export function generatedCases(count: number, seed: number): readonly Case[] {
  const drawn = { seed, numRuns: Math.ceil(count / KINDS) };
  const name = (kind: string, at: number) => `generated ${kind} ${at} of seed ${seed}`;
  // Porcupine does not know a last moment for operations whose outcome is unknown.
  return [
    ...fc
      .sample(strings, drawn)
      .map((one, at) => commandsCase(name("commands", at), unbounded(one))),
    ...fc
      .sample(transactions, drawn)
      .map((one, at) => transactionsCase(name("transactions", at), unbounded(one))),
    ...fc.sample(lists, drawn).map((one, at) => listsCase(name("lists", at), unbounded(one))),
  ].slice(0, count);
}
