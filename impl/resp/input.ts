import assert from "node:assert/strict";
import { CHECKED } from "../assert.ts";
import { Parser, type ParserLimits, ParseStatus } from "./parser.ts";
import { releaseMemory } from "./release.ts";
import type { BytesOwner, Request } from "./request.ts";

/**
 * A connection's query buffer: the bytes that have arrived and are not yet executed.
 *
 * The transport reads into one buffer that all connections share. Complete requests are parsed
 * where they lie; what is left when the connection has had its turn is kept here. A short remainder
 * is put directly in front of the bytes of the next read, so that the request is whole again; a
 * longer one (a large value on its way, or requests that wait while the connection is blocked)
 * grows in a buffer of the connection's own.
 *
 * One turn of a connection:
 *
 *     input.feed(shared, start, end);
 *     while (input.next(request) === ParseStatus.ready) execute(request);
 *     input.rest();                                // before `shared` is read into again
 *     if (input.size > clientQueryBufferLimit) close();
 *     const area = input.readInto();               // where the next read goes, if not to `shared`
 */

/**
 * The longest remainder that is put in front of the next read's bytes. The transport leaves at
 * least this much room there; a longer one would be copied again with each short read.
 */
export const HEADROOM_BYTES = 4 * 1024;

/**
 * The most bytes that a request, or those that wait with it, may have: offsets are 32-bit integers.
 * Beyond the default of client-query-buffer-limit, and a protocol error.
 */
export const MAX_REQUEST_BYTES = 2 ** 31 - 1;

/** A read's worth of room, which an active connection has in the shared buffer. */
const READ_ROOM_BYTES = 16 * 1024;
/** So much of an argument must be missing for the next read to go directly behind the rest of it. */
const LONG_REST_BYTES = 16 * 1024;
/** Free space up to here is not worth giving back. */
const KEPT_FREE_BYTES = 4 * 1024;
/** Own buffers up to this size are given back only when the connection is idle. */
const KEPT_BYTES = 32 * 1024;
/** After this long without a request a connection is idle. */
const IDLE_AFTER_MS = 2000;
/** The smallest own buffer. */
const MIN_OWN_BYTES = 256;
/**
 * Requests from this size on are worth a place of their own; for shorter ones it costs what the copy
 * costs.
 */
const LARGE_REQUEST_BYTES = 256 * 1024;
/** Of requests above this size nothing is expected: their buffers grow with what has arrived. */
const MAX_EXPECTED_BYTES = 4 * 1024 * 1024;
/** The first read of a request that is expected to be large, which is copied to its place. */
const HEAD_BYTES = 2 * 1024;
/** What is stored as it came begins, with what is in front of it, at a multiple of this. */
const GRAIN_BYTES = 16;
/** What stands behind a large argument finds room where that is placed, up to this. */
const BEHIND_BYTES = 64;
/** Memory is reused for what is shorter by this part at most. */
const LOOSE_SHARE = 1 / 32;

const NO_BYTES = new Uint8Array(0);

export class InputBuffer implements BytesOwner {
  readonly parser: Parser;

  readonly #maxRequestBytes: number;
  /** The bytes that wait are `#bytes[#at..#end)`: in the shared buffer or in `#own`. */
  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  #end = 0;
  /** Where this turn's bytes begin in `#bytes`. */
  #turnStart = 0;
  #own: Uint8Array = NO_BYTES;
  /** The room that counts as this connection's in the shared buffer: none when idle. */
  #readRoomBytes = 0;
  /** The transport reads behind what waits in `#own`, which must stay where it is. */
  #isLent = false;
  /** The most bytes that waited since the last `shrink`. */
  #peakBytes = 0;
  /** The length of the last request, if its memory was of use: the next one may be like it. Else 0. */
  #expectedBytes = 0;
  /** It was taken since the last read was prepared. */
  #tookLarge = false;
  /** Where the first read of an expected request goes. */
  #head: Uint8Array = NO_BYTES;
  /** Memory that was given for what was let go: where the next such request may go. */
  #spare: ArrayBufferLike = NO_BYTES.buffer;
  /** The length of the large request that was taken last in this turn; 0 for none. */
  #offeredBytes = 0;

  /** @param maxRequestBytes at most `MAX_REQUEST_BYTES` */
  constructor(limits: ParserLimits, maxRequestBytes = MAX_REQUEST_BYTES) {
    assert(maxRequestBytes <= MAX_REQUEST_BYTES);
    this.#maxRequestBytes = maxRequestBytes;
    this.parser = new Parser(limits);
  }

  /**
   * The bytes that wait to be parsed, which `client-query-buffer-limit` bounds. Whole arguments of
   * an incomplete request do not count.
   */
  get size(): number {
    return this.#end - this.#at - this.parser.parsedBytes;
  }

  /** `qbuf` of CLIENT LIST: the bytes of this turn, and between turns those that wait. */
  get lengthBytes(): number {
    return this.#end - this.#turnStart - this.parser.parsedBytes;
  }

  /** `qbuf-free` of CLIENT LIST: the room left before the buffer must grow. */
  get freeBytes(): number {
    const taken = this.#end - this.#turnStart;
    return Math.max(0, Math.max(this.#own.length, this.#readRoomBytes) - taken);
  }

  /** The bytes of whole arguments of an incomplete request: part of `argv-mem`. */
  get partialArgumentBytes(): number {
    return this.parser.parsedBytes;
  }

  /** The memory that this connection holds for its own, in bytes. */
  get ownBytes(): number {
    const headBytes = this.#own === this.#head ? 0 : this.#head.length;
    return this.#own.length + headBytes + this.#spare.byteLength;
  }

  /** True when bytes wait: an incomplete request, or requests not taken with `next`. */
  get waiting(): boolean {
    return this.#end > this.#at;
  }

  /**
   * Begins a turn with the bytes of one read, `shared[start..end)`. The bytes in front of `start`
   * may be overwritten, down to `start - HEADROOM_BYTES`.
   */
  feed(shared: Uint8Array, start: number, end: number): void {
    assert(start <= end && end <= shared.length);
    assert(this.#bytes === this.#own, "the last turn has not ended");
    const kept = this.#end - this.#at;
    if (kept === 0) this.#use(shared, start, end);
    else if (kept <= HEADROOM_BYTES && kept <= start) this.#prepend(shared, start, end, kept);
    else this.#append(shared, start, end, kept);

    this.#beginTurn();
  }

  /**
   * Where the next read should go, between turns: behind what is here of a long argument, instead
   * of into the shared buffer, from which it would have to be copied. What was returned last is
   * where the transport reads; `received` tells what came.
   *
   * After a large request another one like it is expected: only its head is read first, so that all
   * else goes to where it can stay (`Request.owner`).
   *
   * @param leastBytes so much of the argument must be missing
   * @returns null for the shared buffer
   */
  readInto(leastBytes = LONG_REST_BYTES): Uint8Array | null {
    assert(this.#bytes === this.#own, "the turn has not ended");
    const kept = this.#end - this.#at;
    const announced = this.parser.announcedBytes;
    this.#isLent = false;
    if (kept === 0) return this.#readHead();
    if (kept <= HEAD_BYTES && this.#isExpected(announced)) this.#place(announced);
    if (announced - kept < leastBytes || announced > this.#maxRequestBytes) {
      return null;
    }
    if (this.#end === this.#own.length) this.#move(this.#allocate(kept + 1));
    this.#turnStart = this.#at;
    this.#isLent = true;
    return this.#own.subarray(this.#end, Math.min(this.#own.length, this.#at + announced));
  }

  /** Where the first bytes of a request go: null for the shared buffer. */
  #readHead(): Uint8Array | null {
    if (!this.#tookLarge) this.#expectedBytes = 0;
    this.#tookLarge = false;
    if (this.#expectedBytes === 0) {
      this.#releaseSpare();
      return null;
    }
    if (this.#head.length === 0) this.#head = Buffer.allocUnsafeSlow(HEAD_BYTES);
    // A connection that is idle now has lent no more than this.
    if (this.#own !== this.#head) releaseMemory(this.#own.buffer);
    this.#own = this.#head;
    this.#use(this.#own, 0, 0);
    this.#turnStart = 0;
    this.#isLent = true;
    return this.#own;
  }

  /** As when a buffer grows, what has not arrived gets no more than twice what has: by the last one. */
  #isExpected(announced: number): boolean {
    return announced >= LARGE_REQUEST_BYTES && announced <= 2 * this.#expectedBytes;
  }

  /** Moves the head of a request to where the rest of it can be read behind it, and stay. */
  #place(announced: number): void {
    const { argumentAt, precedingBytes } = this.parser;
    const at = (precedingBytes - argumentAt) & (GRAIN_BYTES - 1);
    // Options may stand behind the value.
    const behind = Math.max(0, Math.min(this.#expectedBytes - announced, BEHIND_BYTES));
    const need = (at + announced + behind + GRAIN_BYTES - 1) & -GRAIN_BYTES;
    if (at === this.#at && need <= this.#own.length) return;
    this.#move(need <= this.#own.length ? this.#own : this.#takePlace(need), at);
    this.#turnStart = at;
  }

  /** Memory that stays with what is read into it: what was given for the last one, if it fits. */
  #takePlace(bytes: number): Uint8Array {
    const spare = this.#spare;
    this.#spare = NO_BYTES.buffer;
    if (bytes <= spare.byteLength && spare.byteLength <= bytes * (1 + LOOSE_SHARE)) {
      return Buffer.from(spare, 0, bytes);
    }
    releaseMemory(spare);
    return Buffer.allocUnsafeSlow(bytes);
  }

  /** Begins a turn with the bytes of one read into what `readInto` returned. */
  received(length: number): void {
    assert(this.#isLent && this.#bytes === this.#own, "nobody reads here");
    assert(this.#end + length <= this.#own.length, "more was read than there was room");
    this.#isLent = false;
    this.#end += length;
    this.#beginTurn();
  }

  #beginTurn(): void {
    const length = this.#end - this.#at;
    this.#turnStart = this.#at;
    this.#readRoomBytes = READ_ROOM_BYTES;
    if (length > this.#peakBytes) this.#peakBytes = length;
  }

  /**
   * Parses the next request; it is valid until the next call of any method here but `next`, which
   * reuses only `request` itself.
   */
  next(request: Request): ParseStatus {
    const status = this.parser.parse(this.#bytes, this.#at, this.#end, request);
    this.#at += this.parser.used;
    if (CHECKED) assert(this.#at <= this.#end, "no more is taken than has arrived");
    if (this.parser.used >= LARGE_REQUEST_BYTES && status === ParseStatus.ready) {
      request.owner = this;
      this.#offeredBytes = this.parser.used;
    }
    return status;
  }

  get isSpare(): boolean {
    return this.#bytes === this.#own && this.#at === this.#end;
  }

  letGo(instead: ArrayBufferLike | null): void {
    assert(this.#offeredBytes > 0 && this.isSpare, "what was not offered is not let go");
    this.expectMore();
    this.#own = NO_BYTES;
    if (instead !== null) {
      releaseMemory(this.#spare);
      this.#spare = instead;
    }
    this.#use(NO_BYTES, 0, 0);
    this.#turnStart = 0;
    this.#offeredBytes = 0;
  }

  expectMore(): void {
    assert(this.#offeredBytes > 0, "a large request is expected after one");
    if (this.#offeredBytes > MAX_EXPECTED_BYTES) return;
    this.#tookLarge = true;
    this.#expectedBytes = this.#offeredBytes;
  }

  /**
   * Reads whole requests of the ordinary form ahead, without taking them, into `requests`; they are
   * valid as long as those of `next`.
   *
   * @returns how many; 0 when the next one is for `next`
   */
  peek(requests: readonly Request[]): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    let count = 0;
    while (count < requests.length && at < end) {
      const request = requests[count]!;
      const length = this.parser.peek(bytes, at, end, request);
      if (length === 0) break;
      request.keyHashed = false;
      at += length;
      count++;
    }
    return count;
  }

  /** `peek` at the next request alone; without one `request` has no arguments. */
  peekOne(request: Request): boolean {
    request.keyHashed = false;
    if (this.parser.peek(this.#bytes, this.#at, this.#end, request) > 0) return true;
    request.clear();
    return false;
  }

  /** Takes the next request, which `peek` has put into `request`. */
  take(request: Request): void {
    this.#at += request.wireBytes;
    assert(this.#at <= this.#end, "only what was peeked at can be taken");
  }

  /** Ends a turn: keeps what is left, so that the shared buffer may be read into again. */
  rest(): void {
    this.#offeredBytes = 0;
    const left = this.#end - this.#at;
    if (this.#bytes !== this.#own) {
      if (left > this.#own.length) this.#own = this.#allocate(left);
      if (left > 0) this.#own.set(this.#bytes.subarray(this.#at, this.#end));
      this.#use(this.#own, 0, left);
    } else if (left === 0) {
      this.#use(this.#own, 0, 0);
    }
    this.#turnStart = this.#at;
    if (CHECKED) assert(this.#end - this.#at === left, "what is left is kept");
  }

  /**
   * Gives memory back: all that is free when the connection is idle, else what the recent peak did
   * not need. To be called between turns, at least once a second.
   */
  shrink(idleMs: number): void {
    assert(this.#bytes === this.#own, "the turn has not ended");
    if (idleMs > IDLE_AFTER_MS) this.#releaseSpare();
    if (this.#isLent) return;
    const left = this.#end - this.#at;
    const capacity = this.#own.length;
    if (idleMs > IDLE_AFTER_MS) {
      this.#readRoomBytes = 0;
      if (capacity - left > 0) this.#resize(left);
    } else if (
      capacity > KEPT_BYTES &&
      capacity - left > KEPT_FREE_BYTES &&
      capacity / 2 > this.#peakBytes
    ) {
      this.#resize(Math.max(left, this.#peakBytes));
    }
    this.#peakBytes = Math.max(left, Math.min(this.#own.length, this.parser.announcedBytes));
  }

  /** Gives everything back: the connection is gone, and nothing of it is in use any more. */
  release(): void {
    releaseMemory(this.#own.buffer);
    this.#releaseSpare();
    this.#own = NO_BYTES;
    this.#head = NO_BYTES;
    this.#isLent = false;
    this.#use(NO_BYTES, 0, 0);
    this.#turnStart = 0;
  }

  #releaseSpare(): void {
    releaseMemory(this.#spare);
    this.#spare = NO_BYTES.buffer;
  }

  /** Throws if the bookkeeping contradicts itself. */
  verifyInvariants(): void {
    assert(0 <= this.#turnStart && this.#turnStart <= this.#at);
    assert(this.#at <= this.#end && this.#end <= this.#bytes.length);
    assert(this.parser.parsedBytes <= this.#end - this.#at);
    assert(0 <= this.size && this.size <= this.lengthBytes);
    assert(this.#end - this.#at <= this.#maxRequestBytes);
    assert(this.#peakBytes >= 0 && this.#readRoomBytes >= 0);
    assert(this.#expectedBytes <= MAX_EXPECTED_BYTES, "too much is expected");
    assert(this.#bytes === this.#own || this.#end > 0, "a turn without bytes");
    assert(!this.#isLent || this.#bytes === this.#own, "a read goes where nothing waits");
    this.parser.verifyInvariants();
  }

  #use(bytes: Uint8Array, at: number, end: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** The short remainder goes directly in front of the new bytes. */
  #prepend(shared: Uint8Array, start: number, end: number, kept: number): void {
    copyShort(this.#own, this.#at, shared, start - kept, kept);
    this.#use(shared, start - kept, end);
  }

  /** The new bytes go behind the remainder. */
  #append(shared: Uint8Array, start: number, end: number, kept: number): void {
    const more = end - start;
    const need = kept + more;
    if (need > this.#maxRequestBytes) {
      this.parser.refuse("too big request");
      return;
    }
    if (this.#end + more > this.#own.length) {
      // Moving within the buffer only when most of it has been executed keeps the cost linear.
      this.#move(2 * need <= this.#own.length ? this.#own : this.#allocate(need));
    }
    this.#own.set(shared.subarray(start, end), this.#end);
    this.#end += more;
  }

  /**
   * A buffer for at least `need` bytes: a half, a quarter … of what the headers of the request
   * announce, so that it ends at just that however the bytes arrive; or twice the present one if
   * all that is announced would be too small a step. An announcement alone allocates nothing: the
   * buffer has less than twice `need`, or twice the present one.
   */
  #allocate(need: number): Uint8Array {
    const present = this.#own.length;
    let capacity = this.parser.announcedBytes;
    if (capacity < Math.max(need, 1.25 * present)) {
      capacity = Math.max(need, Math.min(2 * present, this.#maxRequestBytes));
    } else {
      // The first of these steps may be small, the others double.
      while (capacity > MIN_OWN_BYTES && capacity / 2 >= need) capacity = Math.ceil(capacity / 2);
    }
    return Buffer.allocUnsafeSlow(Math.max(capacity, MIN_OWN_BYTES));
  }

  #resize(capacity: number): void {
    const { buffer } = this.#own;
    this.#move(capacity === 0 ? NO_BYTES : Buffer.allocUnsafeSlow(capacity));
    this.#turnStart = this.#at;
    releaseMemory(buffer);
  }

  /** Moves what waits to `at` of `target`, which may be, and becomes, the own buffer. */
  #move(target: Uint8Array, at = 0): void {
    const length = this.#end - this.#at;
    assert(target.length >= at + length, "what waits has room");
    target.set(this.#bytes.subarray(this.#at, this.#end), at);
    this.#own = target;
    this.#use(target, at, at + length);
  }
}

/** Copies at most `HEADROOM_BYTES`; a loop beats a native call for the usual few dozen. */
function copyShort(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  length: number,
): void {
  if (length > 64) to.set(from.subarray(fromAt, fromAt + length), toAt);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i]!;
}
