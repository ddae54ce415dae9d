import assert from "node:assert/strict";
import type { Session } from "./session.ts";

/** What a watched key costs beside its name, in bytes; measured with 200,000 of them. */
const WATCHED_KEY_BYTES = 225;

/** A key that a session watches. */
interface WatchedKey {
  readonly session: Session;
  readonly database: number;
  readonly key: string;
  /** The key was already past its expiry when WATCH ran: its removal is no change. */
  expired: boolean;
}

/** The content of a database, asked key by key. */
export interface KeyView {
  /** True when the key is there, past its expiry or not. */
  readonly contains: (key: string) => boolean;
  /** True when the key is there and past its expiry. */
  readonly isExpired: (key: string) => boolean;
}

/** A database without keys. */
export const NO_KEYS: KeyView = { contains: () => false, isExpired: () => false };

/**
 * The keys that sessions WATCH, and the rule that a change of one makes EXEC fail.
 *
 * Spec: `specs/transactions/Transactions.tla` (dirty marks). Source:
 * https://redis.io/docs/latest/develop/interact/transactions/
 */
export class WatchRegistry {
  /** By database and key (one character per byte). */
  readonly #byKey = new Map<string, WatchedKey[]>();
  readonly #bySession = new Map<Session, WatchedKey[]>();

  /** True when nobody watches anything, which is the common case on the hot path. */
  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Adds a key to those that `session` watches; a second time changes nothing. */
  watch(session: Session, database: number, key: string, expired: boolean): void {
    const own = this.#bySession.get(session) ?? [];
    if (own.some((watched) => watched.database === database && watched.key === key)) return;
    const watched: WatchedKey = { session, database, key, expired };
    own.push(watched);
    session.watchedBytes += WATCHED_KEY_BYTES + key.length;
    this.#bySession.set(session, own);
    const name = keyName(database, key);
    const all = this.#byKey.get(name);
    if (all === undefined) this.#byKey.set(name, [watched]);
    else all.push(watched);
  }

  /** Forgets every key that `session` watches. */
  unwatch(session: Session): void {
    const own = this.#bySession.get(session);
    if (own === undefined) return;
    this.#bySession.delete(session);
    session.watchedBytes = 0;
    for (const watched of own) {
      const name = keyName(watched.database, watched.key);
      const rest = this.#byKey.get(name)?.filter((other) => other !== watched) ?? [];
      if (rest.length === 0) this.#byKey.delete(name);
      else this.#byKey.set(name, rest);
    }
  }

  /** Number of keys that `session` watches. */
  count(session: Session): number {
    return this.#bySession.get(session)?.length ?? 0;
  }

  /**
   * Marks the watchers of a key that has changed.
   *
   * @param exists whether the key is there after the change
   */
  touch(database: number, key: string, exists: boolean): void {
    const all = this.#byKey.get(keyName(database, key));
    if (all === undefined) return;
    for (const watched of [...all]) {
      if (watched.expired && !exists) {
        watched.expired = false;
        continue;
      }
      this.#dirty(watched.session);
    }
  }

  /**
   * Marks the watchers of a database whose whole content goes or is exchanged. A key that was
   * past its expiry and is gone or past it again has not changed, nor has an absent one whose
   * place is taken by one that is past its expiry.
   */
  touchDatabase(database: number, before: KeyView, after: KeyView): void {
    for (const [session, own] of [...this.#bySession]) {
      const changed = own.some(
        (watched) => watched.database === database && isReplaced(watched, before, after),
      );
      if (changed) this.#dirty(session);
    }
  }

  /** True when a key that `session` watches has passed its expiry since WATCH. */
  hasExpired(session: Session, isExpired: (database: number, key: string) => boolean): boolean {
    const own = this.#bySession.get(session) ?? [];
    return own.some((watched) => !watched.expired && isExpired(watched.database, watched.key));
  }

  /** Every watched key as `[session id, database, key, expired]`: for the abstraction function. */
  *entries(): IterableIterator<readonly [number, number, string, boolean]> {
    for (const [session, own] of this.#bySession) {
      for (const watched of own) {
        yield [session.id, watched.database, watched.key, watched.expired];
      }
    }
  }

  /** Throws when the two indexes disagree. */
  verifyInvariants(): void {
    let indexed = 0;
    for (const [name, all] of this.#byKey) {
      assert.ok(all.length > 0, "a key without watchers is indexed");
      for (const watched of all) {
        assert.equal(keyName(watched.database, watched.key), name);
        assert.ok(this.#bySession.get(watched.session)?.includes(watched));
        indexed++;
      }
    }
    let owned = 0;
    for (const [session, own] of this.#bySession) {
      assert.ok(!session.closed, "a closed session watches a key");
      owned += own.length;
      const bytes = own.reduce((sum, { key }) => sum + WATCHED_KEY_BYTES + key.length, 0);
      assert.equal(session.watchedBytes, bytes, "watched keys are counted by their bytes");
    }
    assert.equal(indexed, owned);
  }

  /** A dirty session needs no further marks, so its keys are forgotten. */
  #dirty(session: Session): void {
    session.dirtyCas = true;
    this.unwatch(session);
  }
}

/** Whether a watched key changes with the content of its database; keeps its `expired` right. */
function isReplaced(watched: WatchedKey, before: KeyView, after: KeyView): boolean {
  const { key } = watched;
  const was = before.contains(key);
  const is = after.contains(key);
  if (!was && !is) return false;
  if (watched.expired) {
    watched.expired = is;
    return is && !after.isExpired(key);
  }
  watched.expired = !was && after.isExpired(key);
  return !watched.expired;
}

function keyName(database: number, key: string): string {
  return `${database}:${key}`;
}
