import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { lastSaveSeconds } from "../../session/snapshot-head.ts";

/** LASTSAVE: when the data were saved last. As in Redis, a start counts as that. */
export const LASTSAVE: Command = {
  name: "lastsave",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  acl: ["admin", "dangerous"],
  tips: ["nondeterministic_output"],
  group: "server",
  consultsNoData: true,
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Shows when the data were saved last, in seconds since the epoch",
  handler: lastSave,
};

function lastSave({ instance, reply }: Call): void {
  reply.integer(lastSaveSeconds(instance));
}
