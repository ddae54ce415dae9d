import { assert } from "../assert.ts";
import { Rate } from "./rates.ts";

/** The counters of one server that INFO shows and CONFIG RESETSTAT forgets. */
export class Statistics {
  /** When the server started, in microseconds since the epoch. Not reset. */
  readonly startedUs: number;
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  expiredKeys = 0;
  /** Keys that have gone to make room. */
  evictedKeys = 0;
  /** How long `maxmemory` was exceeded, in microseconds, without the time since it is now. */
  evictionExceededUs = 0;
  /** Clients that were closed because all of them took more than `maxmemory-clients`. */
  evictedClients = 0;
  lazyFreedObjects = 0;
  errorReplies = 0;
  /** How many of them are counted as a failed call already: an error inside EXEC is not EXEC's. */
  errorsAttributed = 0;
  inputBytes = 0;
  outputBytes = 0;
  /** How much of `outputBytes` went to replicas. */
  replicaOutputBytes = 0;
  fullSyncs = 0;
  /** Replicas that asked for less than everything and got everything. */
  partialSyncsRefused = 0;
  readsProcessed = 0;
  writesProcessed = 0;
  unexpectedErrorReplies = 0;
  /** The most memory that was in use, in bytes. */
  peakMemoryBytes = 0;
  /**
   * What counts against `maxmemory` beside the data (clients, scripts) when it was measured last:
   * under a limit at each tick. Not reset.
   */
  countedBesideDataBytes = 0;
  /** What the empty databases took at the start, in bytes. Not reset. */
  startupMemoryBytes = 0;
  readonly commandRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();
  /** Error replies by their first word. */
  readonly errors = new Map<string, number>();

  constructor(startedUs: number) {
    this.startedUs = startedUs;
  }

  /** When the server started, in seconds since the epoch. */
  get startedSeconds(): number {
    return Math.floor(this.startedUs / 1_000_000);
  }

  /** Counts an error reply by its code. Bound, since the reply writer calls it. */
  readonly recordError = (text: string): void => {
    this.errorReplies++;
    const space = text.indexOf(" ");
    const code = space === -1 ? text : text.slice(0, space);
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  };

  /** Takes a sample of how fast the counters grow. Run it at every tick. */
  sampleRates(nowMs: number): void {
    this.commandRate.sample(this.commandsProcessed, nowMs);
    this.inputRate.sample(this.inputBytes, nowMs);
    this.outputRate.sample(this.outputBytes, nowMs);
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.connectionsReceived = 0;
    this.connectionsRejected = 0;
    this.commandsProcessed = 0;
    this.keyspaceHits = 0;
    this.keyspaceMisses = 0;
    this.expiredKeys = 0;
    this.evictedKeys = 0;
    this.evictionExceededUs = 0;
    this.evictedClients = 0;
    this.lazyFreedObjects = 0;
    this.errorReplies = 0;
    this.errorsAttributed = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.replicaOutputBytes = 0;
    this.fullSyncs = 0;
    this.partialSyncsRefused = 0;
    this.readsProcessed = 0;
    this.writesProcessed = 0;
    this.unexpectedErrorReplies = 0;
    this.peakMemoryBytes = 0;
    this.commandRate.reset();
    this.inputRate.reset();
    this.outputRate.reset();
    this.errors.clear();
  }

  /** Asserts that the counters count, and that those which are parts of others are. */
  verifyInvariants(): void {
    for (const [name, value] of Object.entries(this)) {
      if (typeof value === "number") assert(value >= 0, `${name} is negative`);
    }
    let errors = 0;
    for (const count of this.errors.values()) errors += count;
    assert(errors === this.errorReplies, "every error reply is counted under its code");
    assert(
      this.errorsAttributed <= this.errorReplies,
      "more calls failed than errors were replied",
    );
    assert(this.replicaOutputBytes <= this.outputBytes, "replicas got more than everybody");
    this.commandRate.verifyInvariants();
    this.inputRate.verifyInvariants();
    this.outputRate.verifyInvariants();
  }
}
