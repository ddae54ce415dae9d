/** How a session has its cache looked after: CLIENT TRACKING. */

/** What a prefix costs beside its bytes, in bytes: a place in two sets. */
const PREFIX_BYTES = 64;

/** What CLIENT TRACKING says. */
export interface TrackingOptions {
  /** Changes of all keys with its prefixes are told, whatever the session has read. */
  readonly isBroadcast: boolean;
  /** Only what is read behind CLIENT CACHING YES is remembered. */
  readonly isOptIn: boolean;
  /** What is read behind CLIENT CACHING NO is not remembered. */
  readonly isOptOut: boolean;
  /** What the session itself changes is not told. */
  readonly isNoLoop: boolean;
  /** The id of the session that is told in its place; 0 for itself. */
  readonly redirection: number;
}

/** What one session has asked for; a session that caches nothing has none. */
export class SessionTracking implements TrackingOptions {
  isBroadcast = false;
  isOptIn = false;
  isOptOut = false;
  isNoLoop = false;
  redirection = 0;
  /** Something was to be told, and the session that is told in its place is gone. */
  isBroken = false;
  /** CLIENT CACHING was said for the next command or transaction. */
  isCaching = false;
  /** With `isBroadcast`: how its keys begin, one character per byte. None begins another. */
  readonly prefixes = new Set<string>();

  /** What its prefixes cost, in bytes. */
  get bytes(): number {
    let bytes = 0;
    for (const prefix of this.prefixes) bytes += PREFIX_BYTES + prefix.length;
    return bytes;
  }

  /** What is read now is remembered. */
  get remembers(): boolean {
    if (this.isBroadcast) return false;
    return this.isOptIn ? this.isCaching : !(this.isOptOut && this.isCaching);
  }
}
