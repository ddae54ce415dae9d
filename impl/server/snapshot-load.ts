import assert from "node:assert/strict";
import { CHECKED } from "../assert.ts";
import { type LogFailure, Refusal } from "../log/failure.ts";
import { must } from "../log/log-directory.ts";
import type { DiskFile } from "../ports/disk.ts";
import type { OperatorLog } from "../ports/operator-log.ts";
import type { RdbSource } from "../rdb/reader.ts";
import { SnapshotReader } from "../replication/snapshot-reader.ts";
import type { Instance } from "../session/instance.ts";
import { snapshotTarget } from "../session/snapshot-target.ts";

/** The bytes of a file, in their order. */
class FileSource implements RdbSource {
  readonly #file: DiskFile;
  readonly #path: string;
  #offset = 0;

  constructor(file: DiskFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  get leftBytes(): number {
    return this.#file.sizeBytes - this.#offset;
  }

  read(into: Uint8Array, start: number): number {
    const count = must(this.#file.read(this.#offset, into.subarray(start)), `read ${this.#path}`);
    this.#offset += count;
    return count;
  }
}

/** What is loaded, and how. */
export interface SnapshotLoading {
  readonly instance: Instance;
  readonly file: DiskFile;
  readonly path: string;
  readonly operatorLog: OperatorLog;
  /** `rdbchecksum`. */
  readonly checksum: boolean;
  /** Keys that are there take the values of the file: DEBUG RELOAD MERGE. */
  readonly replaces: boolean;
}

/** What a snapshot has brought. */
export interface SnapshotLoaded {
  readonly loadedKeys: number;
  readonly expiredKeys: number;
  readonly emptyKeys: number;
}

/** How a load has ended. */
export type SnapshotOutcome =
  | ({ readonly kind: "loaded" } & SnapshotLoaded)
  | { readonly kind: "refused"; readonly failure: LogFailure };

/** Loads a snapshot from a file, bit by bit. The file is closed at the end. */
export class SnapshotLoad {
  readonly #options: SnapshotLoading;
  readonly #reader: SnapshotReader;
  readonly totalBytes: number;
  #isOver = false;

  constructor(options: SnapshotLoading) {
    const { instance, file, path, operatorLog, checksum, replaces } = options;
    this.#options = options;
    this.totalBytes = file.sizeBytes;
    const target = snapshotTarget(
      instance,
      (name, value) => this.#tell(name, value),
      (text) => operatorLog.notice(text),
    );
    const source = new FileSource(file, path);
    this.#reader = new SnapshotReader({ source, target, checksum, replaces });
  }

  get loadedBytes(): number {
    return this.#reader.loadedBytes;
  }

  /** Goes on for about `budgetBytes`; null while there is more to do. */
  step(budgetBytes: number): SnapshotOutcome | null {
    assert.ok(!this.#isOver, "a load that has ended goes on");
    const outcome = this.#step(budgetBytes);
    if (CHECKED) this.verifyInvariants();
    if (outcome === null) return null;
    this.#isOver = true;
    this.#options.file.close();
    return outcome;
  }

  #step(budgetBytes: number): SnapshotOutcome | null {
    const { instance, path } = this.#options;
    const reader = this.#reader;
    try {
      const result = instance.notifications.withoutNewKeys(() => reader.step(budgetBytes));
      if (result === "more") return null;
      if (result !== "done") {
        return { kind: "refused", failure: { kind: "unreadable-snapshot", path, ...result } };
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { kind: "refused", failure: error.failure };
    }
    const { loadedKeys, expiredKeys, emptyKeys } = reader;
    return { kind: "loaded", loadedKeys, expiredKeys, emptyKeys };
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert.ok(0 <= this.loadedBytes && this.loadedBytes <= this.totalBytes);
  }

  /** What Redis says, too, of where a file comes from. */
  #tell(name: string, value: string): void {
    const { operatorLog, instance } = this.#options;
    if (name === "redis-ver") {
      operatorLog.notice(`Loading RDB produced by version ${value}`);
    } else if (name === "ctime") {
      const age = Math.floor(instance.time.nowMs / 1000) - Number(value);
      if (Number.isSafeInteger(age)) operatorLog.notice(`RDB age ${Math.max(0, age)} seconds`);
    }
  }
}
