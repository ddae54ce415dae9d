/**
 * Who listens to what: channels, patterns of channels, and shard channels.
 *
 * Names are strings with one character per byte. A name is known here as long as somebody listens
 * to it, and its listeners are told in the order in which they subscribed.
 */
import { assert, CHECKED } from "../assert.ts";
import type { Session } from "./session.ts";
import {
  SessionSubscriptions,
  SUBSCRIPTION_BYTES,
  SUBSCRIPTION_KINDS,
  type SubscriptionKind,
} from "./session-subscriptions.ts";

/** Those who listen to one name. */
export interface Audience {
  /** The name's bytes. */
  readonly bytes: Uint8Array;
  readonly listeners: Set<Session>;
}

/** The subscriptions of all sessions, by name. */
export class Subscriptions {
  readonly channels = new Map<string, Audience>();
  readonly patterns = new Map<string, Audience>();
  readonly shards = new Map<string, Audience>();

  /** True when no message to a channel could reach anybody. */
  get isUnheard(): boolean {
    return this.channels.size === 0 && this.patterns.size === 0;
  }

  /** A session listens to a name from now on; nothing changes when it does already. */
  add(session: Session, kind: SubscriptionKind, name: string): void {
    session.subscriptions ??= new SessionSubscriptions();
    const own = session.subscriptions;
    if (own[kind].has(name)) return;
    own[kind].add(name);
    own.bytes += SUBSCRIPTION_BYTES + name.length;
    let audience = this[kind].get(name);
    if (audience === undefined) {
      audience = { bytes: Buffer.from(name, "latin1"), listeners: new Set() };
      this[kind].set(name, audience);
    }
    if (CHECKED) assert(!audience.listeners.has(session), "a subscription is known on both sides");
    audience.listeners.add(session);
  }

  /** A session listens to a name no more; nothing changes when it did not. */
  remove(session: Session, kind: SubscriptionKind, name: string): void {
    const own = session.subscriptions;
    if (own === null || !own[kind].delete(name)) return;
    own.bytes -= SUBSCRIPTION_BYTES + name.length;
    if (own.total === 0) session.subscriptions = null;
    const audience = this[kind].get(name);
    assert(audience?.listeners.delete(session) === true, "a subscription is known on both sides");
    if (audience.listeners.size === 0) this[kind].delete(name);
  }

  /** A session listens to nothing more. */
  removeAll(session: Session): void {
    for (const kind of SUBSCRIPTION_KINDS) {
      for (const name of [...(session.subscriptions?.[kind] ?? [])]) {
        this.remove(session, kind, name);
      }
    }
    if (CHECKED) assert(session.subscriptions === null, "who listens to nothing has none");
  }

  /**
   * Throws when the two sides contradict each other.
   *
   * @param sessions all that are connected
   */
  verifyInvariants(sessions: Iterable<Session>): void {
    const expected = { channels: 0, patterns: 0, shards: 0 };
    for (const session of sessions) {
      const own = session.subscriptions;
      if (own === null) continue;
      assert(own.total > 0, "who listens to nothing has none");
      let bytes = 0;
      for (const kind of SUBSCRIPTION_KINDS) {
        for (const name of own[kind]) {
          assert(this[kind].get(name)?.listeners.has(session) === true, "a lost subscription");
          bytes += SUBSCRIPTION_BYTES + name.length;
        }
        expected[kind] += own[kind].size;
      }
      assert(own.bytes === bytes, "what subscriptions cost is what each of them costs");
    }
    for (const kind of SUBSCRIPTION_KINDS) {
      let listeners = 0;
      for (const audience of this[kind].values()) {
        assert(audience.listeners.size > 0, "a name that nobody listens to");
        listeners += audience.listeners.size;
      }
      assert(listeners === expected[kind], "somebody who is gone listens");
    }
  }
}
