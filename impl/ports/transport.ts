/** The transport port: how a server core and its connections meet. */

/** One client's connection as the core sees it. */
export interface Connection {
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  /** Bytes handed to `write` that have not left yet. */
  readonly unsentBytes: number;
  /**
   * Sends bytes.
   *
   * @returns true when they have been taken and the buffer may be used again at once; false when
   *   it belongs to the transport until that gives it back with `released`
   */
  write(bytes: Uint8Array, length: number): boolean;
  /** Stops reading from the client, whose bytes then wait in the network. */
  pause(): void;
  resume(): void;
  /** Closes when everything written has left. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** Bytes have arrived in the shared buffer at `[start, start + length)`; valid during the call. */
  received(start: number, length: number): void;
  /**
   * Where the next bytes should go; null for the shared buffer. Asked after each read; a transport
   * that does not ask reads into the shared buffer.
   */
  readInto(): Uint8Array | null;
  /** As `received`, of bytes that went where `readInto` said when it was asked last. */
  receivedInto(length: number): void;
  /**
   * A buffer that the transport has kept is the caller's again. A transport may leave it to the
   * collector instead.
   */
  released(bytes: Uint8Array): void;
  /** Everything written has left. */
  drained(): void;
  /**
   * The client has sent its last byte; it may still read. Told as soon as it is known and before
   * `closed`, at most once. A transport that does not know it tells of `closed` only.
   */
  ended(): void;
  /** The connection is gone, for whatever reason. Called once. */
  closed(): void;
}
