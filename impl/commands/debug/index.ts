import type { Command } from "../../session/command.ts";
import { DEBUG } from "./debug.ts";

/** DEBUG, for tests of servers and clients. */
export const debug: readonly Command[] = [DEBUG];
