/** The commands about replicas. */
import type { Family } from "../command.ts";
import { plain } from "../declare.ts";
import { wait } from "./wait.ts";

/** The commands about replicas by name. */
export const replicationCommands: Family = {
  wait: plain(3, wait),
};
