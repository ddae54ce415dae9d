import { assert, CHECKED } from "../assert.ts";

/** Who gets a piece: the log, the replicas, or both. */
interface Audience {
  /** A SELECT, which belongs to the command behind it. */
  readonly select: boolean;
  readonly forLog: boolean;
  readonly forStream: boolean;
}

/** A part of a unit of effects. */
interface Piece extends Audience {
  /** Where it begins; it ends where the next one does, or the unit. */
  readonly start: number;
  /** How many commands it holds. */
  readonly commands: number;
}

const FOR_BOTH = { forLog: true, forStream: true } as const;

/**
 * What of a unit of effects is for whom. Most units are for the log and the replicas alike and have
 * no pieces: a PUBLISH is for replicas alone, and with it a SELECT can be for one of the two.
 */
export class Pieces {
  readonly #pieces: Piece[] = [];

  /** True while everything is for all. */
  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /**
   * From now on pieces count. What there is so far is for all.
   *
   * @param start where the unit begins
   * @param leadingBytes the length of the SELECT that it begins with
   * @param commands how many commands there are so far
   * @param end where they end
   */
  begin(start: number, leadingBytes: number, commands: number, end: number): void {
    if (CHECKED) assert(this.isEmpty, "pieces begin once in a unit");
    if (commands === 0) return;
    const body = start + leadingBytes;
    if (body > start) this.#pieces.push({ ...FOR_BOTH, start, select: true, commands: 0 });
    if (end > body) this.#pieces.push({ ...FOR_BOTH, start: body, select: false, commands });
  }

  /** A further piece begins. */
  add(start: number, audience: Audience): void {
    this.#pieces.push({ ...audience, start, commands: audience.select ? 0 : 1 });
  }

  /**
   * The unit as one of the two gets it: a SELECT for the first command, and the commands, between
   * MULTI and EXEC when they are several. Empty when it gets none.
   *
   * @param source the whole unit
   */
  unitFor(
    side: "forLog" | "forStream",
    source: Uint8Array,
    multi: Uint8Array,
    exec: Uint8Array,
  ): Uint8Array {
    const parts: Uint8Array[] = [];
    let commands = 0;
    for (const [i, piece] of this.#pieces.entries()) {
      if (!piece[side]) continue;
      parts.push(source.subarray(piece.start, this.#pieces[i + 1]?.start ?? source.length));
      commands += piece.commands;
    }
    if (commands > 1) {
      const isLed = this.#pieces.find((piece) => piece[side])!.select;
      parts.splice(isLed ? 1 : 0, 0, multi);
      parts.push(exec);
    }
    return Buffer.concat(parts);
  }

  /** The unit has ended. */
  clear(): void {
    this.#pieces.length = 0;
  }
}
