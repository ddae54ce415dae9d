import assert from "node:assert/strict";
import {
  type DirectoryLock,
  type Disk,
  type DiskError,
  type DiskFile,
  isDiskError,
  LOCKED,
  NO_SPACE,
} from "../ports/disk.ts";
import { latin1 } from "../resp/request.ts";
import { type LogFailure, Refusal } from "./failure.ts";
import {
  EMPTY_MANIFEST,
  type Manifest,
  type ManifestFile,
  nextIncrement,
  parseManifest,
  printManifest,
} from "./manifest.ts";

/** Where the files of a log are. */
export interface LogPlace {
  /** The directory in which `directory` is: `dir`. */
  readonly parent: string;
  /** Name of the directory of the files: `appenddirname`. */
  readonly directory: string;
  /** First part of the files' names: `appendfilename`. */
  readonly fileName: string;
  /** Name of Redis' snapshot in the parent, which must not be passed over: `dbfilename`. */
  readonly snapshot: string;
}

/**
 * The directory of a log's files and its manifest. Call `lock` before anything else, and `release`
 * when nothing of it is used any more. Whatever the disk refuses is thrown as a
 * Refusal that says what was attempted.
 */
export class LogDirectory {
  readonly #disk: Disk;
  readonly #place: LogPlace;
  /** Where it is. */
  readonly path: string;
  #lock: DirectoryLock | null = null;
  /** The manifest that was read or written last. */
  #manifest: DiskFile | null = null;

  constructor(disk: Disk, place: LogPlace) {
    assert.ok(place.directory !== "" && place.fileName !== "", "the files of a log have names");
    this.#disk = disk;
    this.#place = place;
    this.path = `${place.parent}/${place.directory}`;
  }

  /** Path of the file that keeps space free for a full disk. */
  get ballastPath(): string {
    return `${this.path}/${this.#place.fileName}.ballast`;
  }

  /** Gives the space back that is kept free; it is taken again when a log is open. */
  removeBallast(): void {
    this.#disk.remove(this.ballastPath);
  }

  get #manifestPath(): string {
    return `${this.path}/${this.#place.fileName}.manifest`;
  }

  get #lockPath(): string {
    return `${this.path}/${this.#place.fileName}.lock`;
  }

  /** Takes the directory for this server alone; makes it when it is not there. */
  lock(): void {
    assert.equal(this.#lock, null, "a directory is taken twice");
    const isThere = must(this.#disk.list(this.path), `read ${this.path}`) !== null;
    if (!isThere) must(this.#disk.makeDirectory(this.path), `make ${this.path}`);
    const lock = this.#disk.lock(this.#lockPath);
    if (isDiskError(lock) && lock.code === LOCKED) {
      throw new Refusal({ kind: "locked", directory: this.path, holder: lock.message });
    }
    this.#lock = must(lock, `lock ${this.path}`);
  }

  /** Gives the directory back. */
  release(): void {
    this.#manifest?.close();
    this.#manifest = null;
    this.#lock?.release();
    this.#lock = null;
  }

  /**
   * The path of something that this log needs and that is no longer in its place; null if all is.
   *
   * @param onlyAppended whether only the file that is appended to is looked at, which is quicker
   */
  displaced(appended: DiskFile, name: string, onlyAppended: boolean): string | null {
    const path = `${this.path}/${name}`;
    if (!appended.isAt(path)) return path;
    if (onlyAppended) return null;
    if (this.#lock?.isInPlace() === false) return this.#lockPath;
    return this.#manifest?.isAt(this.#manifestPath) === false ? this.#manifestPath : null;
  }

  /** Reads the manifest. */
  readManifest(): Manifest {
    assert.ok(this.#lock !== null, "a directory is read before it is taken");
    const { fileName, parent } = this.#place;
    const names = must(this.#disk.list(this.path), `read ${this.path}`);
    if (!names?.includes(`${fileName}.manifest`)) {
      this.#refuseOrphans(names ?? []);
      const around = must(this.#disk.list(parent), `read ${parent}`) ?? [];
      if (around.includes(fileName)) return this.#adopt();
      const failure = passedOver(this.#place, around);
      if (failure !== null) throw new Refusal(failure);
      // A directory that is there already may be that of a start which ended before this step.
      must(this.#disk.syncDirectory(parent), `sync ${parent}`);
      return EMPTY_MANIFEST;
    }
    const file = must(this.#disk.open(this.#manifestPath, "existing"), "open the manifest");
    this.#keepManifest(file);
    const manifest = parseManifest(this.#readText(file));
    if (typeof manifest !== "string") return this.#adopted(manifest);
    throw new Refusal({ kind: "manifest", path: this.#manifestPath, reason: manifest });
  }

  /**
   * Takes in the single append-only file that Redis had before 7.0, as Redis does: the manifest
   * names it as the base, and then it is moved.
   */
  #adopt(): Manifest {
    const { fileName, parent } = this.#place;
    const path = `${parent}/${fileName}`;
    const file = must(this.#disk.open(path, "existing"), `open ${path}`);
    const isEmpty = file.sizeBytes === 0;
    const isSnapshot = beginsAsSnapshot(file);
    file.close();
    if (isEmpty) return EMPTY_MANIFEST;
    if (isSnapshot) throw new Refusal({ kind: "snapshot", path });
    must(this.#disk.syncDirectory(parent), `sync ${parent}`);
    const manifest = { base: { name: fileName, sequence: 1 }, increments: [], history: [] };
    this.writeManifest(manifest);
    return this.#adopted(manifest);
  }

  /** The manifest, after the move that a start may have been interrupted in front of. */
  #adopted(manifest: Manifest): Manifest {
    const { fileName, parent } = this.#place;
    const { base, increments } = manifest;
    if (base?.name !== fileName || increments.length > 0) return manifest;
    const names = must(this.#disk.list(this.path), `read ${this.path}`) ?? [];
    if (names.includes(fileName)) return manifest;
    const path = `${parent}/${fileName}`;
    must(this.#disk.rename(path, `${this.path}/${fileName}`), `move ${path} to ${this.path}`);
    this.sync();
    must(this.#disk.syncDirectory(parent), `sync ${parent}`);
    return manifest;
  }

  /** Without a manifest nobody knows what the files mean; empty ones mean nothing. */
  #refuseOrphans(names: readonly string[]): void {
    const { fileName } = this.#place;
    for (const name of names) {
      const isOwn = name.startsWith(`${fileName}.`) && /\.(?:base|incr)\.(?:aof|rdb)$/.test(name);
      if (!isOwn) continue;
      const file = this.open(name);
      const { sizeBytes } = file;
      file.close();
      if (sizeBytes === 0) continue;
      const manifest = `${fileName}.manifest`;
      throw new Refusal({ kind: "orphan", directory: this.path, file: name, manifest });
    }
  }

  #keepManifest(file: DiskFile): void {
    this.#manifest?.close();
    this.#manifest = file;
  }

  #readText(file: DiskFile): string {
    const bytes = new Uint8Array(file.sizeBytes);
    let length = 0;
    while (length < bytes.length) {
      const count = must(file.read(length, bytes.subarray(length)), "read the manifest");
      if (count === 0) break;
      length += count;
    }
    return latin1(bytes, 0, length);
  }

  /** Replaces the manifest in one step, and makes that last. */
  writeManifest(manifest: Manifest): void {
    const draftName = `temp-${this.#place.fileName}.manifest`;
    const draft = this.create(draftName);
    const bytes = Buffer.from(printManifest(manifest), "latin1");
    this.attempt(draftName, () => {
      appendAll(draft, bytes, bytes.length, draftName);
      assert.equal(draft.sizeBytes, bytes.length, "the manifest is all there");
      must(draft.syncNow(), `sync ${draftName}`);
    });
    const draftPath = `${this.path}/${draftName}`;
    must(this.#disk.rename(draftPath, this.#manifestPath), `replace ${this.#manifestPath}`);
    this.#keepManifest(draft);
    this.sync();
  }

  /** Makes last which files there are. */
  sync(): void {
    must(this.#disk.syncDirectory(this.path), `sync ${this.path}`);
  }

  /** The increment that comes after those of a manifest. */
  next(manifest: Manifest): ManifestFile {
    return nextIncrement(manifest, this.#place.fileName);
  }

  /** Opens a file that exists. */
  open(name: string): DiskFile {
    const path = `${this.path}/${name}`;
    return must(this.#disk.open(path, "existing"), `open ${path}`);
  }

  /** Creates a file; one that was left behind under its name makes way. */
  create(name: string): DiskFile {
    const path = `${this.path}/${name}`;
    const file = this.#disk.open(path, "new");
    if (!isDiskError(file) || file.code !== "EEXIST") return must(file, `create ${path}`);
    must(this.#disk.remove(path), `remove ${path}`);
    return must(this.#disk.open(path, "new"), `create ${path}`);
  }

  /** Does what fills a new file; when the disk refuses, the file is not left behind. */
  attempt(name: string, fill: () => void): void {
    try {
      fill();
    } catch (error) {
      if (error instanceof Refusal) this.#disk.remove(`${this.path}/${name}`);
      throw error;
    }
  }

  /** Removes files that are no longer needed; one that stays does no harm and is reported. */
  remove(files: readonly ManifestFile[], report: (message: string) => void): void {
    for (const { name } of files) {
      const error = this.#disk.remove(`${this.path}/${name}`);
      if (error !== null && error.code !== "ENOENT") {
        report(`Cannot remove ${name}: ${error.message}`);
      }
    }
  }
}

/** Whether there is a snapshot, among the names in the parent, that a new log would pass over. */
function passedOver(place: LogPlace, names: readonly string[]): LogFailure | null {
  const { parent, snapshot } = place;
  if (snapshot === "" || !names.includes(snapshot)) return null;
  return { kind: "passed-over", path: `${parent}/${snapshot}` };
}

/** A base file that is a snapshot begins with it. */
const RDB_MAGIC = "REDIS";

/** Whether a file is a snapshot, or begins with one. */
export function beginsAsSnapshot(file: DiskFile): boolean {
  const start = new Uint8Array(RDB_MAGIC.length);
  const count = must(file.read(0, start), "read the beginning of a file");
  return count === RDB_MAGIC.length && latin1(start, 0, count) === RDB_MAGIC;
}

/** Appends all of the bytes. */
export function appendAll(file: DiskFile, bytes: Uint8Array, length: number, name: string): void {
  assert.ok(length <= bytes.length);
  let at = 0;
  while (at < length) {
    const attempt = `write ${name}`;
    const taken = must(file.append(bytes, at, length - at), attempt);
    if (taken === 0) throw new Refusal({ kind: "disk", attempt, error: NO_SPACE });
    assert.ok(taken <= length - at, "the disk took more than it was given");
    at += taken;
  }
}

/** The result, unless the disk has refused. */
export function must<T>(result: T | DiskError, attempt: string): Exclude<T, DiskError> {
  if (isDiskError(result)) throw new Refusal({ kind: "disk", attempt, error: result });
  return result as Exclude<T, DiskError>;
}
