import { assert } from "../assert.ts";
import { drawBelow } from "../engine/draw.ts";
import type { PeerLinks } from "../ports/peer-links.ts";
import type { Random } from "../ports/random.ts";

/** A link that nobody has used for so long is closed. */
const KEPT_MS = 10_000;
/** No more links than this are kept. */
const MOST_LINKS = 64;
/** No database is known to be selected. */
export const NO_DATABASE = -1;

/** A connection to another server. */
export interface Peer {
  readonly name: string;
  readonly link: number;
  /** The database that is selected there, as the client wrote it; NO_DATABASE when that is not known. */
  database: number | bigint;
  usedMs: number;
}

/** The servers that this one has spoken to a short while ago, with the connections to them. */
export class Peers {
  readonly #links: PeerLinks;
  readonly #random: Random;
  readonly #byName = new Map<string, Peer>();

  constructor(links: PeerLinks, random: Random) {
    this.#links = links;
    this.#random = random;
  }

  /** How many connections are kept: INFO's `migrate_cached_sockets`. */
  get size(): number {
    return this.#byName.size;
  }

  /** Where things are sent and lines come from. */
  get links(): PeerLinks {
    return this.#links;
  }

  /** The connection to a server, which may be one that has been kept; null when there can be none. */
  connected(host: string, port: number, nowMs: number, timeoutMs: number): Peer | null {
    const name = `${host}:${port}`;
    const kept = this.#byName.get(name);
    if (kept !== undefined) {
      kept.usedMs = nowMs;
      return kept;
    }
    if (this.size === MOST_LINKS) {
      this.close([...this.#byName.values()][drawBelow(this.#random, MOST_LINKS)]!);
    }
    const link = this.#links.connect(host, port, timeoutMs);
    if (link === null) return null;
    const peer: Peer = { name, link, database: NO_DATABASE, usedMs: nowMs };
    this.#byName.set(name, peer);
    return peer;
  }

  /** Closes a connection. */
  close(peer: Peer): void {
    if (this.#byName.get(peer.name) !== peer) return;
    this.#byName.delete(peer.name);
    this.#links.close(peer.link);
  }

  /** Closes what nobody has used for a while. */
  closeIdle(nowMs: number): void {
    for (const peer of [...this.#byName.values()]) {
      if (nowMs - peer.usedMs > KEPT_MS) this.close(peer);
    }
  }

  /** Throws when there are more connections than may be. */
  verifyInvariants(): void {
    assert(this.size <= MOST_LINKS, "too many connections to other servers");
    for (const [name, peer] of this.#byName) assert(peer.name === name, "a server has one name");
  }
}
