import type { Command } from "../../session/command.ts";
import { MARK, MARKS } from "./marks.ts";

/** The commands on tallies. */
export const marks: readonly Command[] = [MARK, MARKS];
