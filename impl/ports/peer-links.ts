/** What came back of what was sent to another server. */
export interface PeerAnswer {
  /** The lines that came, without their ends, one character per byte; no more than were asked for. */
  readonly lines: readonly string[];
  /** What kept the other lines from coming; null when all are there. */
  readonly failure: "writing" | "reading" | null;
  /** Nothing came in time, and the link may still be good for all that is known. */
  readonly timedOut: boolean;
}

/**
 * Connections to other servers. Every call returns when it is done: nobody is served meanwhile, so
 * that what is sent away cannot change before it has arrived.
 */
export interface PeerLinks {
  /**
   * Connects. That a server refuses shows only when something is sent, as in Redis.
   *
   * @returns what names the link; null when the host is unknown, or does not answer in time
   */
  connect(host: string, port: number, timeoutMs: number): number | null;
  /**
   * Sends bytes, and waits for so many lines.
   *
   * @param timeoutMs how long nothing may come
   */
  exchange(link: number, bytes: Uint8Array, lines: number, timeoutMs: number): PeerAnswer;
  /** Closes a link, which names nothing from then on. */
  close(link: number): void;
}

/** Links of a server that is alone. */
export const NO_PEERS: PeerLinks = {
  connect: () => null,
  exchange: () => ({ lines: [], failure: "reading", timedOut: false }),
  close: () => {},
};
