import { assert, CHECKED } from "../assert.ts";
import { MAX_PREFETCH } from "../engine/keyspace.ts";
import { Parser, ParseStatus } from "../resp/parser.ts";
import { Request } from "../resp/request.ts";

/** Redis loads arguments of any length. */
const LIMITS = { maxBulkBytes: 2 ** 31 - 1 };

/** Who wants to see the commands of a log before they are executed. */
export interface CommandObserver {
  /**
   * The first `count` of `requests`, at most `MAX_PREFETCH`, are likely to be executed next, in
   * this order. They have not been checked.
   */
  expect(requests: readonly Request[], count: number): void;
}

/** Reads the commands of a log one by one, and shows those behind them to who executes them. */
export class CommandReader {
  readonly #observer: CommandObserver;
  readonly #requests = Array.from({ length: MAX_PREFETCH }, () => new Request());
  readonly #parser = new Parser(LIMITS);
  /** How many requests have been read ahead, and how many of them have been handed out. */
  #count = 0;
  #next = 0;
  /** Under test: where the requests that were read ahead lie, and where the next of them begins. */
  #bytes: Uint8Array | null = null;
  #nextAt = 0;
  /** What was found last. */
  status: ParseStatus = ParseStatus.more;
  /** Length of what was found last, in bytes. */
  usedBytes = 0;

  constructor(observer: CommandObserver) {
    this.#observer = observer;
  }

  /** Why the last call failed, when `status` says so. */
  get error(): string {
    return this.#parser.error;
  }

  /**
   * The command at `bytes[at..end)`, valid until the next call; null when there is no whole one.
   * Precondition: `at` is where the last call's command ended, in the same bytes, or `forget` has
   * been called.
   */
  next(bytes: Uint8Array, at: number, end: number): Request | null {
    if (this.#next === this.#count) this.#look(bytes, at, end);
    if (this.#next < this.#count) {
      const request = this.#requests[this.#next++]!;
      this.status = ParseStatus.ready;
      this.usedBytes = request.wireBytes;
      if (CHECKED) {
        assert(bytes === this.#bytes && at === this.#nextAt, "commands are read one by one");
        this.#nextAt += request.wireBytes;
        assert(this.#nextAt <= end, "a command ends where the bytes end, or before");
      }
      return request;
    }
    const request = this.#requests[0]!;
    request.keyHashed = false;
    this.status = this.#parser.parse(bytes, at, end, request);
    this.usedBytes = this.#parser.used;
    return this.status === ParseStatus.ready ? request : null;
  }

  /** Forgets what it has read ahead: the bytes move. */
  forget(): void {
    this.#count = 0;
    this.#next = 0;
    this.#bytes = null;
  }

  /** Throws unless what was read ahead lies one behind the other, whole. */
  verifyInvariants(): void {
    assert(0 <= this.#next && this.#next <= this.#count, "more was handed out than was read");
    assert(this.#count <= this.#requests.length, "more was read than there is room for");
    if (!CHECKED) return;
    let at = this.#nextAt;
    for (let i = this.#next; i < this.#count; i++) {
      const request = this.#requests[i]!;
      assert(request.bytes === this.#bytes, "a request of other bytes");
      assert(request.argc > 0 && request.offsets[0]! > at, "a request begins before the next one");
      at += request.wireBytes;
    }
  }

  #look(bytes: Uint8Array, start: number, end: number): void {
    this.forget();
    this.#bytes = bytes;
    this.#nextAt = start;
    let at = start;
    while (this.#count < this.#requests.length && at < end) {
      const request = this.#requests[this.#count]!;
      const length = this.#parser.peek(bytes, at, end, request);
      if (length === 0) break;
      request.keyHashed = false;
      at += length;
      this.#count++;
    }
    if (this.#count > 1) this.#observer.expect(this.#requests, this.#count);
  }
}
