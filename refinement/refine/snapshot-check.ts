/**
 * Snapshots beside the model: one that was written bit by bit between commands means the model's state
 * at the moment at which it began, but for what is over when it is loaded.
 */
import { Keyspace } from "../../impl/engine/keyspace.ts";
import type { RdbSource } from "../../impl/rdb/reader.ts";
import { RdbWriter } from "../../impl/rdb/writer.ts";
import { SnapshotWriter } from "../../impl/replication/rdb.ts";
import { SnapshotReader } from "../../impl/replication/snapshot-reader.ts";
import { SnapshotWalk } from "../../impl/replication/snapshot-walk.ts";
import type { Instance } from "../../impl/session/instance.ts";
import { snapshotHead } from "../../impl/session/snapshot-head.ts";
import { rootedValues } from "../../impl/types/rooted.ts";
import { forgetExpired, type State } from "../../model/keyspace/index.ts";
import { abstractDatabase, databaseDifference } from "../abstraction/keyspace.ts";

const SMALL_SEGMENT_BYTES = 4096;

/** What a snapshot holds that it should not, or lacks. */
export interface SnapshotDifference {
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
}

interface Running {
  readonly state: State;
  readonly walk: SnapshotWalk;
  readonly snapshot: SnapshotWriter;
}

/** Writes one snapshot after the other while commands run. */
export class SnapshotCheck {
  readonly #instance: Instance;
  #running: Running | null = null;
  /** Snapshots that were compared. */
  compared = 0;
  /** Keys that they had. */
  keys = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /**
   * A command has run: goes on for about `keys` keys, or begins a snapshot of `state`.
   *
   * @returns what the snapshot says otherwise, once it is written; else null
   */
  proceed(state: State, keys: number): SnapshotDifference | null {
    const { data, isBusy } = this.#instance;
    const running = this.#running;
    if (running === null) {
      if (!isBusy) this.#begin(state);
      return null;
    }
    running.walk.step(keys);
    if (!running.walk.isDone) return null;
    data.walk = null;
    this.#running = null;
    const { chunks } = running.snapshot.finish();
    return this.#compare(running.state, Buffer.concat(chunks));
  }

  #begin(state: State): void {
    const { data } = this.#instance;
    const snapshot = new SnapshotWriter(new RdbWriter(), snapshotHead(this.#instance));
    const walk = new SnapshotWalk(snapshot, data.databases);
    data.walk = walk;
    this.#running = { state, walk, snapshot };
  }

  #compare(begun: State, bytes: Uint8Array): SnapshotDifference | null {
    const { time } = this.#instance;
    const keyspace = (): Keyspace =>
      new Keyspace({ hashKey: [1, 2], segmentBytes: SMALL_SEGMENT_BYTES, rooted: rootedValues });
    const databases = this.#instance.data.databases.map(keyspace);
    const codes: string[] = [];
    const addLibrary = (code: Uint8Array): null => {
      codes.push(Buffer.from(code).toString("latin1"));
      return null;
    };
    const target = { databases, scratch: keyspace(), nowMs: time.nowMs, addLibrary };
    const reader = new SnapshotReader({
      source: sourceOf(bytes),
      target: { ...target, access: () => 0, fact: () => {}, note: () => {} },
      checksum: true,
      replaces: false,
    });
    const outcome = reader.step(Number.MAX_SAFE_INTEGER);
    if (outcome !== "done") {
      return { where: "snapshot", expected: "one that is loaded", actual: JSON.stringify(outcome) };
    }
    this.compared++;
    this.keys += reader.loadedKeys;
    const expected = forgetExpired(begun, BigInt(time.nowMs));
    for (const [index, loaded] of databases.entries()) {
      const kept = expected.databases[index] ?? new Map();
      const difference = databaseDifference(kept, abstractDatabase(loaded, time.nowMs), false);
      if (difference === null) continue;
      return { ...difference, where: `snapshot, database ${index} ${difference.where}` };
    }
    const known = [...expected.libraries.values()].length;
    if (known === codes.length) return null;
    return { where: "snapshot, libraries", expected: String(known), actual: String(codes.length) };
  }
}

function sourceOf(bytes: Uint8Array): RdbSource {
  let at = 0;
  return {
    get leftBytes() {
      return bytes.length - at;
    },
    read(into, start) {
      const count = Math.min(into.length - start, bytes.length - at);
      into.set(bytes.subarray(at, at + count), start);
      at += count;
      return count;
    },
  };
}
