/** The persistence port: what commands see of the log and of loading. */

/** A data set that is being loaded. */
export interface Loading {
  /** Seconds since the epoch. */
  readonly startedSeconds: number;
  readonly totalBytes: number;
  readonly loadedBytes: number;
}

/** The append-only file as INFO shows it. */
export interface AofFacts {
  /** Bytes of all its files. */
  readonly sizeBytes: number;
  /** Bytes of the files that are not appended to. */
  readonly baseBytes: number;
  /** Bytes that wait to be written. */
  readonly pendingBytes: number;
  readonly isSyncing: boolean;
  /** How often writes were held back for a slow sync. */
  readonly delayedSyncs: number;
}

/** Snapshots as INFO shows them. */
export interface SnapshotFacts {
  /** Keys that the last load brought, and that it left out since their time was past. */
  readonly loadedKeys: number;
  readonly expiredKeys: number;
}

/** No snapshot was ever loaded or written. */
export const NO_SNAPSHOT: SnapshotFacts = { loadedKeys: 0, expiredKeys: 0 };

/** What commands see. */
export interface Persistence {
  /** True when some commands are refused: `writeError` or `loading` is not null. */
  readonly isRefusing: boolean;
  /** Why writes are refused, in the system's words; null while they are not. */
  readonly writeError: string | null;
  /** True while something that has executed cannot be written: nothing may be shown of the data. */
  readonly isStuck: boolean;
  /** Why there is no room on the disk for an effect of this size; null when there is, or no log. */
  lacksRoomFor(sizeBytes: number): string | null;
  /** A file may not become longer than a limit: no ballast makes room for the last effect then. */
  readonly limitsFiles: boolean;
  /** The data set is being loaded; null when it is there. */
  readonly loading: Loading | null;
  /** Null without an append-only file. */
  readonly aof: AofFacts | null;
  readonly snapshot: SnapshotFacts;
}

/** Nothing is kept. */
export const NO_PERSISTENCE: Persistence = {
  isRefusing: false,
  writeError: null,
  isStuck: false,
  lacksRoomFor: () => null,
  limitsFiles: false,
  loading: null,
  aof: null,
  snapshot: NO_SNAPSHOT,
};
