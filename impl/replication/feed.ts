import assert from "node:assert/strict";
import { type Gate, OPEN_GATE } from "../gate/gate.ts";
import type { Outbox } from "../gate/outbox.ts";
import type { Journal, ReplicaStream } from "../ports/journal.ts";
import type { Replica } from "./replica.ts";

/** Keeps a quiet link alive. */
const PING = Buffer.from("*1\r\n$4\r\nPING\r\n");
/** Asks every replica how far it has come. */
const GETACK = Buffer.from("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n");

/**
 * The journal that sends every effect on to the replicas, and to the next journal.
 *
 * `enabled` is false while nobody listens, so that a server without replicas does not encode
 * effects. The stream's offset counts the bytes that were sent while somebody did.
 *
 * Source: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
 */
export class ReplicationFeed implements Journal, ReplicaStream {
  readonly #next: Journal;
  readonly #replicas = new Set<Replica>();
  #offset = 0;
  #seconds = 0;
  #hasOutput = false;
  /** What is sent waits here until the log has the units that it tells of. */
  gate: Gate = OPEN_GATE;

  constructor(next: Journal) {
    this.#next = next;
  }

  get enabled(): boolean {
    return this.#replicas.size > 0 || this.#next.enabled;
  }

  /** Bytes of the stream so far. */
  get offset(): number {
    return this.#offset;
  }

  /** The replicas in the order in which they came. */
  get replicas(): ReadonlySet<Replica> {
    return this.#replicas;
  }

  /** True when replicas have been given something since the last `takeOutput`. */
  get hasOutput(): boolean {
    return this.#hasOutput;
  }

  append(bytes: Uint8Array, start: number, length: number, lasts: boolean): void {
    if (this.#next.enabled) this.#next.append(bytes, start, length, lasts);
    this.#broadcast(bytes, start, length);
  }

  get isFollowed(): boolean {
    return this.#replicas.size > 0;
  }

  record(bytes: Uint8Array, start: number, length: number): void {
    if (this.#next.enabled) this.#next.append(bytes, start, length, false);
  }

  relay(bytes: Uint8Array, start: number, length: number): void {
    this.#broadcast(bytes, start, length);
  }

  settle(): void {
    this.#next.settle();
  }

  /**
   * Gives a replica its snapshot, and the stream from now on.
   *
   * The stream must go on with a SELECT, since the replica knows of none. The snapshot shows all
   * that has run, which is with the journal.
   *
   * @param outbox the replica's connection's
   */
  attach(replica: Replica, outbox: Outbox, snapshot: readonly Uint8Array[]): void {
    assert.ok(!this.#replicas.has(replica));
    replica.begin(outbox, snapshot, this.gate.end);
    this.#replicas.add(replica);
    this.#hasOutput = true;
  }

  /** Forgets a replica, if it is one. */
  detach(replica: Replica): void {
    this.#replicas.delete(replica);
  }

  /** The replicas that have something to send. */
  takeOutput(): readonly Replica[] {
    this.#hasOutput = false;
    return [...this.#replicas].filter((replica) => replica.hasOutput);
  }

  /** How many replicas have the stream up to `offset`. */
  acknowledgedBy(offset: number): number {
    let count = 0;
    for (const replica of this.#replicas) {
      if (replica.online && replica.acknowledgedOffset >= offset) count++;
    }
    return count;
  }

  /** Asks the replicas to acknowledge now what they have. */
  requestAcknowledgement(): void {
    this.#broadcast(GETACK, 0, GETACK.length);
  }

  /** A second has passed: sends a PING when one is due. Periods count from the server's start. */
  tick(pingPeriodSeconds: number): void {
    if (this.#seconds++ % pingPeriodSeconds === 0) this.#broadcast(PING, 0, PING.length);
  }

  #broadcast(bytes: Uint8Array, start: number, length: number): void {
    if (this.#replicas.size === 0) return;
    this.#offset += length;
    this.#hasOutput = true;
    for (const replica of this.#replicas) replica.append(bytes, start, length, this.gate);
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    for (const replica of this.#replicas) {
      assert.ok(replica.attached, "the feed knows only replicas that follow");
      assert.ok(replica.acknowledgedOffset <= this.#offset || !replica.acknowledges);
      assert.ok(replica.streamBytes <= this.#offset);
      replica.verifyInvariants();
    }
  }
}
