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

/** Snapshots as INFO shows them, and what commands ask of them. */
export interface Snapshots {
  /** Keys that the last load brought, and that it left out since their time was past. */
  readonly loadedKeys: number;
  readonly expiredKeys: number;
  /** When the data were saved last, in seconds since the epoch; null when that was the start. */
  readonly savedSeconds: number | null;
  /** A snapshot is written in the background: for so many seconds now, else -1. */
  readonly currentSeconds: number;
  readonly totalKeys: number;
  readonly writtenKeys: number;
  /** How long the last one in the background took, in seconds; -1 without one. */
  readonly lastSeconds: number;
  readonly hasFailed: boolean;
  /** Snapshots that were written or attempted. */
  readonly saves: number;
  /** Writes are refused since snapshots fail: `stop-writes-on-bgsave-error`. */
  readonly stopsWrites: boolean;
  /** Writes one now. False when it fails. */
  save(): boolean;
  /** Begins to write one in the background. False when it cannot. */
  begin(): boolean;
  /** Begins one as soon as it can. */
  schedule(): void;
  /** Gives one up that is being written, since all data are gone: FLUSHALL. Saves that where data are saved. */
  flushedAll(): void;
  /** The end of a loop turn: writes some more of one in the background. True when there is more. */
  proceed(): boolean;
  /** Ten times a second: begins one that is due. */
  tick(): void;
}

/** There is nowhere to save anything. */
export const NO_SNAPSHOTS: Snapshots = {
  loadedKeys: 0,
  expiredKeys: 0,
  savedSeconds: null,
  currentSeconds: -1,
  totalKeys: 0,
  writtenKeys: 0,
  lastSeconds: -1,
  hasFailed: false,
  saves: 0,
  stopsWrites: false,
  save: () => false,
  begin: () => false,
  schedule: () => {},
  flushedAll: () => {},
  proceed: () => false,
  tick: () => {},
};

/** What commands see. */
export interface Persistence {
  /** True when some commands are refused: `writeError` or `loading` is not null, or snapshots fail. */
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
  readonly snapshots: Snapshots;
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
  snapshots: NO_SNAPSHOTS,
};
