import { assert, CHECKED } from "../assert.ts";
import { LargeBuffers } from "../resp/large-buffers.ts";
import { ReplyWriter } from "../resp/reply.ts";
import type { Gate } from "./gate.ts";
import { ReplyMarks } from "./reply-marks.ts";

/** The dependency of what consults no data. */
export const NOTHING = 0;
/**
 * The dependency of what is written while a command runs whose effects are not with the journal yet:
 * the log's end once they are.
 */
export const RUNNING = -1;
/** As NOTHING, of what stands behind an item whose dependency is still running. */
export const BEHIND = -2;

/**
 * Everything that leaves to one connection, in order, each item with the unit of the log that it
 * depends on: replies to requests, replies of waits, pushes, and the snapshot and stream of a
 * replica. An item leaves when the gate has reached its unit and all items before it have left.
 *
 * A reply is written between `open` and `close`; what is pushed meanwhile stands behind it. Items
 * that depend on what is running are settled as soon as its effects are with the journal.
 *
 * There is one buffer, and a mark only where an item waits for a later unit than the one before, so
 * that a pipeline of replies makes no objects.
 */
export class Outbox {
  /** The unsent bytes. Only the reply that is open writes here by itself. */
  readonly writer: ReplyWriter;
  readonly #large: LargeBuffers;
  readonly #marks = new ReplyMarks();
  /** Where the unsent bytes begin whose dependency is still running; -1 while there are none. */
  #unsettledFrom = -1;
  /** Unsent bytes that belong to items which are complete. */
  #closedBytes = 0;
  #isOpen = false;
  /** What was pushed while a reply was open. */
  #behind: ReplyWriter | null = null;
  #behindUnit = NOTHING;
  /** Pieces that leave before the bytes: a replica's snapshot. They depend on `#leadUnit`. */
  #lead: Uint8Array[] = [];
  #leadUnit = NOTHING;
  #isStream = false;
  #isStray = false;
  /** For a trace: where each unsent item ends; null when nobody counts. */
  #ends: number[] | null = null;
  /** For a trace: items that answer no request just run, and that nobody has told of. */
  #untold = 0;
  /** For a trace: the last reply that was closed has bytes. */
  hasReplied = false;
  /** How many bytes the item has that was pushed last. */
  #newestBytes = 0;
  /** So many of the bytes have left while a reply is open. */
  #early = 0;
  /** There is more to do at the end of a reply than to note where it ends. */
  #isSpecial = false;

  /** @param large where buffers for much come from and go to */
  constructor(large = new LargeBuffers()) {
    this.#large = large;
    this.writer = new ReplyWriter(large);
  }

  // ---- What comes in

  /** A reply begins: a request of this connection runs, or its wait ends. */
  open(): void {
    if (CHECKED) {
      assert(!this.#isOpen, "a reply within a reply");
      assert(this.#closedBytes === this.writer.length, "bytes without a dependency");
    }
    this.#isOpen = true;
  }

  /**
   * The reply is complete; it may be empty.
   *
   * @param dependency the unit that it depends on, NOTHING, or RUNNING when it was written while a
   *   command of another connection runs: `settle` must follow that; BEHIND for NOTHING when
   *   something in front is not settled, because its command has been left
   */
  close(dependency: number, gate: Gate): void {
    if (CHECKED) {
      assert(this.#isOpen, "a reply that did not begin");
      assert(this.#closedBytes <= this.writer.length, "a reply takes back an earlier one");
      assert(dependency <= gate.end, "a reply depends on what has not run");
      const isBehind = dependency !== RUNNING && this.#unsettledFrom >= 0;
      assert(
        isBehind === (dependency === BEHIND),
        "a command has ended, and what it has pushed is not settled",
      );
    }
    this.#isOpen = false;
    const { length } = this.writer;
    if (!this.#isSpecial && dependency >= NOTHING) {
      if (length > this.#closedBytes) {
        // What depends on nothing has no mark, and is not worth the numbers of a call.
        if (dependency !== NOTHING) {
          this.#marks.add(this.#closedBytes, dependency, gate.gate, gate.written);
        }
        this.#closedBytes = length;
      }
      return;
    }
    this.hasReplied = length > this.#closedBytes;
    if (this.hasReplied) {
      if (this.#isStream) this.#isStray = true;
      if (dependency === RUNNING) this.#untold++;
      this.#complete(dependency, gate);
    }
    if (this.#behind !== null) this.#moveBehind(dependency, gate);
    if (this.#early > 0) this.#forgetEarly();
  }

  /** What has left while the reply was open is there no more. */
  #forgetEarly(): void {
    const early = this.#early;
    this.#early = 0;
    this.#judgeSpecial();
    this.sent(early, true);
  }

  /**
   * Pushes an item that answers no request; behind the reply that is open, if one is. Replies that
   * CLIENT REPLY suppresses leave it alone.
   *
   * @param dependency as with `close`
   * @param write writes the item
   */
  push(dependency: number, write: (writer: ReplyWriter) => void, gate: Gate): void {
    const target = this.#writerFor(dependency);
    const before = target.length;
    write(target);
    this.#newestBytes = target.length - before;
    if (CHECKED) assert(this.#newestBytes > 0, "an empty push");
    if (!this.#isOpen) this.#completePush(dependency, gate);
  }

  /** Pushes bytes as they are: a piece of a replica's stream. */
  append(dependency: number, bytes: Uint8Array, start: number, length: number, gate: Gate): void {
    this.#writerFor(dependency).append(bytes, start, length);
    this.#newestBytes = length;
    if (!this.#isOpen) this.#completePush(dependency, gate);
  }

  /**
   * From here on this is a replica's: `pieces` leave first, and then the stream. Replies may not
   * come between; one that does makes it `isStray`.
   *
   * @param dependency the last unit that the pieces show
   */
  beginStream(pieces: readonly Uint8Array[], dependency: number): void {
    assert(!this.#isStream && this.writer.length === 0, "a stream behind something else");
    this.#isStream = true;
    this.#isSpecial = true;
    this.#lead = [...pieces];
    this.#leadUnit = dependency;
  }

  /** What has run is with the journal: whatever depends on it depends on the log's end. */
  settle(gate: Gate): void {
    if (this.#unsettledFrom < 0) return;
    if (CHECKED) assert(!this.#isOpen, "settled within a reply");
    this.#marks.add(this.#unsettledFrom, gate.end, gate.gate, gate.written);
    this.#unsettledFrom = -1;
  }

  /** Another log keeps the gate, or none: what is unsent waits for nothing. */
  forgetUnits(isTraced: boolean): void {
    this.#marks.clear();
    this.#unsettledFrom = -1;
    this.#leadUnit = NOTHING;
    this.#ends = isTraced ? [] : null;
    this.#judgeSpecial();
    this.#untold = 0;
  }

  // ---- What leaves

  /** Unsent bytes, those of a snapshot not counted. */
  get length(): number {
    return this.writer.length;
  }

  /** True while a reply is open: what is pushed stands behind it, as one item. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True while a reply is open, or something depends on what is running: nothing leaves then. */
  get isInMidst(): boolean {
    return this.#isOpen || this.#unsettledFrom >= 0;
  }

  /** True while something depends on what is running. */
  get isUnsettled(): boolean {
    return this.#unsettledFrom >= 0;
  }

  /** True when there is nothing to send. */
  get isEmpty(): boolean {
    return this.writer.length === 0 && this.#lead.length === 0;
  }

  /** Bytes of the pieces that leave before the others. */
  get leadBytes(): number {
    let bytes = 0;
    for (const piece of this.#lead) bytes += piece.length;
    return bytes;
  }

  /** True for a replica's, from `beginStream` on. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** A reply has come into a replica's stream, which must not be sent. */
  get isStray(): boolean {
    return this.#isStray;
  }

  /** True while pieces are left that go before the bytes. */
  get hasLead(): boolean {
    return this.#lead.length > 0;
  }

  /** The unit that the first waiting byte waits for; Infinity when none waits. */
  get awaited(): number {
    return this.#lead.length > 0 ? this.#leadUnit : this.#marks.awaited;
  }

  /** How many of the unsent bytes may leave now: none while pieces go before them. */
  passable(gate: Gate): number {
    if (CHECKED) {
      assert(!this.#isOpen, "nothing leaves within a reply");
      assert(this.#closedBytes === this.writer.length, "bytes without a dependency");
      assert(this.#unsettledFrom < 0, "what leaves is not settled");
    }
    if (!gate.isUp || this.#lead.length > 0) return 0;
    return this.#marks.passable(gate.gate, this.#closedBytes);
  }

  /** The next piece that goes before the bytes, if it may leave; the caller's from now on. */
  takeLead(gate: Gate): Uint8Array | null {
    if (this.#lead.length === 0 || !gate.isUp || this.#leadUnit > gate.gate) return null;
    return this.#lead.shift()!;
  }

  /**
   * The first `count` bytes have left.
   *
   * @param isKept whether the buffer may be written again; else it is left to the connection
   * @returns with a trace, how many items that ends
   */
  sent(count: number, isKept: boolean): number {
    const { writer } = this;
    if (CHECKED) assert(count <= this.#closedBytes, "more is sent than there is");
    if (count === writer.length) writer.sent(isKept);
    else writer.sentPart(count, isKept);
    this.#closedBytes -= count;
    this.#marks.sent(count);
    if (this.#ends === null) return 0;
    const ends = this.#ends;
    let items = 0;
    while (items < ends.length && ends[items]! <= count) items++;
    ends.splice(0, items);
    for (let i = 0; i < ends.length; i++) ends[i]! -= count;
    return items;
  }

  /** Drops what is unsent, wherever it waits. For those who take the bytes by themselves. */
  drop(): void {
    assert(!this.#isOpen, "dropped within a reply");
    this.writer.truncate(0);
    this.forgetUnits(this.#ends !== null);
    this.#closedBytes = 0;
  }

  /**
   * Takes a copy of what may leave although a reply is open: what stands in front of it.
   *
   * @returns null when nothing may
   */
  takeEarly(gate: Gate): { readonly bytes: Uint8Array; readonly items: number } | null {
    if (!this.#isOpen || !gate.isUp || this.#isStream) return null;
    const from = this.#early;
    const to = this.#marks.passable(gate.gate, this.#closedBytes);
    if (to <= from) return null;
    this.#early = to;
    this.#isSpecial = true;
    const items = (this.#ends ?? []).filter((end) => end > from && end <= to).length;
    return { bytes: this.writer.bytes.slice(from, to), items };
  }

  /** For an observer, at once: the item that was pushed last. */
  get newest(): Uint8Array {
    const { bytes, length } = this.#isOpen ? this.#behind! : this.writer;
    return bytes.subarray(length - this.#newestBytes, length);
  }

  /** For a trace: how many items that answer no request have come since the last call. */
  takeUntold(): number {
    const untold = this.#untold;
    this.#untold = 0;
    return untold;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    this.#marks.verifyInvariants(this.#closedBytes);
    assert(this.#early <= this.#closedBytes, "a reply that is open has left");
    assert(this.#isOpen || this.#early === 0, "what has left is still there");
    const isUnsettled = this.#unsettledFrom >= 0;
    assert(!isUnsettled || this.#unsettledFrom < this.#closedBytes, "nothing is to be settled");
    if (!this.#isOpen) {
      assert(this.#closedBytes === this.writer.length, "bytes without a dependency");
      assert(this.#behind === null || this.#behind.length === 0, "an item is left behind");
      this.writer.verifyInvariants();
    }
    assert(this.#lead.length === 0 || this.#isStream, "only a replica gets a snapshot");
    const ends = this.#ends ?? [];
    for (let i = 0; i < ends.length; i++) {
      assert(ends[i]! > (i === 0 ? 0 : ends[i - 1]!), "an item without bytes");
      assert(ends[i]! <= this.#closedBytes, "an item ends behind the last byte");
    }
  }

  /** Where an item that answers no request is written. */
  #writerFor(dependency: number): ReplyWriter {
    if (!this.#isOpen) {
      if (CHECKED) assert(this.#closedBytes === this.writer.length, "bytes without a dependency");
      return this.writer;
    }
    this.#behind ??= new ReplyWriter(this.#large);
    this.#isSpecial = true;
    this.#behind.protocol = this.writer.protocol;
    const isRunning = dependency === RUNNING || this.#behindUnit === RUNNING;
    this.#behindUnit = isRunning ? RUNNING : Math.max(this.#behindUnit, dependency);
    return this.#behind;
  }

  #completePush(dependency: number, gate: Gate): void {
    this.#untold++;
    this.#complete(dependency, gate);
  }

  #judgeSpecial(): void {
    const isSpecial = this.#isStream || this.#ends !== null || this.#behind !== null;
    this.#isSpecial = isSpecial || this.#early > 0;
  }

  /** The bytes since the last item are an item. */
  #complete(dependency: number, gate: Gate): void {
    const { length } = this.writer;
    if (this.#unsettledFrom < 0) {
      if (dependency === RUNNING) this.#unsettledFrom = this.#closedBytes;
      else this.#marks.add(this.#closedBytes, dependency, gate.gate, gate.written);
    }
    this.#closedBytes = length;
    if (this.#ends !== null) this.#ends.push(length);
  }

  /** What was pushed while the reply was open follows it, as one item. */
  #moveBehind(dependency: number, gate: Gate): void {
    const behind = this.#behind!;
    this.#behind = null;
    this.#judgeSpecial();
    this.writer.append(behind.bytes, 0, behind.length);
    behind.sent(true);
    // The reply's own command has been journaled, unless it is another one that runs.
    const hasRun = this.#behindUnit === RUNNING && dependency !== RUNNING;
    const unit = hasRun ? gate.end : this.#behindUnit;
    this.#behindUnit = NOTHING;
    this.#completePush(unit, gate);
  }
}
