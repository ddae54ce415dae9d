/**
 * Finds where a reply ends, without giving it a meaning.
 *
 * It works on RESP2 and RESP3 alike and keeps its place between chunks, so that a large reply
 * is read once however many reads it arrives in.
 */

const CR = 13;
const LF = 10;
const PUSH = 62;

/** A complete reply as it came over the wire. */
export interface Frame {
  readonly bytes: Buffer;
  /** True for a RESP3 push message, which answers no request. */
  readonly push: boolean;
}

/** Bytes that cannot be the beginning of any reply. */
export class BrokenReply extends Error {}

/** Cuts a stream of bytes into complete replies. */
export class ReplyScanner {
  #buffer: Buffer = Buffer.alloc(0);
  #position = 0;
  #valuesLeft = 1;

  /** Bytes received that do not yet make a complete reply. */
  get pendingBytes(): number {
    return this.#buffer.length;
  }

  /**
   * Adds a chunk and returns the replies that it completes, in order.
   *
   * @throws BrokenReply when the bytes are not RESP
   */
  push(chunk: Buffer): ReadonlyArray<Frame> {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const frames: Array<Frame> = [];
    while (this.#advance()) {
      const bytes = this.#buffer.subarray(0, this.#position);
      frames.push({ bytes, push: bytes[0] === PUSH });
      this.#buffer = this.#buffer.subarray(this.#position);
      this.#position = 0;
      this.#valuesLeft = 1;
    }
    return frames;
  }

  /** Moves over values until the reply is complete (true) or the bytes run out (false). */
  #advance(): boolean {
    while (this.#valuesLeft > 0) {
      const lineEnd = this.#lineEnd();
      if (lineEnd === undefined) return false;
      const kind = String.fromCharCode(this.#buffer[this.#position]!);
      const text = this.#buffer.toString("latin1", this.#position + 1, lineEnd);
      const size = valueSize(kind, text);
      const next = lineEnd + 2 + (size.blobBytes === undefined ? 0 : size.blobBytes + 2);
      if (next > this.#buffer.length) return false;
      this.#position = next;
      this.#valuesLeft += size.children - 1;
    }
    return true;
  }

  #lineEnd(): number | undefined {
    let at = this.#buffer.indexOf(CR, this.#position);
    while (at !== -1 && at + 1 < this.#buffer.length && this.#buffer[at + 1] !== LF) {
      at = this.#buffer.indexOf(CR, at + 1);
    }
    return at === -1 || at + 1 >= this.#buffer.length ? undefined : at;
  }
}

/** What follows a header line: a blob of so many bytes, or so many further values. */
function valueSize(kind: string, text: string): { children: number; blobBytes?: number } {
  switch (kind) {
    case "+":
    case "-":
    case ":":
    case "_":
    case "#":
    case ",":
    case "(":
      return { children: 0 };
    case "$":
    case "=":
    case "!": {
      const length = count(kind, text);
      return length < 0 ? { children: 0 } : { children: 0, blobBytes: length };
    }
    case "*":
    case "~":
    case ">":
      return { children: Math.max(0, count(kind, text)) };
    case "%":
      return { children: 2 * count(kind, text) };
    case "|":
      return { children: 2 * count(kind, text) + 1 };
    default:
      throw new BrokenReply(`no reply begins with ${JSON.stringify(kind + text.slice(0, 40))}`);
  }
}

function count(kind: string, text: string): number {
  if (!/^(-1|\d+)$/.test(text)) {
    throw new BrokenReply(`no length: ${JSON.stringify(kind + text.slice(0, 40))}`);
  }
  return Number(text);
}
