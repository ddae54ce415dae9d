/** What was refused lately: ACL LOG. */
import { assert } from "../assert.ts";

/** Where a command was refused: by itself, in a transaction, in a script. */
export type RefusalContext = "toplevel" | "multi" | "lua";

/** What was refused. */
export interface RefusalFacts {
  readonly reason: "command" | "key" | "channel" | "auth";
  readonly context: RefusalContext;
  /** The command, key or channel. */
  readonly object: string;
  readonly username: string;
}

/** What was refused, so often. */
export interface Refusal extends RefusalFacts {
  readonly count: number;
  /** Wall-clock time of the last one, in milliseconds. */
  readonly atMs: number;
  /** The client that was refused last, as CLIENT LIST shows it. */
  readonly client: string;
}

/** So far back a refusal of the same kind is looked for. */
const LOOKED_AT = 10;
/** Refusals of the same kind within so many milliseconds are one entry. */
const SAME_MS = 60_000;

/** Refusals, the latest first: those of one kind that follow each other closely are one entry. */
export class Refusals {
  #entries: readonly Refusal[] = [];

  /** The latest entries, at most so many. */
  latest(count: number): readonly Refusal[] {
    return this.#entries.slice(0, count);
  }

  /** Forgets everything. */
  reset(): void {
    this.#entries = [];
  }

  /** @param mostEntries `acllog-max-len` */
  add(facts: RefusalFacts, atMs: number, client: string, mostEntries: number): void {
    const at = this.#entries.findIndex((known, i) => i < LOOKED_AT && isAlike(known, facts, atMs));
    if (at >= 0) {
      const known = this.#entries[at]!;
      const others = this.#entries.filter((_, i) => i !== at);
      this.#entries = [{ ...known, count: known.count + 1, atMs, client }, ...others];
    } else {
      this.#entries = [{ ...facts, count: 1, atMs, client }, ...this.#entries].slice(
        0,
        mostEntries,
      );
    }
  }

  /** Throws when an entry could not have been made. */
  verifyInvariants(): void {
    for (const { count } of this.#entries) assert(count > 0, "an entry of nothing");
  }
}

function isAlike(known: Refusal, facts: RefusalFacts, atMs: number): boolean {
  return (
    known.reason === facts.reason &&
    known.context === facts.context &&
    known.object === facts.object &&
    known.username === facts.username &&
    Math.abs(known.atMs - atMs) <= SAME_MS
  );
}
