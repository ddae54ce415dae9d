import type { Config } from "../config/config.ts";
import type { ParserLimits } from "../resp/parser.ts";

/** What a server core needs to know of its configuration, live. */
export interface ServerLimits {
  maxClients: number;
  /** Seconds of silence after which a client is closed; 0 for never. */
  timeoutSeconds: number;
  /** `client-query-buffer-limit`. */
  queryBufferBytes: number;
  /** `client-output-buffer-limit normal`. */
  output: OutputLimit;
  /** `client-output-buffer-limit replica`. */
  replicaOutput: OutputLimit;
}

/** How much may wait to be sent to one client; 0 for no limit. */
export interface OutputLimit {
  readonly hardBytes: number;
  /** May be exceeded for `softSeconds`. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** The limits on connections as plain fields, kept equal to a configuration. */
export function followLimits(config: Config): {
  readonly limits: ServerLimits;
  readonly parserLimits: ParserLimits;
} {
  const limits: ServerLimits = {
    maxClients: 0,
    timeoutSeconds: 0,
    queryBufferBytes: 0,
    output: UNLIMITED,
    replicaOutput: UNLIMITED,
  };
  const parserLimits: ParserLimits = { maxBulkBytes: 0 };
  config.follow("maxclients", (value) => {
    limits.maxClients = value;
  });
  config.follow("timeout", (value) => {
    limits.timeoutSeconds = value;
  });
  const followOutput = (): void => {
    const { normal, replica } = config.get("client-output-buffer-limit");
    const backlogBytes = config.get("repl-backlog-size");
    limits.output = outputLimit(normal);
    limits.replicaOutput = outputLimit(replica);
    // As in Redis, a limit below the backlog's size does not hold.
    const { hardBytes } = replica;
    if (hardBytes > 0 && hardBytes < backlogBytes) {
      limits.replicaOutput = { ...limits.replicaOutput, hardBytes: backlogBytes };
    }
  };
  config.follow("client-output-buffer-limit", followOutput);
  config.follow("repl-backlog-size", followOutput);
  config.follow("proto-max-bulk-len", (value) => {
    parserLimits.maxBulkBytes = value;
  });
  config.follow("client-query-buffer-limit", (value) => {
    limits.queryBufferBytes = value;
  });
  return { limits, parserLimits };
}

const UNLIMITED: OutputLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };

function outputLimit(limit: { hardBytes: number; softBytes: number; softS: number }): OutputLimit {
  return { hardBytes: limit.hardBytes, softBytes: limit.softBytes, softSeconds: limit.softS };
}
