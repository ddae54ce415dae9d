/** RESP2 replies as values. */

/** A status, a bulk string, an integer, nil, an array; an error is an `Error`. */
export type Reply = string | number | null | Error | readonly Reply[];

/** Reads one complete reply. */
export function readReply(bytes: Buffer): Reply {
  return new Reader(bytes).next();
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): Reply {
    const kind = String.fromCharCode(this.#bytes[this.#at]!);
    const end = this.#bytes.indexOf("\r\n", this.#at);
    const line = this.#bytes.toString("latin1", this.#at + 1, end);
    this.#at = end + 2;
    if (kind === "+") return line;
    if (kind === "-") return new Error(line);
    if (kind === ":") return Number(line);
    if (kind === "$") return this.#bulk(Number(line));
    if (kind !== "*") throw new Error(`not a RESP2 reply: ${kind}${line}`);
    if (line === "-1") return null;
    return Array.from({ length: Number(line) }, () => this.next());
  }

  #bulk(length: number): string | null {
    if (length < 0) return null;
    const text = this.#bytes.toString("latin1", this.#at, this.#at + length);
    this.#at += length + 2;
    return text;
  }
}
