import type { Command } from "../../session/command.ts";
import { COMMAND } from "./command.ts";
import { LATENCY } from "./latency.ts";
import { MEMORY } from "./memory.ts";
import { MONITOR } from "./monitor.ts";
import { SLOWLOG } from "./slowlog.ts";

/** What the server says of its commands, its memory and its speed. */
export const introspection: readonly Command[] = [COMMAND, MEMORY, SLOWLOG, LATENCY, MONITOR];
