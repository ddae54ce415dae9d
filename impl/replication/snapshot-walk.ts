import { assert, CHECKED } from "../assert.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import type { SnapshotWriter } from "./rdb.ts";

/**
 * A walk over all databases that writes every key as it was when the walk began, some keys at a time.
 *
 * What comes in between must not be seen: whoever is about to change or remove a key says so first,
 * and the key is written then (`capture`); keys that are made meanwhile are no part of it. A database
 * that is emptied meanwhile is left to the walk as it was, and another one takes its place.
 *
 * Keys are written whole: how long a step takes is bounded by the largest value.
 */
export class SnapshotWalk {
  /** As they were when it began: SWAPDB exchanges others. */
  readonly #databases: readonly Keyspace[];
  readonly #writer: SnapshotWriter;
  #isWriting = true;
  #database = 0;
  #cursor = 0;
  readonly totalKeys: number;
  writtenKeys = 0;

  constructor(writer: SnapshotWriter, databases: readonly Keyspace[]) {
    this.#writer = writer;
    this.#databases = [...databases];
    let keys = 0;
    for (const keyspace of databases) {
      keyspace.beginWalk();
      keys += keyspace.size;
    }
    this.totalKeys = keys;
  }

  /** True when every key has been met. */
  get isDone(): boolean {
    return this.#database === this.#databases.length;
  }

  /** The file is of no use: the walk goes on, since all keys must have been met, and writes nothing. */
  stopWriting(): void {
    this.#isWriting = false;
  }

  /** Goes on until at least `keys` keys or empty buckets have been met, or the end. */
  step(keys: number): void {
    let met = 0;
    while (met < keys && !this.isDone) {
      const keyspace = this.#databases[this.#database]!;
      if (keyspace.size === 0) {
        this.#endDatabase(keyspace);
        continue;
      }
      if (this.#cursor === 0 && this.#isWriting) {
        this.#writer.database(this.#database, keyspace);
      }
      this.#cursor = keyspace.scan(this.#cursor, (ref) => {
        met++;
        this.#meet(this.#database, keyspace, ref);
      });
      met++;
      if (this.#cursor === 0) this.#endDatabase(keyspace);
    }
  }

  #endDatabase(keyspace: Keyspace): void {
    keyspace.endWalk();
    this.#database++;
    this.#cursor = 0;
  }

  /** A key is about to be changed or removed. */
  capture(keyspace: Keyspace, ref: EntryRef): void {
    if (!keyspace.isWalking || keyspace.isWalked(ref)) return;
    const database = this.#databases.indexOf(keyspace);
    if (CHECKED) assert(database >= this.#database, "a database that was walked has keys to meet");
    this.#meet(database, keyspace, ref);
  }

  #meet(database: number, keyspace: Keyspace, ref: EntryRef): void {
    if (keyspace.isWalked(ref)) return;
    keyspace.setWalked(ref);
    if (!this.#isWriting) return;
    this.#writer.entry(database, keyspace, ref);
    this.writtenKeys++;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(this.writtenKeys <= this.totalKeys, "more keys are written than there were");
    this.#databases.forEach((keyspace, database) => {
      assert(keyspace.isWalking === database >= this.#database, "a database that is being walked");
    });
  }
}
