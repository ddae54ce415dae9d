import { assert, CHECKED } from "../assert.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";

/** Candidates that are remembered from one sample to the next, as in Redis. */
const POOL_SIZE = 16;

/**
 * The best candidates for eviction of the samples so far, the best one last.
 *
 * It holds no keys: an entry is named by its hash and its reference, and one that is not there any
 * more under both is passed over. Nothing here allocates.
 *
 * Source: Redis' approximated LRU, https://redis.io/docs/latest/develop/reference/eviction/
 */
export class EvictionPool {
  readonly #databases = new Int32Array(POOL_SIZE);
  readonly #hashes = new Int32Array(POOL_SIZE);
  readonly #refs = new Int32Array(POOL_SIZE);
  readonly #scores = new Float64Array(POOL_SIZE);
  #size = 0;
  /** The database of the candidate that `takeBest` has returned last. */
  database = 0;

  /** Number of candidates. */
  get size(): number {
    return this.#size;
  }

  /** Takes a candidate in, unless the pool is full of better ones. The highest score is the best. */
  offer(database: number, keyspace: Keyspace, ref: EntryRef, score: number): void {
    const scores = this.#scores;
    if (this.#size === POOL_SIZE && score <= scores[0]!) return;
    const hash = keyspace.entryHash(ref);
    if (this.#size === POOL_SIZE) this.#dropWorst();
    let at = this.#size++;
    for (; at > 0 && scores[at - 1]! >= score; at--) this.#move(at - 1, at);
    this.#databases[at] = database;
    this.#hashes[at] = hash;
    this.#refs[at] = ref;
    scores[at] = score;
    if (CHECKED) this.verifyInvariants();
  }

  /**
   * Takes the best candidate that is still there out; 0 when there is none.
   *
   * @param expiring it must have an expiry
   */
  takeBest(databases: readonly Keyspace[], expiring: boolean): EntryRef {
    while (this.#size > 0) {
      const at = --this.#size;
      const ref = this.#refs[at]!;
      this.database = this.#databases[at]!;
      const keyspace = databases[this.database]!;
      if (!keyspace.holds(this.#hashes[at]!, ref)) continue;
      if (!expiring || keyspace.hasExpiry(ref)) return ref;
    }
    return 0;
  }

  /** Forgets all candidates. */
  clear(): void {
    this.#size = 0;
  }

  #dropWorst(): void {
    for (let at = 1; at < POOL_SIZE; at++) this.#move(at, at - 1);
    this.#size--;
  }

  #move(from: number, to: number): void {
    this.#databases[to] = this.#databases[from]!;
    this.#hashes[to] = this.#hashes[from]!;
    this.#refs[to] = this.#refs[from]!;
    this.#scores[to] = this.#scores[from]!;
  }

  /** Throws when the candidates are out of order. */
  verifyInvariants(): void {
    assert(this.#size >= 0 && this.#size <= POOL_SIZE, "the pool's size");
    for (let at = 1; at < this.#size; at++) {
      assert(this.#scores[at - 1]! <= this.#scores[at]!, "the best candidate comes last");
    }
  }
}
