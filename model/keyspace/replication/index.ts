/** The commands about replicas. */
import type { Family } from "../command.ts";
import { plain } from "../declare.ts";
import { role } from "./role.ts";
import { wait } from "./wait.ts";

/** The commands about replicas by name. */
export const replicationCommands: Family = {
  role: plain(1, role),
  wait: plain(3, wait),
};
