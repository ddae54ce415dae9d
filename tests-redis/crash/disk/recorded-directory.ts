/** A directory whose changes are recorded, with an fsync that does as it is told. */
import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { Disk, type Image, type Survival } from "./image.ts";
import { measure, readRecord } from "./record.ts";

/** What an fsync does; the numbers of recorder.c. */
export const Sync = { works: 0, fails: 1, hangs: 2, lies: 3 } as const;
/** One of them. */
export type SyncMode = (typeof Sync)[keyof typeof Sync];

/**
 * The data directory of a server on a disk that forgets.
 */
export class RecordedDirectory {
  readonly path: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #record: string;
  readonly #control: string;
  readonly #disk: Disk;
  #mode: SyncMode = Sync.works;
  #durationUs = 0;
  #starts = 0;

  /**
   * @param home a new directory, which is made
   * @param library the compiled recorder
   * @param image what is on the disk at first
   */
  constructor(home: string, library: string, image: Image = new Map()) {
    this.path = join(home, "data");
    this.#record = join(home, "record");
    this.#control = join(home, "control");
    mkdirSync(this.path, { recursive: true });
    for (const file of [this.#record, this.#control]) writeFileSync(file, "");
    this.#writeControl();
    for (const [path, content] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (content === null) mkdirSync(join(this.path, path));
      else writeFileSync(join(this.path, path), content);
    }
    this.#disk = Disk.holding(image);
    this.#disk.identify(
      new Map([...image.keys()].map((path) => [path, inodeOf(join(this.path, path))])),
    );
    this.#environment = {
      LD_PRELOAD: library,
      CRASH_ROOT: this.path,
      CRASH_RECORD: this.#record,
      CRASH_CONTROL: this.#control,
      // Its threads would do what the library cannot see.
      UV_USE_IO_URING: "0",
    };
  }

  /** The environment that makes a server record what it does. To be called for each start. */
  prepareStart(): Readonly<Record<string, string>> {
    this.#starts++;
    truncateSync(this.#record, measure(readFileSync(this.#record)).wholeBytes);
    return this.#environment;
  }

  /** Changes what an fsync does from now on, those under way included. */
  setSync(mode: SyncMode, durationUs = this.#durationUs): void {
    this.#mode = mode;
    this.#durationUs = durationUs;
    this.#writeControl();
  }

  /** Counts of fsyncs as of the last `afterPowerLoss`. */
  get syncs(): Disk["syncs"] {
    return this.#disk.syncs;
  }

  /** How much the record says so far. */
  get recordedEntries(): number {
    return measure(readFileSync(this.#record)).entries;
  }

  /**
   * What may be on the disk after a loss of power now. The server must have ended. To be called
   * once.
   *
   * @returns the image, and whether the record explains what every process saw before, but for one
   *   file for each server: it may have been killed between a change and the entry that tells of it
   */
  afterPowerLoss(survival: Survival): { readonly image: Image; readonly isExplained: boolean } {
    for (const event of readRecord(readFileSync(this.#record))) this.#disk.take(event);
    const differing = difference(this.#disk.visible(), readImage(this.path));
    const isExplained = differing <= this.#starts;
    return { image: this.#disk.afterPowerLoss(survival), isExplained };
  }

  #writeControl(): void {
    writeFileSync(this.#control, Buffer.from(Uint32Array.of(this.#mode, this.#durationUs).buffer), {
      flag: "r+",
    });
  }
}

function inodeOf(path: string): bigint {
  return lstatSync(path, { bigint: true }).ino;
}

function readImage(root: string): Image {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const pathOf = (entry: Dirent): string => relative(root, join(entry.parentPath, entry.name));
  return new Map(
    entries.map((entry) => [
      pathOf(entry),
      entry.isDirectory() ? null : readFileSync(join(entry.parentPath, entry.name)),
    ]),
  );
}

/** How many paths differ. */
function difference(one: Image, other: Image): number {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => {
    const [here, there] = [one.get(path), other.get(path)];
    return here instanceof Buffer && there instanceof Buffer ? !here.equals(there) : here !== there;
  }).length;
}
