import assert from "node:assert/strict";
import type { Client } from "./client.ts";

/** Clients below this size are not told apart; beyond, a class is a doubling. */
const MIN_CLASS_LOG = 15;
const CLASSES = 19;

/**
 * What all clients together take, and which of them take most: `maxmemory-clients`.
 *
 * Replicas do not count, since their output has a limit of its own. Clients are told apart by the
 * size class they are in, so that a change costs the same however many there are. While there is no
 * limit nothing is counted.
 */
export class ClientMemory {
  /** Who is counted, and with how many bytes. */
  readonly #bytes = new Map<Client, number>();
  /** Who may be closed, by size class; the oldest of a class come first. */
  readonly #classes = Array.from({ length: CLASSES }, () => new Set<Client>());
  #totalBytes = 0;

  /** True while nobody is counted. */
  get isIdle(): boolean {
    return this.#bytes.size === 0;
  }

  /** True when all clients together have reached the limit; 0 is none. */
  isOver(limitBytes: number): boolean {
    return limitBytes > 0 && this.#totalBytes >= limitBytes;
  }

  /** Counts a client as it is now. Without a limit everyone is forgotten. */
  count(client: Client, limitBytes: number): void {
    if (limitBytes === 0) {
      this.#clear();
      return;
    }
    this.forget(client);
    const { session } = client;
    if (session.closed || session.replica?.attached) return;
    const bytes = client.memoryBytes;
    this.#bytes.set(client, bytes);
    this.#totalBytes += bytes;
    if (!session.noEvict) this.#classes[classOf(bytes)]!.add(client);
  }

  /** A client is gone. */
  forget(client: Client): void {
    const bytes = this.#bytes.get(client);
    if (bytes === undefined) return;
    this.#bytes.delete(client);
    this.#classes[classOf(bytes)]!.delete(client);
    this.#totalBytes -= bytes;
    assert.ok(this.#totalBytes >= 0 && (this.#bytes.size > 0 || this.#totalBytes === 0));
  }

  /** One of the largest clients that may be closed; null when none may. */
  largest(): Client | null {
    for (let i = CLASSES - 1; i >= 0; i--) {
      for (const client of this.#classes[i]!) return client;
    }
    return null;
  }

  /** Throws when sum, classes and clients contradict each other. */
  verifyInvariants(): void {
    let total = 0;
    for (const [client, bytes] of this.#bytes) {
      assert.ok(!client.session.closed, "a client that is gone is counted");
      total += bytes;
    }
    assert.equal(this.#totalBytes, total, "all clients together take what each of them takes");
    for (const [i, clients] of this.#classes.entries()) {
      for (const client of clients) assert.equal(classOf(this.#bytes.get(client)!), i);
    }
  }

  #clear(): void {
    this.#bytes.clear();
    for (const clients of this.#classes) clients.clear();
    this.#totalBytes = 0;
  }
}

function classOf(bytes: number): number {
  const log = Math.floor(Math.log2(Math.max(1, bytes)));
  return Math.min(CLASSES - 1, Math.max(0, log - MIN_CLASS_LOG + 1));
}
