import type { Command } from "../../session/command.ts";
import { SORT, SORT_RO } from "./sort.ts";

/** Sorting: https://redis.io/docs/latest/commands/sort/ */
export const sorting: readonly Command[] = [SORT, SORT_RO];
