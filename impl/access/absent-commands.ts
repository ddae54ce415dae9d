/** The commands of Redis 7.0.15 that this server does not have: rules may name them all the same. */
import type { Category, DeclaredCommand } from "./categories.ts";

const PLAIN: readonly Category[] = ["slow"];
const ADMIN: readonly Category[] = ["admin", "slow", "dangerous"];

function commands(
  names: string,
  categories: readonly Category[],
  subcommands: readonly DeclaredCommand[] = [],
): readonly DeclaredCommand[] {
  return names.split(" ").map((name) => ({ name, categories, subcommands }));
}

const CLUSTER = [
  ...commands(
    "meet delslots count-failure-reports forget flushslots replicate reset replicas bumpepoch " +
      "addslotsrange setslot failover addslots slaves set-config-epoch saveconfig delslotsrange",
    ADMIN,
  ),
  ...commands(
    "shards keyslot getkeysinslot countkeysinslot myid help info nodes slots links",
    PLAIN,
  ),
];

const MODULE = [...commands("list loadex load unload", ADMIN), ...commands("help", PLAIN)];

/** They are known until the server has them. */
export const ABSENT_COMMANDS: readonly DeclaredCommand[] = [
  ...commands("replicaof slaveof failover bgrewriteaof bgsave save", ADMIN),
  ...commands("restore-asking", ["keyspace", "write", "slow", "dangerous"]),
  ...commands("cluster", PLAIN, CLUSTER),
  ...commands("module", PLAIN, MODULE),
];
