import { CHECKED } from "../assert.ts";
import { latin1 } from "../resp/request.ts";
import type { KeyEvent } from "./key-events.ts";
import type { WatchRegistry } from "./watch.ts";

/** Told of every change of a key. It must not change keys itself. */
export interface KeyChangeListener {
  /** `bytes[offset..offset + length)` is the key; `exists` whether it is there after the change. */
  changed(
    database: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    event: KeyEvent,
    exists: boolean,
  ): void;
  /** Two databases have exchanged their contents. */
  swapped?(a: number, b: number): void;
  /** A key is there whose coming is no event. */
  appeared?(database: number, bytes: Uint8Array, offset: number, length: number): void;
  /** A database has been emptied. */
  flushed?(database: number): void;
}

/** Told of changes for the sake of clients' caches. It must not change keys itself. */
export interface KeyTracker {
  /** `bytes[offset..offset + length)` has changed. */
  changed(bytes: Uint8Array, offset: number, length: number, event: KeyEvent): void;
  /** Databases have been emptied. */
  flushed(): void;
}

/**
 * The one place through which changes of keys go: they are counted, make watching transactions fail,
 * and are told to whoever listens (keyspace notifications, clients that wait for keys, tracking).
 */
export class Changes {
  /** Number of changes since the start. */
  count = 0;
  /** How many of them the last snapshot has. */
  #saved = 0;
  /** How often a change has been told, while assertions are on, which compare it. */
  told = 0;
  /** Clients have caches, or may have; null while none does. */
  tracker: KeyTracker | null = null;
  readonly #watches: WatchRegistry;
  #listeners: readonly KeyChangeListener[] = [];

  constructor(watches: WatchRegistry) {
    this.#watches = watches;
  }

  /** Tells `listener` of every change from now on. */
  listen(listener: KeyChangeListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  /** Tells `listener` no more. */
  ignore(listener: KeyChangeListener): void {
    this.#listeners = this.#listeners.filter((one) => one !== listener);
  }

  /** True when nobody needs to know which key has changed. */
  get areUnheard(): boolean {
    return this.#watches.isEmpty && this.#listeners.length === 0 && this.tracker === null;
  }

  /** Counts `count` changes that the caller tells of by `tell`, or that concern whole databases. */
  add(count: number): void {
    this.count += count;
    if (CHECKED) this.told++;
  }

  /** Tells that a key has changed. Precondition: it has been counted by `add`. */
  tell(
    database: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    event: KeyEvent,
    exists: boolean,
  ): void {
    if (!this.#watches.isEmpty) {
      this.#watches.touch(database, latin1(bytes, offset, length), exists);
    }
    if (this.tracker !== null) this.tracker.changed(bytes, offset, length, event);
    this.tellUnwatched(database, bytes, offset, length, event, exists);
  }

  /** As `tell`, but transactions that watch the key do not fail, and caches keep it. */
  tellUnwatched(
    database: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    event: KeyEvent,
    exists: boolean,
  ): void {
    for (const listener of this.#listeners) {
      listener.changed(database, bytes, offset, length, event, exists);
    }
  }

  /** Tells that a key is there whose coming is no event. */
  tellAppeared(database: number, bytes: Uint8Array, offset: number, length: number): void {
    for (const listener of this.#listeners) listener.appeared?.(database, bytes, offset, length);
  }

  /** Tells that two databases have exchanged their contents. */
  tellSwapped(a: number, b: number): void {
    for (const listener of this.#listeners) listener.swapped?.(a, b);
  }

  /** Tells that a database has been emptied. */
  tellFlushed(database: number): void {
    for (const listener of this.#listeners) listener.flushed?.(database);
  }

  /** Changes since the last snapshot: INFO's rdb_changes_since_last_save. */
  get unsaved(): number {
    return this.count - this.#saved;
  }

  /** A snapshot has the first `count` changes. */
  saved(count: number): void {
    this.#saved = count;
  }
}
