import type { Config } from "../config/config.ts";
import type { ParserLimits } from "../resp/parser.ts";
import type { ServerLimits } from "./server-core.ts";

/** The limits on connections as plain fields, kept equal to a configuration. */
export function followLimits(config: Config): {
  readonly limits: ServerLimits;
  readonly parserLimits: ParserLimits;
} {
  const limits: ServerLimits = {
    maxClients: 0,
    timeoutSeconds: 0,
    queryBufferBytes: 0,
    outputHardBytes: 0,
    outputSoftBytes: 0,
    outputSoftSeconds: 0,
  };
  const parserLimits: ParserLimits = { maxBulkBytes: 0 };
  config.follow("maxclients", (value) => {
    limits.maxClients = value;
  });
  config.follow("timeout", (value) => {
    limits.timeoutSeconds = value;
  });
  config.follow("client-output-buffer-limit", ({ normal }) => {
    limits.outputHardBytes = normal.hardBytes;
    limits.outputSoftBytes = normal.softBytes;
    limits.outputSoftSeconds = normal.softS;
  });
  config.follow("proto-max-bulk-len", (value) => {
    parserLimits.maxBulkBytes = value;
  });
  config.follow("client-query-buffer-limit", (value) => {
    limits.queryBufferBytes = value;
  });
  return { limits, parserLimits };
}
