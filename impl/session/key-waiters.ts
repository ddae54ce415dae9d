import { assert, CHECKED } from "../assert.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import { latin1 } from "../resp/request.ts";
import type { Changes, KeyChangeListener } from "./changes.ts";
import type { KeyEvent } from "./key-events.ts";
import type { KeyWait, Session } from "./session.ts";

/** A key that somebody waits for. */
export interface WaitedKey {
  readonly database: number;
  readonly key: string;
}

interface Waited extends WaitedKey {
  /** Who waits, in the order in which they began to. */
  readonly waiters: Map<Session, KeyWait>;
  /** It is there, with a value of any type: as far as has been told, its time being past or not. */
  isThere: boolean;
  /** It stands among the ready keys. */
  isReady: boolean;
}

/** What the registry looks at. */
export interface WaitedData {
  readonly databases: readonly Keyspace[];
  readonly changes: Changes;
}

/**
 * The sessions that wait for keys, by key, and the keys that have become ready since they were
 * looked at.
 *
 * A key becomes ready when it comes to be there with a value of a type that somebody waits for. One
 * that was there and changes does not, and neither does one over which another value is written:
 * only what Redis adds to its dictionary. But where somebody's wait ends with its key, the key becomes
 * ready when it goes or has another type. Ready keys come in the order in which they became ready, the sessions that wait for one in
 * the order in which they began to: Redis' order. The registry hears of changes only while somebody
 * waits, so that nobody pays for it otherwise.
 *
 * Source: Redis' `blocked.c`; https://redis.io/docs/latest/commands/blpop/
 */
export class KeyWaiters implements KeyChangeListener {
  readonly #data: WaitedData;
  readonly #byName = new Map<string, Waited>();
  readonly #bySession = new Map<Session, KeyWait>();
  /** How many sessions wait for each type. */
  readonly #ofType = new Map<number, number>();
  /** How many of them have a wait that ends with its key. */
  #endingWithKey = 0;
  #ready: Waited[] = [];
  /** Where the first ready key stands that has not been taken. */
  #nextReady = 0;

  constructor(data: WaitedData) {
    this.#data = data;
  }

  /** How many sessions wait. */
  get size(): number {
    return this.#bySession.size;
  }

  /** True when a key has become ready that has not been taken. */
  get hasReady(): boolean {
    return this.#nextReady < this.#ready.length;
  }

  /** A session begins to wait, behind those that wait for the same keys. */
  add(session: Session, wait: KeyWait): void {
    if (CHECKED) {
      assert(!this.#bySession.has(session), "a session waits for one thing");
      assert(wait.keys.length > 0, "a wait for no key never ends");
    }
    if (this.#bySession.size === 0) this.#data.changes.listen(this);
    this.#bySession.set(session, wait);
    this.#ofType.set(wait.type, (this.#ofType.get(wait.type) ?? 0) + 1);
    if (wait.endsWithKey) this.#endingWithKey++;
    for (const key of wait.keys) {
      const name = nameOf(wait.database, key);
      let waited = this.#byName.get(name);
      if (waited === undefined) {
        waited = {
          database: wait.database,
          key,
          waiters: new Map(),
          isThere: false,
          isReady: false,
        };
        waited.isThere = this.typeOf(waited) >= 0;
        this.#byName.set(name, waited);
      }
      waited.waiters.set(session, wait);
    }
  }

  /** A session waits no more, if it did. Takes as long as it has keys. */
  remove(session: Session): void {
    const wait = this.#bySession.get(session);
    if (wait === undefined) return;
    this.#bySession.delete(session);
    const ofType = this.#ofType.get(wait.type)! - 1;
    if (ofType === 0) this.#ofType.delete(wait.type);
    else this.#ofType.set(wait.type, ofType);
    if (wait.endsWithKey) this.#endingWithKey--;
    for (const key of wait.keys) {
      const name = nameOf(wait.database, key);
      const { waiters } = this.#byName.get(name)!;
      waiters.delete(session);
      if (waiters.size === 0) this.#byName.delete(name);
    }
    if (this.#bySession.size === 0) this.#data.changes.ignore(this);
  }

  /** A key has changed: it is ready if it has come, with a type that somebody waits for. */
  changed(
    database: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    event: KeyEvent,
    exists: boolean,
  ): void {
    const waited = this.#byName.get(nameOf(database, latin1(bytes, offset, length)));
    if (waited === undefined) return;
    const hasCome = exists && (event.isArrival || !waited.isThere);
    waited.isThere = exists;
    if (hasCome) this.#look(waited);
    else this.#lookForItsEnd(waited);
  }

  /** Two databases have exchanged their contents: of what is waited for, what is there is ready. */
  swapped(a: number, b: number): void {
    if (this.#bySession.size === 0) return;
    for (const database of [a, b]) {
      for (const waited of this.#byName.values()) {
        if (waited.database !== database) continue;
        waited.isThere = this.typeOf(waited) >= 0;
        if (waited.isThere) this.#look(waited);
        else this.#lookForItsEnd(waited);
      }
    }
  }

  appeared(database: number, bytes: Uint8Array, offset: number, length: number): void {
    const waited = this.#byName.get(nameOf(database, latin1(bytes, offset, length)));
    if (waited !== undefined) waited.isThere = true;
  }

  flushed(database: number): void {
    for (const waited of this.#byName.values()) {
      if (waited.database !== database) continue;
      waited.isThere = false;
      this.#lookForItsEnd(waited);
    }
  }

  /** Takes the key that became ready first; null when there is none. It may become ready again. */
  takeReady(): WaitedKey | null {
    const waited = this.#ready[this.#nextReady];
    if (waited === undefined) return null;
    waited.isReady = false;
    if (++this.#nextReady === this.#ready.length) {
      this.#ready = [];
      this.#nextReady = 0;
    }
    return waited;
  }

  /**
   * Who waits for a key with a value of `type`, in the order in which they began to. Waits may end
   * meanwhile, but none may begin; only those that are asked for are looked at.
   */
  *waitersFor({ database, key }: WaitedKey, type: number): IterableIterator<Session> {
    const waiters = this.#byName.get(nameOf(database, key))?.waiters ?? [];
    for (const [session, wait] of waiters) if (wait.type === type) yield session;
  }

  /** Who waits for a key and has to hear that it has no value of their type: `type` is what it has, or -1; as `waitersFor`. */
  *waitersOnOther({ database, key }: WaitedKey, type: number): IterableIterator<Session> {
    if (this.#endingWithKey === 0) return;
    const waiters = this.#byName.get(nameOf(database, key))?.waiters ?? [];
    for (const [session, wait] of waiters) {
      if (wait.endsWithKey && wait.type !== type) yield session;
    }
  }

  /** The type of the value that a key has; -1 when it is absent. Its time may be past. */
  typeOf({ database, key }: WaitedKey): number {
    const keyspace = this.#data.databases[database]!;
    const bytes = Buffer.from(key, "latin1");
    const ref = keyspace.find(bytes, 0, bytes.length);
    return ref === 0 ? -1 : keyspace.type(ref);
  }

  /** Throws when the indexes disagree. */
  verifyInvariants(): void {
    let indexed = 0;
    for (const [name, waited] of this.#byName) {
      assert(name === nameOf(waited.database, waited.key), "a key stands under another's name");
      assert(waited.waiters.size > 0, "a key without waiters is indexed");
      assert(
        waited.isThere === this.typeOf(waited) >= 0,
        "a key came or went, and it was not told",
      );
      for (const [session, wait] of waited.waiters) {
        assert(this.#bySession.get(session) === wait, "a session waits and does not know it");
        assert(wait.keys.includes(waited.key), "a session waits for what it did not ask for");
        indexed++;
      }
    }
    let owned = 0;
    let ending = 0;
    const ofType = new Map<number, number>();
    for (const [session, wait] of this.#bySession) {
      assert(!session.closed, "a closed session waits for a key");
      assert(new Set(wait.keys).size === wait.keys.length, "a key is waited for twice");
      owned += wait.keys.length;
      if (wait.endsWithKey) ending++;
      ofType.set(wait.type, (ofType.get(wait.type) ?? 0) + 1);
    }
    assert(indexed === owned, "a session waits for a key that is not indexed");
    assert(ending === this.#endingWithKey, "waits that end with their key are miscounted");
    for (const [type, count] of this.#ofType) assert(ofType.get(type) === count, "miscounted");
    assert(this.#ofType.size === ofType.size, "a type that nobody waits for is counted");
    this.#ready.forEach((waited, i) => {
      assert(waited.isReady === i >= this.#nextReady, "a ready key is marked as such");
    });
  }

  /** Makes a key ready that has come, if it has a type that somebody waits for, or ends a wait. */
  #look(waited: Waited): void {
    if (waited.isReady) return;
    const type = this.typeOf(waited);
    if (this.#ofType.has(type) || this.#endsWait(waited, type)) this.#makeReady(waited);
  }

  /** Makes a key ready that has changed or gone, if somebody's wait ends with that. */
  #lookForItsEnd(waited: Waited): void {
    if (waited.isReady || this.#endingWithKey === 0) return;
    const type = waited.isThere ? this.typeOf(waited) : -1;
    if (this.#endsWait(waited, type)) this.#makeReady(waited);
  }

  #endsWait({ waiters }: Waited, type: number): boolean {
    if (this.#endingWithKey === 0) return false;
    for (const wait of waiters.values()) if (wait.endsWithKey && wait.type !== type) return true;
    return false;
  }

  #makeReady(waited: Waited): void {
    waited.isReady = true;
    this.#ready.push(waited);
  }
}

function nameOf(database: number, key: string): string {
  return `${database}:${key}`;
}
