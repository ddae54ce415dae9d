import { ReplyWriter } from "../resp/reply.ts";

/**
 * A session as a replica: what it has said of itself by REPLCONF, what is to be sent to it, and how
 * far it has come.
 */
export class Replica {
  /** The id of its session. */
  readonly sessionId: number;
  /** The port that it listens on; 0 when it has not said. */
  listeningPort = 0;
  /** The address that it wants to be known by; empty for that of its connection. */
  address = "";
  /** It can find the end of a snapshot whose length is not told before. */
  readsUntilMark = false;
  /** It wants a snapshot and nothing after it. */
  snapshotOnly = false;
  /** It wants a snapshot without keys. */
  withoutKeys = false;
  /** It tells how far it has come; clients of SYNC do not. */
  acknowledges = false;
  /** The offset up to which it has the stream. */
  acknowledgedOffset = 0;
  /** When it was heard last, in milliseconds since the epoch. */
  acknowledgedMs = 0;
  /** What is still to be sent before the stream. Null before SYNC. */
  #snapshot: Uint8Array[] | null = null;
  #stream: ReplyWriter | null = null;

  constructor(sessionId: number) {
    this.sessionId = sessionId;
  }

  /** True from SYNC on. */
  get attached(): boolean {
    return this.#snapshot !== null;
  }

  /** True when its snapshot has left and the stream follows. */
  get online(): boolean {
    return this.#snapshot !== null && this.#snapshot.length === 0;
  }

  /** True when there is something to send. */
  get hasOutput(): boolean {
    return this.#snapshot !== null && (this.#snapshot.length > 0 || this.streamBytes > 0);
  }

  /** Bytes of the stream that wait here. */
  get streamBytes(): number {
    return this.#stream?.length ?? 0;
  }

  /** Attaches it: first the pieces of the snapshot are to be sent, then the stream. */
  begin(snapshot: readonly Uint8Array[]): void {
    this.#snapshot = [...snapshot];
    this.#stream = new ReplyWriter();
  }

  /** Adds to the stream, unless it is not wanted. */
  append(bytes: Uint8Array, start: number, length: number): void {
    if (!this.snapshotOnly) this.#stream?.append(bytes, start, length);
  }

  /** The next piece of the snapshot, which is the caller's from now on; undefined after the last. */
  nextPiece(): Uint8Array | undefined {
    return this.#snapshot?.shift();
  }

  /** What waits of the stream; null before SYNC. The caller tells it what was `sent`. */
  get stream(): ReplyWriter | null {
    return this.#stream;
  }
}
