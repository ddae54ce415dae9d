/** The commands of transactions. */
import type { Family } from "../command.ts";
import { ALL, immediate, keyed, plain } from "../declare.ts";
import * as transactions from "./transactions.ts";

/** The commands of transactions by name. */
export const transactionCommands: Family = {
  multi: immediate(1, transactions.multi),
  exec: immediate(1, transactions.exec),
  discard: immediate(1, transactions.discard),
  watch: { ...keyed(-2, transactions.watch, ALL), isImmediate: true },
  unwatch: plain(1, transactions.unwatch),
};
