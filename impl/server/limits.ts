import assert from "node:assert/strict";
import type { Config } from "../config/config.ts";
import type { DirectiveName } from "../config/directives.ts";
import type { ParserLimits } from "../resp/parser.ts";

/** What a server core needs to know of its configuration, live. */
export interface ServerLimits {
  maxClients: number;
  /** Seconds of silence after which a client is closed; 0 for never. */
  timeoutSeconds: number;
  /** `client-query-buffer-limit`. */
  queryBufferBytes: number;
  /** `maxmemory-clients`, in bytes; 0 for no limit. */
  clientsBytes: number;
  /** `client-output-buffer-limit normal`. */
  output: OutputLimit;
  /** `client-output-buffer-limit replica`. */
  replicaOutput: OutputLimit;
  /** `client-output-buffer-limit pubsub`: of those who listen to channels. */
  pubsubOutput: OutputLimit;
  /** Below this no limit on output is exceeded; infinite while there is none. */
  leastOutputBytes: number;
}

/** How much may wait to be sent to one client; 0 for no limit. */
export interface OutputLimit {
  readonly hardBytes: number;
  /** May be exceeded for `softSeconds`. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** The limits on connections as plain fields. */
export interface Limits {
  readonly limits: ServerLimits;
  readonly parserLimits: ParserLimits;
}

/** The directives that limits are made of. */
const FOLLOWED: readonly DirectiveName[] = [
  "maxclients",
  "timeout",
  "client-output-buffer-limit",
  "repl-backlog-size",
  "proto-max-bulk-len",
  "client-query-buffer-limit",
  "maxmemory-clients",
  "maxmemory",
];

/** As in Redis, no limit on all clients is below this. */
const MIN_CLIENTS_BYTES = 128 * 1024;

/** The limits that a configuration makes, and keeps up to date. */
export function followLimits(config: Config): Limits {
  const followed = limitsOf(config);
  const refresh = (): undefined => {
    const { limits, parserLimits } = limitsOf(config);
    Object.assign(followed.limits, limits);
    Object.assign(followed.parserLimits, parserLimits);
  };
  for (const name of FOLLOWED) config.onChange(name, refresh);
  return followed;
}

/** Throws unless the limits are what the configuration says. */
export function verifyLimits(config: Config, { limits, parserLimits }: Limits): void {
  assert.deepEqual({ limits, parserLimits }, limitsOf(config), "limits of another configuration");
  const { output, replicaOutput, pubsubOutput } = limits;
  for (const { hardBytes, softBytes, softSeconds } of [output, replicaOutput, pubsubOutput]) {
    assert.ok(hardBytes >= 0 && softBytes >= 0 && softSeconds >= 0, "no limit is below zero");
  }
}

function limitsOf(config: Config): Limits {
  const { normal, replica, pubsub } = config.get("client-output-buffer-limit");
  const replicaOutput = outputLimit(replica);
  const backlogBytes = config.get("repl-backlog-size");
  const bounds = [normal, replica, pubsub].flatMap((one) => [one.hardBytes, one.softBytes]);
  // As in Redis, a limit below the backlog's size does not hold.
  const isHigher = replicaOutput.hardBytes > 0 && replicaOutput.hardBytes < backlogBytes;
  return {
    limits: {
      maxClients: config.get("maxclients"),
      timeoutSeconds: config.get("timeout"),
      queryBufferBytes: config.get("client-query-buffer-limit"),
      clientsBytes: clientsBytes(config.get("maxmemory-clients"), config.get("maxmemory")),
      output: outputLimit(normal),
      pubsubOutput: outputLimit(pubsub),
      leastOutputBytes: Math.min(...bounds.map((bytes) => bytes || Number.POSITIVE_INFINITY)),
      replicaOutput: isHigher ? { ...replicaOutput, hardBytes: backlogBytes } : replicaOutput,
    },
    parserLimits: { maxBulkBytes: config.get("proto-max-bulk-len") },
  };
}

/** @param value of `maxmemory-clients`: bytes, or below zero a percentage of `maxmemory` */
function clientsBytes(value: number, maxMemoryBytes: number): number {
  const bytes = value < 0 ? Math.floor((maxMemoryBytes * -value) / 100) : value;
  return bytes === 0 ? 0 : Math.max(MIN_CLIENTS_BYTES, bytes);
}

function outputLimit(limit: { hardBytes: number; softBytes: number; softS: number }): OutputLimit {
  return { hardBytes: limit.hardBytes, softBytes: limit.softBytes, softSeconds: limit.softS };
}
