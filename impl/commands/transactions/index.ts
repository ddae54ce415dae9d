import type { Command } from "../../session/command.ts";
import { DISCARD, EXEC, MULTI, UNWATCH, WATCH } from "./transactions.ts";

/** Transactions: https://redis.io/docs/latest/develop/interact/transactions/ */
export const transactions: readonly Command[] = [DISCARD, EXEC, MULTI, UNWATCH, WATCH];
