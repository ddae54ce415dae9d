import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";

/** What clients of a cluster say to its nodes: this server is none. */
const COMMON = {
  arity: 1,
  acl: ["connection"],
  group: "cluster",
  consultsNoData: true,
  since: "3.0.0",
  complexity: "O(1)",
  handler: refuseWithoutCluster,
} as const satisfies Partial<Command>;

/** READONLY: reads from a replica in a cluster. */
export const READONLY: Command = {
  ...COMMON,
  name: "readonly",
  flags: ["loading", "stale", "fast"],
  summary: "Lets this connection read from a replica in a cluster",
};

/** READWRITE: the end of READONLY. */
export const READWRITE: Command = {
  ...COMMON,
  name: "readwrite",
  flags: ["loading", "stale", "fast"],
  summary: "Ends READONLY",
};

/** ASKING: the next command is for a slot that this node is being given. */
export const ASKING: Command = {
  ...COMMON,
  name: "asking",
  flags: ["fast"],
  summary: "Follows a redirection in a cluster",
};

function refuseWithoutCluster({ reply }: Call): void {
  reply.error("ERR This instance has cluster support disabled");
}
