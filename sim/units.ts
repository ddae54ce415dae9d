/** What every unit of the log has made of the data, and how far the disk keeps them. */
import assert from "node:assert/strict";
import type { Inode } from "./inode.ts";
import type { Data } from "./shadow.ts";

interface Written {
  /** The last unit written. */
  readonly lsn: number;
  readonly file: Inode;
  /** Where it ends in the file. */
  readonly endsAt: number;
}

/** The units of a run of the log, over all restarts. */
export class Units {
  /** By number: the data after that unit; the first stands for an empty log. */
  readonly #after: Data[];
  #written: Written[] = [];

  /** @param initial the data before the first unit */
  constructor(initial: Data) {
    this.#after = [initial];
  }

  /** The number of the last unit. */
  get end(): number {
    return this.#after.length - 1;
  }

  /** A command has run, after which the log ends at `end`. */
  ran(end: number, data: Data): void {
    assert.ok(end >= this.end, "the log has become shorter while it ran");
    // Several units at once are the removals of expired keys, which mean nothing either way.
    while (this.end < end) this.#after.push(data);
  }

  /** The data after a unit. */
  after(lsn: number): Data {
    const data = this.#after[lsn];
    assert.ok(data !== undefined, `there is no unit ${lsn}`);
    return data;
  }

  /** The file holds everything up to a unit. */
  wrote(lsn: number, file: Inode): void {
    if (this.#written.at(-1)?.lsn === lsn) return;
    this.#written.push({ lsn, file, endsAt: file.sizeBytes });
  }

  /** The last unit that a power loss cannot take. */
  get lasting(): number {
    for (let i = this.#written.length - 1; i >= 0; i--) {
      const { lsn, file, endsAt } = this.#written[i]!;
      if (endsAt > file.lastingBytes) continue;
      // What came before in the same file lasts as well, and is never asked for again.
      this.#written.splice(0, i);
      return lsn;
    }
    return 0;
  }

  /** Recovery has kept the units up to this one; later numbers are given again. */
  recovered(lsn: number, file: Inode): void {
    this.#after.length = lsn + 1;
    this.#written = [{ lsn, file, endsAt: dataBytes(file) }];
  }
}

/** Length of a file without the lines at its end that say it was closed. */
function dataBytes(file: Inode): number {
  const bytes = Buffer.alloc(file.sizeBytes);
  file.read(0, bytes);
  return bytes.toString("latin1").replace(/(?:#V1 closed [^\r\n]*\r\n)+$/, "").length;
}
