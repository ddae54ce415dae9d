/** What a client keeps of what it has read, by what the server tells it. */

/** A read that has been sent, and may be kept when its reply comes. */
export interface Read {
  readonly key: string;
  /** What was told since makes its reply worthless. */
  isOver: boolean;
}

/** A value that is kept. Another read of the same key makes another one. */
export interface Kept {
  readonly value: string | null;
}

/** One client's cache. */
export class Cache {
  readonly #kept = new Map<string, Kept>();
  readonly #reads = new Set<Read>();

  /** The keys that it has values of. */
  get keys(): readonly string[] {
    return [...this.#kept.keys()];
  }

  get(key: string): Kept | undefined {
    return this.#kept.get(key);
  }

  /** A read is sent whose reply may be kept. */
  begin(key: string): Read {
    const read = { key, isOver: false };
    this.#reads.add(read);
    return read;
  }

  /** Its reply has come; null for an error, which is not kept. Returns whether it is kept. */
  end(read: Read, kept: Kept | null): boolean {
    this.#reads.delete(read);
    if (read.isOver || kept === null) return false;
    this.#kept.set(read.key, kept);
    return true;
  }

  /**
   * A key may have changed.
   *
   * @param hasOvertaken it was told by another connection than replies come by, so that it may be about
   *   a reply that has not come
   */
  drop(key: string, hasOvertaken: boolean): void {
    this.#kept.delete(key);
    if (!hasOvertaken) return;
    for (const read of this.#reads) if (read.key === key) read.isOver = true;
  }

  /** Anything may have changed, or nobody will tell any more. */
  clear(hasOvertaken: boolean): void {
    this.#kept.clear();
    if (!hasOvertaken) return;
    for (const read of this.#reads) read.isOver = true;
  }
}
