/** What one session listens to. */

/** The kinds of subscriptions. */
export const SUBSCRIPTION_KINDS = ["channels", "patterns", "shards"] as const;

/** A kind of subscriptions. */
export type SubscriptionKind = (typeof SUBSCRIPTION_KINDS)[number];

/** What a subscription costs beside its name, in bytes: a place in two sets. */
export const SUBSCRIPTION_BYTES = 64;

/** What one session listens to; a session that listens to nothing has none. */
export class SessionSubscriptions {
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shards = new Set<string>();
  /** What all of it costs, in bytes. */
  bytes = 0;

  /** How many subscriptions there are of every kind. */
  get total(): number {
    return this.channels.size + this.patterns.size + this.shards.size;
  }

  /** What SUBSCRIBE and PSUBSCRIBE count, or SSUBSCRIBE. */
  count(kind: SubscriptionKind): number {
    return kind === "shards" ? this.shards.size : this.channels.size + this.patterns.size;
  }
}
