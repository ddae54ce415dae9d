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
   *   effect; a transaction is wrapped in MULTI and EXEC. Valid only during the call.
   * @param length how many of `bytes` count
   */
  append(bytes: Uint8Array, length: number): void;
}
