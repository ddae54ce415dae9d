import { assert } from "../assert.ts";
import type { Gate } from "../gate/gate.ts";
import type { Outbox } from "../gate/outbox.ts";

/**
 * A session as a replica: what it has said of itself by REPLCONF, what is to be sent to it, and how
 * far it has come.
 */
export class Replica {
  /** The id of its session. */
  readonly sessionId: number;
  /** The port that it listens on; 0 when it has not said. */
  listeningPort = 0;
  /** The address that it wants to be known by; empty for that of its connection. */
  address = "";
  /** It can find the end of a snapshot whose length is not told before. */
  readsUntilMark = false;
  /** It wants a snapshot and nothing after it. */
  snapshotOnly = false;
  /** It wants a snapshot without keys. */
  withoutKeys = false;
  /** It wants a snapshot without libraries of functions. */
  withoutFunctions = false;
  /** It tells how far it has come; clients of SYNC do not. */
  acknowledges = false;
  /** The offset up to which it has the stream. */
  acknowledgedOffset = 0;
  /** When it was heard last, in milliseconds since the epoch. */
  acknowledgedMs = 0;
  /** What leaves to it: a snapshot, and then the stream. Null before SYNC. */
  #outbox: Outbox | null = null;

  constructor(sessionId: number) {
    this.sessionId = sessionId;
  }

  /** True from SYNC on. */
  get attached(): boolean {
    return this.#outbox !== null;
  }

  /** True when its snapshot has left and the stream follows. */
  get online(): boolean {
    return this.#outbox !== null && !this.#outbox.hasLead;
  }

  /** True when there is something to send. */
  get hasOutput(): boolean {
    return this.#outbox !== null && !this.#outbox.isEmpty;
  }

  /** Bytes of the stream that wait here. */
  get streamBytes(): number {
    return this.#outbox?.length ?? 0;
  }

  /**
   * Attaches it: first the pieces of the snapshot leave to it, then the stream.
   *
   * @param outbox its connection's
   * @param dependency the last unit of the log that the snapshot shows
   */
  begin(outbox: Outbox, snapshot: readonly Uint8Array[], dependency: number): void {
    assert(this.#outbox === null, "a replica begins once");
    outbox.beginStream(snapshot, dependency);
    this.#outbox = outbox;
  }

  /** Adds to the stream what depends on the log's end, unless it is not wanted. */
  append(bytes: Uint8Array, start: number, length: number, gate: Gate): void {
    if (this.#outbox === null || this.snapshotOnly) return;
    this.#outbox.append(gate.end, bytes, start, length, gate);
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(this.#outbox === null || this.#outbox.isStream, "a replica's stream is one");
    assert(!this.snapshotOnly || this.streamBytes === 0 || !this.online, "an unwanted stream");
    assert(this.attached || this.acknowledgedOffset === 0, "an offset without a stream");
  }
}
