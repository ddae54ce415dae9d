/**
 * Reading from and writing to a socket past `net.Socket`'s stream machinery, which costs a tenth of
 * a small request.
 *
 * The binding is undocumented, so everything here has the plain way to fall back on.
 */
import type { Socket } from "node:net";

/** A write under way, as the binding wants it. */
interface WriteRequest {
  oncomplete: ((this: WriteRequest, status: number) => void) | null;
  handle: unknown;
  buffer: Uint8Array | null;
  writer: RawWriter | null;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
  readonly kReadBytesOrError: number;
}

interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

/** A connection's handle as the listening one hands it out. */
interface ReadingHandle {
  onread?: (this: ReadingHandle, chunk: unknown) => unknown;
}

/** UV_EOF. */
const END_OF_STREAM = -4095;

const binding = findBinding();

function findBinding(): StreamBinding | null {
  try {
    const { binding: find } = process as unknown as { binding(name: string): StreamBinding };
    const found = find.call(process, "stream_wrap");
    const usable =
      typeof found.WriteWrap === "function" &&
      typeof found.kLastWriteWasAsync === "number" &&
      typeof found.kReadBytesOrError === "number";
    return usable && found.streamBaseState !== undefined ? found : null;
  } catch {
    return null;
  }
}

/**
 * Has `received` told of what is read into the user's buffer of the socket that reads through
 * `raw`, without asking the socket. The end and errors stay the socket's, which takes the function
 * away when it is destroyed; `ended` is told first.
 *
 * @param received returns another buffer for what is read from now on, or undefined
 * @param ended is told once nothing more comes: because the other side has ended its stream
 *   (`isWhole`), or by an error
 */
export function receiveRaw(
  raw: unknown,
  received: (length: number) => Uint8Array | undefined,
  ended: (isWhole: boolean) => void,
): void {
  const handle = raw as ReadingHandle;
  const plain = handle.onread;
  if (binding === null || typeof plain !== "function") return;
  const { streamBaseState, kReadBytesOrError } = binding;
  handle.onread = function (chunk) {
    const length = streamBaseState[kReadBytesOrError]!;
    if (length > 0) return received(length);
    if (length < 0) ended(length === END_OF_STREAM);
    return plain.call(this, chunk);
  };
}

/** What became of a write. */
export const RawWrite = { sent: 0, pending: 1, refused: 2 } as const;
export type RawWrite = (typeof RawWrite)[keyof typeof RawWrite];

/** The raw writes of one socket. */
export class RawWriter {
  readonly #socket: Socket;
  readonly #onDone: (bytes: Uint8Array) => void;
  /** A request that no write is using. */
  #spare: WriteRequest | null = null;
  /** Bytes that the system has not taken yet. */
  pendingBytes = 0;
  /** False once something was refused: from then on order is the stream's. */
  isUsable = binding !== null;

  /** @param onDone told of each pending write that has ended well, after it has been counted */
  constructor(socket: Socket, onDone: (bytes: Uint8Array) => void) {
    this.#socket = socket;
    this.#onDone = onDone;
  }

  /** The socket is about to end: nothing may be written behind its back. */
  retire(): void {
    this.isUsable = false;
  }

  /**
   * Writes bytes: `sent`, the system has them; `pending`, they must be left alone until drained;
   * `refused`, use `socket.write`.
   */
  write(bytes: Uint8Array): RawWrite {
    const socket = this.#socket;
    const handle = (socket as unknown as { _handle?: StreamHandle | null })._handle;
    if (!this.isUsable || typeof handle?.writeBuffer !== "function") {
      this.retire();
      return RawWrite.refused;
    }
    const request = this.#spare ?? newRequest(this, handle);
    this.#spare = null;
    const error = handle.writeBuffer(request, bytes);
    if (error !== 0) {
      socket.destroy();
      return RawWrite.sent;
    }
    if (binding!.streamBaseState[binding!.kLastWriteWasAsync] === 0) {
      this.#spare = request;
      return RawWrite.sent;
    }
    request.buffer = bytes;
    this.pendingBytes += bytes.length;
    return RawWrite.pending;
  }

  /** A pending write has ended, well or not. */
  completed(bytes: Uint8Array, status: number): void {
    this.pendingBytes -= bytes.length;
    if (status < 0) this.#socket.destroy();
    else this.#onDone(bytes);
  }
}

function newRequest(writer: RawWriter, handle: StreamHandle): WriteRequest {
  const request = new binding!.WriteWrap();
  request.handle = handle;
  request.writer = writer;
  request.buffer = null;
  request.oncomplete = onComplete;
  return request;
}

function onComplete(this: WriteRequest, status: number): void {
  const bytes = this.buffer;
  this.buffer = null;
  if (bytes !== null) this.writer?.completed(bytes, status);
}
