/** Who is told of changes of all keys with a prefix, and which have changed since they were. */
import { assert, CHECKED } from "../assert.ts";
import type { Session } from "./session.ts";
import type { SessionTracking } from "./session-tracking.ts";

/** Those who are told of the keys with one prefix. */
interface Prefix {
  readonly sessions: Set<Session>;
  /** Keys that have changed, each with the session that has changed it last; null for nobody. */
  readonly changed: Map<string, Session | null>;
}

/** Tells a session that keys have changed. */
export type TellKeys = (
  session: Session,
  tracking: SessionTracking,
  keys: readonly string[],
) => void;

/** Sessions in the order of their ids: two of them may have the same other one told. */
export function inOrder(sessions: ReadonlySet<Session>): readonly Session[] {
  return [...sessions].sort((a, b) => a.id - b.id);
}

/** The prefixes of all sessions. Keys and prefixes have one character per byte. */
export class Broadcasts {
  readonly #prefixes = new Map<string, Prefix>();
  /** A key has changed that somebody is to be told of. */
  hasChanged = false;

  /** Number of prefixes. */
  get size(): number {
    return this.#prefixes.size;
  }

  /** A session is told of keys with a prefix from now on. */
  add(session: Session, tracking: SessionTracking, prefix: string): void {
    tracking.prefixes.add(prefix);
    let found = this.#prefixes.get(prefix);
    if (found === undefined) {
      found = { sessions: new Set(), changed: new Map() };
      this.#prefixes.set(prefix, found);
    }
    found.sessions.add(session);
  }

  /** A session is told of nothing more. */
  remove(session: Session, tracking: SessionTracking): void {
    for (const prefix of tracking.prefixes) {
      const found = this.#prefixes.get(prefix);
      assert(found?.sessions.delete(session) === true, "a prefix is known on both sides");
      if (found.sessions.size === 0) this.#prefixes.delete(prefix);
    }
    tracking.prefixes.clear();
  }

  /**
   * A key has changed.
   *
   * @param by who has changed it; null for nobody, when its time was past
   */
  note(key: string, by: Session | null): void {
    for (const [prefix, { changed }] of this.#prefixes) {
      if (!key.startsWith(prefix)) continue;
      changed.set(key, by);
      this.hasChanged = true;
    }
  }

  /** Tells of what has changed: by prefix, sessions and keys in order. */
  tell(tell: TellKeys): void {
    this.hasChanged = false;
    for (const prefix of [...this.#prefixes.keys()].sort()) {
      const { sessions, changed } = this.#prefixes.get(prefix)!;
      if (changed.size === 0) continue;
      const all = [...changed.keys()].sort();
      for (const session of inOrder(sessions)) {
        const tracking = session.tracking!;
        const keys = tracking.isNoLoop ? all.filter((key) => changed.get(key) !== session) : all;
        if (keys.length > 0) tell(session, tracking, keys);
      }
      changed.clear();
    }
    if (CHECKED) assert(!this.hasChanged, "who is told changes nothing");
  }

  /** Who is told of keys with which prefixes, and what has changed: for the abstraction function. */
  entries(): ReadonlyMap<string, Prefix> {
    return this.#prefixes;
  }

  /** Throws when the two sides contradict each other. */
  verifyInvariants(sessions: Iterable<Session>): void {
    let expected = 0;
    for (const session of sessions) {
      const prefixes = session.tracking?.prefixes ?? [];
      for (const prefix of prefixes) {
        assert(this.#prefixes.get(prefix)?.sessions.has(session) === true, "a lost prefix");
        expected++;
      }
    }
    let listeners = 0;
    for (const [prefix, { sessions: told, changed }] of this.#prefixes) {
      assert(told.size > 0, "a prefix of nobody");
      assert(changed.size === 0 || this.hasChanged, "a change that nobody will be told of");
      for (const key of changed.keys()) assert(key.startsWith(prefix), "a key of another prefix");
      listeners += told.size;
    }
    assert(listeners === expected, "somebody who is gone is told");
  }
}
