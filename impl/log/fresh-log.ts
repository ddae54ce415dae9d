import assert from "node:assert/strict";
import type { Disk, DiskFile } from "../ports/disk.ts";
import type { Journal } from "../ports/journal.ts";
import { Refusal } from "./failure.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { appendAll, LogDirectory, type LogPlace, must } from "./log-directory.ts";
import type { Manifest } from "./manifest.ts";

/** A frame is written when it has so many bytes. */
const FRAME_BYTES = 1024 * 1024;

/** A log that begins with a data set instead of a history. */
export interface FreshLog {
  readonly file: DiskFile;
  /** Its name in the directory. */
  readonly name: string;
  readonly nextLsn: number;
  readonly directory: LogDirectory;
}

/**
 * Begins a log anew: what `write` journals is the data set as it is, one unit for each key. It lasts
 * when this returns; until then, what the directory held is in place. The directory is this
 * server's alone from then on.
 *
 * @returns the log, or why it cannot be begun
 */
export function beginLog(
  disk: Disk,
  place: LogPlace,
  term: number,
  write: (journal: Journal) => void,
  report: (message: string) => void,
): FreshLog | string {
  // What this server holds is in no older snapshot: none is passed over.
  const directory = new LogDirectory(disk, { ...place, snapshot: "" });
  try {
    directory.lock();
    const before = withManifest(directory);
    const next = directory.next(before);
    const file = directory.create(next.name);
    const writer = new FrameWriter(file, term);
    directory.attempt(next.name, () => {
      write(writer);
      writer.finish();
      assert.equal(writer.pendingBytes, 0, "all of the data set is in the file");
      must(file.syncNow(), `sync ${next.name}`);
      directory.writeManifest({ base: null, increments: [next], history: [] });
    });
    const base = before.base === null ? [] : [before.base];
    directory.remove([...base, ...before.history, ...before.increments], report);
    return { file, name: next.name, nextLsn: writer.nextLsn, directory };
  } catch (error) {
    directory.release();
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/**
 * The manifest, which names an empty log if there was none: a start after a crash in the middle of
 * the data set would otherwise find a file that no manifest explains, and refuse it.
 */
function withManifest(directory: LogDirectory): Manifest {
  const found = directory.readManifest();
  if (found.base !== null || found.increments.length > 0) return found;
  const first = directory.next(found);
  const file = directory.create(first.name);
  must(file.syncNow(), `sync ${first.name}`);
  file.close();
  const manifest = { ...found, increments: [first] };
  directory.writeManifest(manifest);
  return manifest;
}

/** Writes units as frames. */
class FrameWriter implements Journal {
  readonly enabled = true;
  readonly #file: DiskFile;
  readonly #term: number;
  readonly #frame = new FrameBuffer();
  #frameLsn = 1;
  nextLsn = 1;

  constructor(file: DiskFile, term: number) {
    this.#file = file;
    this.#term = term;
  }

  append(bytes: Uint8Array, start: number, length: number, lasts: boolean): void {
    this.#frame.append(bytes, start, length, lasts);
    this.nextLsn++;
    assert.ok(length > 0 && this.#frameLsn < this.nextLsn);
    if (this.#frame.bodyBytes >= FRAME_BYTES) this.finish();
  }

  settle(): void {
    this.#frame.settle();
  }

  /** Bytes that have not been written. */
  get pendingBytes(): number {
    return this.#frame.bodyBytes;
  }

  /** Writes what has gathered. */
  finish(): void {
    const frame = this.#frame;
    if (frame.bodyBytes === 0) return;
    const start = frame.seal(this.#frameLsn, this.#term);
    const whole = frame.bytes.subarray(start, frame.end);
    const { sizeBytes } = this.#file;
    appendAll(this.#file, whole, whole.length, "the append-only file");
    assert.equal(this.#file.sizeBytes, sizeBytes + whole.length, "the file has grown by the frame");
    frame.clear();
    this.#frameLsn = this.nextLsn;
  }
}
