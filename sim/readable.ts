/** What a start would read of the log now: the argument of the spec's action PowerLoss. */
import { Refusal } from "../impl/log/failure.ts";
import { FileReplay } from "../impl/log/replay.ts";
import { isDiskError } from "../impl/ports/disk.ts";
import type { SimDisk } from "./disk.ts";

/** The units that can be read, and what follows them. */
export interface Readable {
  readonly [field: string]: number | boolean;
  readonly kept: number;
  /** The line that ends a file which was closed cleanly follows. */
  readonly closed: boolean;
  /** Bytes follow that are no whole frame. */
  readonly torn: boolean;
}

/** There is no file. */
export const NOTHING_LEFT: Readable = { kept: 0, closed: false, torn: false };

/** Reads a file by the rules of recovery, without executing anything; null when it is damaged. */
export function readableUnits(disk: SimDisk, path: string): Readable | null {
  const port = disk.portFor({ name: "a reader", called: () => {}, callback: () => {} });
  const file = port.open(path, "existing");
  if (isDiskError(file)) return NOTHING_LEFT;
  const counter = { nextLsn: 1, isFresh: true };
  const target = { beginFile: () => {}, expect: () => {}, execute: () => null };
  try {
    const replay = new FileReplay(file, path, target, counter);
    for (;;) {
      const outcome = replay.step(1 << 30);
      if (outcome === null) continue;
      const { torn, isClosed } = outcome;
      return { kept: counter.nextLsn - 1, closed: isClosed, torn: torn !== null };
    }
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  } finally {
    file.close();
  }
}
