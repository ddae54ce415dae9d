import type { Command } from "../../session/command.ts";
import { PSYNC, REPLCONF, SYNC } from "./replication.ts";
import { ROLE } from "./role.ts";
import { WAIT } from "./wait.ts";

/** What replicas use: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/ */
export const replication: readonly Command[] = [PSYNC, REPLCONF, ROLE, SYNC, WAIT];
