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
   *   it belongs to the transport from now on
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
  /** Everything written has left. */
  drained(): void;
  /** The connection is gone, for whatever reason. Called once. */
  closed(): void;
}
