import { assert, CHECKED } from "../assert.ts";
import { Effects } from "../engine/effects.ts";
import { type EntryRef, Keyspace } from "../engine/keyspace.ts";
import type { Journal, ReplicaStream } from "../ports/journal.ts";
import type { SnapshotWalk } from "../replication/snapshot-walk.ts";
import { latin1 } from "../resp/request.ts";
import { FunctionLibraries } from "../scripting/functions/libraries.ts";
import { typeOf, verifyValues } from "../types/index.ts";
import { rootedValues } from "../types/rooted.ts";
import { Changes } from "./changes.ts";
import { KEY_EVENT, type KeyEvent } from "./key-events.ts";
import type { ExecutionObserver } from "./observer.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";
import type { Timing } from "./timing.ts";
import { type KeyView, NO_KEYS, WatchRegistry } from "./watch.ts";

/** What the data set needs of the instance that has it. */
export interface DataSetHost {
  /** CLIENT PAUSE holds commands back. */
  readonly isPaused: boolean;
  /** A command runs that is declared to write. */
  readonly isWriting: boolean;
  readonly observer: ExecutionObserver | null;
}

/** What a data set is made of. */
export interface DataSetParts {
  readonly host: DataSetHost;
  readonly settings: Settings;
  readonly statistics: Statistics;
  readonly time: Timing;
  /** Where its effects go. */
  readonly journal: Journal & ReplicaStream;
  /** The secret key of all hashes. */
  readonly hashKey: readonly [number, number];
}

/** The databases, and what every change in them goes through: effects, watches, listeners. */
export class DataSet {
  readonly #host: DataSetHost;
  readonly #settings: Settings;
  readonly #statistics: Statistics;
  readonly #time: Timing;
  readonly effects: Effects;
  readonly watches = new WatchRegistry();
  /** Through which every change of a key goes. */
  readonly changes = new Changes(this.watches);
  /** The databases by index; SWAPDB exchanges two. */
  readonly databases: Keyspace[];
  /** A snapshot that is being written: it takes every key before that is changed. Null without one. */
  walk: SnapshotWalk | null = null;
  readonly #makeKeyspace: () => Keyspace;
  /** The libraries of functions, which no database has. */
  readonly libraries = new FunctionLibraries();

  constructor({ host, settings, statistics, time, journal, hashKey }: DataSetParts) {
    this.#host = host;
    this.#settings = settings;
    this.#statistics = statistics;
    this.#time = time;
    this.effects = new Effects(journal, journal);
    // One key for all, so that a key's hash is known before its database is.
    this.#makeKeyspace = () =>
      new Keyspace({ hashKey, rooted: (arena, key) => rootedValues(arena, key, settings) });
    this.databases = Array.from({ length: settings.databases }, this.#makeKeyspace);
  }

  /** Bytes in use: keys, values and their indexes, libraries. */
  get usedBytes(): number {
    let bytes = this.libraries.usedBytes;
    for (const keyspace of this.databases) bytes += keyspace.usedBytes;
    return bytes;
  }

  /**
   * Frees about `elements` elements or nodes of values that were removed.
   *
   * @returns true when there may be more
   */
  reclaim(elements: number): boolean {
    let left = elements;
    for (const keyspace of this.databases) {
      left = keyspace.reclaim(left);
      if (left === 0) return true;
    }
    return false;
  }

  /** How often a keyspace has been changed, while assertions are on. */
  get mutations(): number {
    let mutations = 0;
    for (const keyspace of this.databases) mutations += keyspace.mutations;
    return mutations;
  }

  /**
   * Removes an entry whose time is past, as every access does first.
   *
   * The removal is an effect of its own (DEL, or UNLINK with lazyfree-lazy-expire), and a change
   * for WATCH. During CLIENT PAUSE the data stay as they are, and the entry only counts as gone;
   * the one write that can run then, in the EXEC that pauses, needs its place.
   *
   * @returns false when the entry stays
   */
  expire(database: number, ref: EntryRef): boolean {
    if (this.#host.isPaused && !this.#host.isWriting) return false;
    // Whoever loads a snapshot leaves it out, since its time is past: it need not be written. That a
    // command looks for it is no moment to look at values.
    this.databases[database]!.setWalked(ref);
    this.#drop(database, ref, this.#settings.lazyExpire, KEY_EVENT.expired);
    this.#statistics.expiredKeys++;
    return true;
  }

  /**
   * Removes an entry to make room. The removal is an effect of its own (DEL, or UNLINK with
   * lazyfree-lazy-eviction), which is handed to the journal at once, and a change for WATCH.
   */
  evict(database: number, ref: EntryRef): void {
    if (CHECKED) assert(this.effects.pending === 0, "eviction stands between commands");
    this.walk?.capture(this.databases[database]!, ref);
    this.#drop(database, ref, this.#settings.lazyEviction, KEY_EVENT.evicted);
    this.#statistics.evictedKeys++;
    this.effects.commit();
  }

  /** Removes an entry that no command has asked to remove. */
  #drop(database: number, ref: EntryRef, isLazy: boolean, event: KeyEvent): void {
    const keyspace = this.databases[database]!;
    const bytes = keyspace.bytes(ref);
    const offset = keyspace.keyOffset(ref);
    const length = keyspace.keyLength(ref);
    if (this.effects.enabled) {
      this.effects.begin(database, 2);
      this.effects.word(isLazy ? "UNLINK" : "DEL");
      this.effects.bytes(bytes, offset, length);
    }
    // The key lies in the block that goes: whoever listens is told before.
    this.changes.add(0);
    if (!this.changes.areUnheard) {
      this.changes.tell(database, bytes, offset, length, event, false);
    }
    keyspace.remove(ref);
  }

  /** True when removed values have blocks that are not free yet. */
  get hasDetached(): boolean {
    for (const keyspace of this.databases) if (keyspace.detachedCount > 0) return true;
    return false;
  }

  /** An entry's key, one character per byte. */
  keyOf(database: number, ref: EntryRef): string {
    const keyspace = this.databases[database]!;
    return latin1(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
  }

  /**
   * Removes up to `limit` entries whose time is past, earliest first: active expiry.
   *
   * @returns how many were removed: none during CLIENT PAUSE
   */
  expireCycle(limit: number): number {
    if (this.#host.isPaused) return 0;
    const { observer } = this.#host;
    if (observer !== null) observer.timePasses();
    let removed = 0;
    for (let database = 0; database < this.databases.length; database++) {
      const keyspace = this.databases[database]!;
      while (removed < limit) {
        const ref = keyspace.earliestExpired(this.#time.nowMs);
        if (ref === 0) break;
        const key = observer === null ? null : this.keyOf(database, ref);
        this.expire(database, ref);
        removed++;
        this.effects.commit();
        if (key !== null) observer!.expires(database, key);
      }
      keyspace.sampleTtl(this.#time.nowMs);
    }
    return removed;
  }

  /** Empties a database; the old content is dropped without walking it. Returns how many keys. */
  flush(database: number): number {
    const keyspace = this.databases[database]!;
    const removed = keyspace.size;
    this.changes.add(0);
    if (!this.watches.isEmpty) {
      this.watches.touchDatabase(database, this.#viewOf(database), NO_KEYS);
    }
    if (keyspace.isWalking) this.#replace(database, keyspace);
    else keyspace.clear();
    this.changes.tellFlushed(database);
    return removed;
  }

  /** An empty database takes the place of one that a snapshot has not written yet. */
  #replace(database: number, before: Keyspace): void {
    const after = this.#makeKeyspace();
    after.onNewKey = before.onNewKey;
    before.onNewKey = null;
    after.mutations = before.mutations;
    this.databases[database] = after;
  }

  /** Exchanges the contents of two databases. */
  swap(a: number, b: number): void {
    this.changes.add(0);
    if (!this.watches.isEmpty) {
      this.watches.touchDatabase(a, this.#viewOf(a), this.#viewOf(b));
      this.watches.touchDatabase(b, this.#viewOf(b), this.#viewOf(a));
    }
    const kept = this.databases[a]!;
    this.databases[a] = this.databases[b]!;
    this.databases[b] = kept;
    this.changes.tellSwapped(a, b);
  }

  #viewOf(database: number): KeyView {
    return {
      contains: (key) => this.contains(database, key),
      isExpired: (key) => this.isExpired(database, key),
    };
  }

  /** True when the key is there, expired or not. */
  contains(database: number, key: string): boolean {
    const bytes = Buffer.from(key, "latin1");
    return this.databases[database]!.find(bytes, 0, bytes.length) !== 0;
  }

  /** True when a key that the session watches has changed, by passing its time as well. */
  hasChangedFor(session: Session): boolean {
    if (session.dirtyCas) return true;
    return this.watches.hasExpired(session, (database, key) => this.isExpired(database, key));
  }

  /** True when the key is there and its time is past. */
  isExpired(database: number, key: string): boolean {
    const bytes = Buffer.from(key, "latin1");
    const keyspace = this.databases[database]!;
    const ref = keyspace.find(bytes, 0, bytes.length);
    return ref !== 0 && keyspace.isExpired(ref, this.#time.nowMs);
  }

  /** Journals all of it: libraries, and for each key the commands that make it, its end as an absolute time. */
  journalTo(journal: Journal): void {
    const effects = new Effects(journal);
    for (const { code } of this.libraries) {
      effects.begin(0, 3);
      effects.word("FUNCTION");
      effects.word("LOAD");
      effects.bytes(code, 0, code.length);
      effects.commit();
    }
    this.databases.forEach((keyspace, database) => {
      keyspace.forEach((ref) => {
        typeOf(keyspace, ref).recreate(effects, database, keyspace, ref);
      });
    });
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    for (const keyspace of this.databases) {
      keyspace.verifyInvariants();
      verifyValues(keyspace);
    }
    this.libraries.verifyInvariants();
    this.walk?.verifyInvariants();
    this.watches.verifyInvariants();
    assert(this.effects.pending === 0, "effects were not handed to the journal");
    this.effects.verifyInvariants();
  }
}
