/**
 * The journal port: where the effects of writes go.
 *
 * An effect is a command in Redis' propagation form, which has the same result wherever and
 * whenever it is replayed (EXPIRE is journaled as PEXPIREAT). The log and replication implement it.
 */
export interface Journal {
  /** False when nobody reads the effects, so that handlers may skip encoding them. */
  readonly enabled: boolean;
  /**
   * Appends the effects of one command or transaction.
   *
   * @param bytes RESP commands, SELECT included where the database differs from the previous
   *   effect; a transaction is wrapped in MULTI and EXEC
   * @param start where they begin
   * @param length how many bytes count from there
   * @param lasts these stay as they are until `settle`; else they are valid only during the call
   */
  append(bytes: Uint8Array, start: number, length: number, lasts: boolean): void;
  /** Bytes that were to last are about to change: whoever wants them takes them now. */
  settle(): void;
}

/**
 * A journal that also feeds replicas, which do more than the log keeps: they publish what is
 * published here.
 */
export interface ReplicaStream {
  /** True while there are replicas. */
  readonly isFollowed: boolean;
  /** Appends to the journal alone, as `Journal.append` with bytes that do not last. */
  record(bytes: Uint8Array, start: number, length: number): void;
  /** Sends to the replicas alone. */
  relay(bytes: Uint8Array, start: number, length: number): void;
}
