/** What the page shows: the state of a server as JSON. */
import { measureMemory } from "../../session/memory-usage.ts";
import type { ServerCore } from "../server-core.ts";
import { VERSION } from "../version.ts";

/** So many clients are shown, the longest connected first. */
const CLIENTS_SHOWN = 50;
/** So many entries of the slow log are shown, the newest first. */
const SLOW_SHOWN = 20;

/**
 * The state of a server now. The arguments of slow commands stay out: they are data, and whoever may
 * see this page has said no password.
 */
export function stateOf(core: ServerCore) {
  const { instance, log } = core;
  const { statistics, settings, persistence, clients, config } = instance;
  const memory = measureMemory(instance);
  const { loading } = persistence;
  const atUs = instance.clock.wallUs();
  return {
    version: VERSION,
    atMs: atUs / 1000,
    uptimeSeconds: Math.floor((atUs - statistics.startedUs) / 1_000_000),
    loadedShare: loading === null ? 1 : loading.loadedBytes / Math.max(1, loading.totalBytes),
    commands: statistics.commandsProcessed,
    errors: statistics.errorReplies,
    hits: statistics.keyspaceHits,
    misses: statistics.keyspaceMisses,
    inputBytes: statistics.inputBytes,
    outputBytes: statistics.outputBytes,
    latency: settings.latencyTracking ? latencyOf(core) : null,
    memory: {
      usedBytes: memory.totalBytes,
      peakBytes: memory.peakBytes,
      residentBytes: instance.facts.usage().residentBytes,
      maxBytes: config.get("maxmemory"),
    },
    clients: {
      connected: clients.sessions.size,
      waiting: clients.waits.size,
      most: config.get("maxclients"),
      list: clientsOf(core),
    },
    slow: instance.slowlog.newest(SLOW_SHOWN).map((entry) => ({
      id: entry.id,
      atMs: entry.atSeconds * 1000,
      durationUs: entry.durationUs,
      command: entry.args[0]!.toUpperCase(),
      arguments: entry.args.length - 1,
      address: entry.address,
    })),
    log:
      log === null
        ? null
        : {
            policy: log.policy,
            isUp: log.isUp,
            error: persistence.writeError,
            units: log.end,
            openUnits: log.gate,
            sizeBytes: persistence.aof?.sizeBytes ?? 0,
            waitingBytes: log.pendingBytes,
          },
    databases: instance.data.databases.flatMap((one, database) =>
      one.size === 0 ? [] : [{ database, keys: one.size, expiring: one.expiringCount }],
    ),
  };
}

/** Calls of all commands so far, by how long they took: up to 2^k microseconds at place k. */
function latencyOf({ instance }: ServerCore): readonly number[] {
  const sum: number[] = [];
  for (const { histogram } of instance.commands.all) {
    histogram?.forEach((calls, k) => {
      sum[k] = (sum[k] ?? 0) + calls;
    });
  }
  return sum;
}

function clientsOf({ instance }: ServerCore) {
  const shown = [];
  for (const session of instance.clients.sessions.values()) {
    if (shown.length === CLIENTS_SHOWN) break;
    shown.push({
      id: session.id,
      address: session.facts.address,
      name: session.name,
      database: session.database,
      command: session.lastCommand?.fullName ?? "",
      idleMs: instance.time.wallMs - session.lastInteractionMs,
    });
  }
  return shown;
}
