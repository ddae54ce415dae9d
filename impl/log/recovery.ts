import assert from "node:assert/strict";
import { type Disk, type DiskError, type DiskFile, isDiskError } from "../ports/disk.ts";
import type { Trace } from "../ports/trace.ts";
import { latin1 } from "../resp/request.ts";
import {
  EMPTY_MANIFEST,
  type Manifest,
  type ManifestFile,
  nextIncrement,
  parseManifest,
  printManifest,
} from "./manifest.ts";
import { FileReplay, ReplayError, type ReplayTarget, type UnitCounter } from "./replay.ts";

/** Where the files of a log are. */
export interface LogPlace {
  /** The directory in which `directory` is: `dir`. */
  readonly parent: string;
  /** Name of the directory of the files: `appenddirname`. */
  readonly directory: string;
  /** First part of the files' names: `appendfilename`. */
  readonly fileName: string;
}

/** What a recovery needs. */
export interface RecoveryOptions {
  readonly disk: Disk;
  readonly place: LogPlace;
  readonly target: ReplayTarget;
  readonly trace: Trace;
  /** A torn end is cut off instead of refused: `aof-load-truncated`. */
  readonly loadsTruncated: boolean;
  /** Told what an operator should know. */
  readonly report: (message: string) => void;
}

/** A recovered log. */
export interface Recovered {
  /** The increment to append to: all that it holds lasts. */
  readonly file: DiskFile;
  readonly nextLsn: number;
  /** Bytes of the files that are not appended to any more. */
  readonly baseBytes: number;
}

/** How a recovery ended. */
export type RecoveryOutcome =
  | { readonly kind: "recovered"; readonly log: Recovered }
  | { readonly kind: "refused"; readonly reason: string };

/** How much is copied at once. */
const COPY_BYTES = 1024 * 1024;
/** A base file that is a snapshot begins with it. */
const RDB_MAGIC = "REDIS";

/** Why a start is refused. */
class Refusal extends Error {}

/**
 * Brings back what a log holds, and opens it for appending.
 *
 * It replays the files of the manifest in order. A torn end of the last one is cut off. Unless that
 * file's last line says that it was closed cleanly, nobody knows which of it lasts, since a failed
 * sync may have marked lost pages clean: what was read is copied into a new increment, which is
 * synced and takes the old one's place in the manifest. Only then is the log open.
 *
 * Steps of `specs/log/Log.tla`: RecoverBegin, RecoverRewrite. Synchronous and deterministic; the
 * shell calls `step` until it answers.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #directory: string;
  readonly #counter: UnitCounter = { nextLsn: 1, isFresh: true };
  #work: Generator<void, Recovered>;
  #budgetBytes = 0;
  /** Everything has been read. */
  #hasBegun = false;
  /** Bytes of all files of the manifest, and how many have been replayed. */
  totalBytes = 0;
  loadedBytes = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#directory = `${options.place.parent}/${options.place.directory}`;
    this.#work = this.#run();
  }

  /** Path of the directory of the files. */
  get directory(): string {
    return this.#directory;
  }

  /** Goes on for about `budgetBytes`; null while there is more to do. */
  step(budgetBytes: number): RecoveryOutcome | null {
    this.#budgetBytes = budgetBytes;
    try {
      const result = this.#work.next();
      return result.done ? { kind: "recovered", log: result.value } : null;
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof ReplayError)) throw error;
      if (this.#hasBegun && this.#options.trace.enabled) {
        this.#options.trace.step("log", "Stop", {});
      }
      return { kind: "refused", reason: error.message };
    }
  }

  *#run(): Generator<void, Recovered> {
    const manifest = this.#readManifest();
    const files = [...(manifest.base === null ? [] : [manifest.base]), ...manifest.increments];
    const opened = files.map((file) => this.#open(file));
    for (const file of opened) this.totalBytes += file.sizeBytes;
    let wholeBytes = 0;
    let isClosed = false;
    for (const [i, file] of opened.entries()) {
      const isLast = i === opened.length - 1;
      this.#refuseSnapshot(file, files[i]!.name);
      const outcome = yield* this.#replay(file, files[i]!.name, isLast);
      wholeBytes = outcome.wholeBytes;
      isClosed = outcome.isClosed;
      if (!isLast) file.close();
    }
    const end = this.#counter.nextLsn - 1;
    const { trace } = this.#options;
    this.#hasBegun = true;
    if (trace.enabled) trace.step("log", "RecoverBegin", { end });
    const last = opened.at(-1) ?? null;
    const appended = manifest.increments.length > 0 ? last : null;
    if (appended !== null && isClosed) {
      this.#remove(manifest.history);
      return this.#recovered(appended);
    }
    const next = nextIncrement(manifest, this.#options.place.fileName);
    const file = this.#create(next.name);
    if (appended !== null) yield* this.#copy(appended, file, wholeBytes);
    this.#must(file.syncNow(), `sync ${next.name}`);
    const kept = manifest.increments.slice(0, -1);
    this.#writeManifest({ base: manifest.base, increments: [...kept, next], history: [] });
    if (trace.enabled) trace.step("log", "RecoverRewrite", {});
    last?.close();
    this.#remove([...manifest.history, ...manifest.increments.slice(-1)]);
    return this.#recovered(file);
  }

  #recovered(file: DiskFile): Recovered {
    const baseBytes = Math.max(0, this.totalBytes - file.sizeBytes);
    return { file, nextLsn: this.#counter.nextLsn, baseBytes };
  }

  *#replay(
    file: DiskFile,
    name: string,
    isLast: boolean,
  ): Generator<void, { wholeBytes: number; isClosed: boolean }> {
    const { target, loadsTruncated, report } = this.#options;
    const before = this.loadedBytes;
    const replay = new FileReplay(file, name, target, this.#counter);
    for (;;) {
      const outcome = replay.step(this.#budgetBytes);
      this.loadedBytes = before + replay.offset;
      if (outcome === null) {
        yield;
        continue;
      }
      this.loadedBytes = before + file.sizeBytes;
      if (outcome.torn === null) return outcome;
      if (!isLast) throw new Refusal(`The append-only file ${name} is torn: ${outcome.torn}`);
      const cutBytes = file.sizeBytes - outcome.wholeBytes;
      if (!loadsTruncated) {
        throw new Refusal(
          `Unexpected end of the append-only file ${name}: ${outcome.torn}. With ` +
            `aof-load-truncated yes the last ${cutBytes} bytes are cut off`,
        );
      }
      report(`The end of the append-only file ${name} is torn: ${outcome.torn}`);
      report(`Its last ${cutBytes} bytes are cut off`);
      return outcome;
    }
  }

  // ---- The manifest

  get #manifestPath(): string {
    return `${this.#directory}/${this.#options.place.fileName}.manifest`;
  }

  #readManifest(): Manifest {
    const { disk, place } = this.#options;
    const names = disk.list(this.#directory);
    if (isDiskError(names)) throw new Refusal(`Cannot read ${this.#directory}: ${names.message}`);
    if (names === null) {
      this.#must(disk.makeDirectory(this.#directory), `make ${this.#directory}`);
      this.#must(disk.syncDirectory(place.parent), `sync ${place.parent}`);
      return EMPTY_MANIFEST;
    }
    if (!names.includes(`${place.fileName}.manifest`)) {
      this.#refuseOrphans(names);
      return EMPTY_MANIFEST;
    }
    const manifest = parseManifest(this.#readText(this.#manifestPath));
    if (typeof manifest !== "string") return manifest;
    throw new Refusal(`The manifest ${this.#manifestPath} cannot be read: ${manifest}`);
  }

  /** Without a manifest nobody knows what the files mean; empty ones mean nothing. */
  #refuseOrphans(names: readonly string[]): void {
    for (const name of names) {
      if (!/\.(?:base|incr)\.(?:aof|rdb)$/.test(name)) continue;
      const file = this.#open({ name, sequence: 0 });
      const { sizeBytes } = file;
      file.close();
      if (sizeBytes === 0) continue;
      throw new Refusal(
        `${this.#directory} holds ${name}, but no manifest ${this.#options.place.fileName}.manifest`,
      );
    }
  }

  #readText(path: string): string {
    const file = this.#must(this.#options.disk.open(path, "existing"), `open ${path}`);
    const bytes = new Uint8Array(file.sizeBytes);
    let length = 0;
    while (length < bytes.length) {
      const count = this.#must(file.read(length, bytes.subarray(length)), `read ${path}`);
      if (count === 0) break;
      length += count;
    }
    file.close();
    return latin1(bytes, 0, length);
  }

  /** Replaces the manifest in one step, and makes that last. */
  #writeManifest(manifest: Manifest): void {
    const { disk, place } = this.#options;
    const draftName = `temp-${place.fileName}.manifest`;
    const draft = this.#create(draftName);
    const bytes = Buffer.from(printManifest(manifest), "latin1");
    this.#append(draft, bytes, bytes.length, draftName);
    this.#must(draft.syncNow(), `sync ${draftName}`);
    draft.close();
    this.#must(
      disk.rename(`${this.#directory}/${draftName}`, this.#manifestPath),
      `replace ${this.#manifestPath}`,
    );
    this.#must(disk.syncDirectory(this.#directory), `sync ${this.#directory}`);
  }

  // ---- Files

  #open({ name }: ManifestFile): DiskFile {
    const path = `${this.#directory}/${name}`;
    return this.#must(this.#options.disk.open(path, "existing"), `open ${path}`);
  }

  /** Creates a file; one that an interrupted recovery left behind makes way. */
  #create(name: string): DiskFile {
    const { disk } = this.#options;
    const path = `${this.#directory}/${name}`;
    const file = disk.open(path, "new");
    if (!isDiskError(file) || file.code !== "EEXIST") return this.#must(file, `create ${path}`);
    this.#must(disk.remove(path), `remove ${path}`);
    return this.#must(disk.open(path, "new"), `create ${path}`);
  }

  *#copy(from: DiskFile, to: DiskFile, lengthBytes: number): Generator<void, void> {
    const piece = new Uint8Array(COPY_BYTES);
    let sinceYield = 0;
    for (let at = 0; at < lengthBytes; ) {
      const wanted = piece.subarray(0, Math.min(COPY_BYTES, lengthBytes - at));
      const count = this.#must(from.read(at, wanted), "read the append-only file again");
      if (count === 0) throw new Refusal("The append-only file has become shorter");
      this.#append(to, piece, count, "the new increment");
      at += count;
      sinceYield += count;
      if (sinceYield < this.#budgetBytes) continue;
      sinceYield = 0;
      yield;
    }
    assert.equal(to.sizeBytes, lengthBytes);
  }

  #append(file: DiskFile, bytes: Uint8Array, length: number, name: string): void {
    let at = 0;
    while (at < length) {
      const taken = this.#must(file.append(bytes, at, length - at), `write ${name}`);
      if (taken === 0) throw new Refusal(`Cannot write ${name}: no space left on device`);
      at += taken;
    }
  }

  /** Files that are no longer needed; one that stays does no harm. */
  #remove(files: readonly ManifestFile[]): void {
    const { disk, report } = this.#options;
    for (const { name } of files) {
      const error = disk.remove(`${this.#directory}/${name}`);
      if (error !== null && error.code !== "ENOENT") {
        report(`Cannot remove ${name}: ${error.message}`);
      }
    }
  }

  #refuseSnapshot(file: DiskFile, name: string): void {
    const start = new Uint8Array(RDB_MAGIC.length);
    const count = this.#must(file.read(0, start), `read ${name}`);
    if (count < RDB_MAGIC.length || latin1(start, 0, count) !== RDB_MAGIC) return;
    throw new Refusal(
      `The base file ${this.#directory}/${name} is an RDB snapshot, which cannot be loaded. ` +
        "Let Redis rewrite it with aof-use-rdb-preamble no",
    );
  }

  #must<T>(result: T | DiskError, what: string): Exclude<T, DiskError> {
    if (isDiskError(result)) throw new Refusal(`Cannot ${what}: ${result.message}`);
    return result as Exclude<T, DiskError>;
  }
}
