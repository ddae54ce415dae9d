/** A directory whose changes are recorded, with an fsync that does as it is told. */
import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { Disk, type Image, type Survival } from "./image.ts";
import { readRecord } from "./record.ts";

/** What an fsync does; the numbers of recorder.c. */
export const Sync = { works: 0, fails: 1, hangs: 2, lies: 3 } as const;
/** One of them. */
export type SyncMode = (typeof Sync)[keyof typeof Sync];

/**
 * The data directory of a server on a disk that forgets. Its `environment` makes a server that is
 * started with it record what it does.
 */
export class RecordedDirectory {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #record: string;
  readonly #control: string;
  readonly #disk: Disk;
  #mode: SyncMode = Sync.works;
  #durationUs = 0;

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
    this.environment = {
      LD_PRELOAD: library,
      CRASH_ROOT: this.path,
      CRASH_RECORD: this.#record,
      CRASH_CONTROL: this.#control,
      // Its threads would do what the library cannot see.
      UV_USE_IO_URING: "0",
    };
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

  /**
   * What may be on the disk after a loss of power now. The server must have ended. To be called
   * once.
   *
   * @returns the image, and whether the record explains what every process saw before: it need not
   *   if the server was killed between a change and the entry that tells of it
   */
  afterPowerLoss(survival: Survival): { readonly image: Image; readonly isExplained: boolean } {
    for (const event of readRecord(readFileSync(this.#record))) this.#disk.take(event);
    const isExplained = isEqual(this.#disk.visible(), readImage(this.path));
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

function isEqual(one: Image, other: Image): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([path, content]) => {
    const there = other.get(path);
    if (content === null || there === null || there === undefined) return content === there;
    return content.equals(there);
  });
}
