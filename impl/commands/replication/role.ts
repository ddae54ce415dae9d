import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { replicaAddress } from "../../session/replicas.ts";

/** ROLE: that this is a primary, its place in the stream, and each replica that follows with its own. */
export const ROLE: Command = {
  name: "role",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  acl: ["admin", "dangerous"],
  group: "server",
  consultsNoData: true,
  since: "2.8.12",
  complexity: "O(1)",
  summary: "Shows the role in replication, and who follows",
  handler: role,
};

function role({ instance, reply }: Call): void {
  const { feed } = instance;
  const online = [...feed.replicas].filter((replica) => replica.online);
  reply.array(3);
  reply.bulkText("master");
  reply.integer(feed.offset);
  reply.array(online.length);
  for (const replica of online) {
    reply.array(3);
    reply.bulkText(replicaAddress(instance, replica));
    reply.bulkText(String(replica.listeningPort));
    reply.bulkText(String(replica.acknowledgedOffset));
  }
}
