import { assert, CHECKED } from "../assert.ts";
import type { Arena, BlockRef } from "../engine/arena.ts";
import { copyBytes } from "../resp/copy.ts";
import { IdTree } from "./id-tree.ts";
import {
  appendEntry,
  appendRange,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryBytes,
  firstEntry,
  isCanonical,
  makeListpack,
  nextEntry,
  previousEntry,
  readEntry,
  totalBytes,
  verifyListpack,
} from "./listpack.ts";
import {
  DELETED,
  DELETION_BYTES,
  deletedCount,
  firstEntryAt,
  livingCount,
  markDeleted,
  masterAt,
  numberAt,
  partsOf,
  SAME_FIELDS,
  setCounts,
  validateNode,
} from "./macro-node.ts";
import { PackedReading } from "./packed-reading.ts";
import { PackedValue } from "./packed-value.ts";
import { ID_BYTES, StreamId } from "./stream-id.ts";

/** Bytes of a node's block before its listpack: how many the listpack may have. */
const HEADER_BYTES = 4;
/** No node is larger, and no entry. */
const MOST_BYTES = 2 ** 30;
/** An entry of a listpack is no more than this longer than its text. */
const PART_BYTES = 14;
/** A buffer above this size is not kept for the next entry. */
const KEPT_BYTES = 64 * 1024;
const TWO_32 = 2 ** 32;
const END = 0xff;

const PIECES = 0;
const LENGTH_LOW = 1;
const LENGTH_HIGH = 2;

/** How the entries of an arena's streams are kept; tests make small trees. */
export interface StreamEntriesOptions {
  readonly mostSlots?: number;
  readonly mostChildren?: number;
}

/** Where nodes end. */
export interface NodeLimits {
  /** Bytes; 0 for no limit. */
  readonly bytes: number;
  /** Entries, deleted ones included; 0 for no limit. */
  readonly entries: number;
}

/** Where fields and values lie: arguments of a request. */
export interface FieldWords {
  readonly bytes: Uint8Array;
  /** How many words there are. */
  readonly argc: number;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
}

/** How a stream is trimmed. */
export interface Trimming {
  /** To how many entries; null to trim by id. */
  readonly length: number | null;
  /** Or from which id on. */
  readonly id: StreamId;
  /** Only whole nodes go. */
  readonly approximate: boolean;
  /** How many entries may go; 0 for any number. */
  readonly limit: number;
}

/**
 * The entries of a stream, in nodes as Redis packs them (`macro-node.ts`), which a tree has by the
 * id of each one's first entry. It is a view: `open` puts it on one stream's entries after the other.
 *
 * `begin` and `next` walk over the entries of a range in Redis' way, which looks for the node that
 * the range begins in: where XSETID has set the last id back, entries may lie before their node's id,
 * and it depends on the nodes which of them are found. A change voids the walk.
 *
 * The tree's header is that of the whole: its words for the type are 16-byte pieces of the nodes'
 * blocks and, in two words, the number of entries. OutOfMemory leaves all as it was; deleting
 * and trimming need no memory.
 */
export class StreamEntries {
  /** The id of the entry that `next` has found. */
  readonly id = new StreamId();
  /** How many fields it has. */
  fields = 0;
  /** What `nextField` has read. */
  readonly name = new PackedReading();
  readonly value = new PackedReading();

  readonly #arena: Arena;
  readonly #nodes: IdTree;
  readonly #start = new StreamId();
  readonly #end = new StreamId();
  #backwards = false;
  /** False before a walk and at its end. */
  #walks = false;
  /** The walk's node: the segment, where its listpack begins, its id, its first entry's fields. */
  #bytes: Uint8Array = new Uint8Array(0);
  #pack = 0;
  readonly #nodeId = new StreamId();
  #nodeFields = 0;
  #namesAt = 0;
  /** Where the entry stands that was found last; walking backwards at first the end mark. */
  #entryAt = 0;
  #flags = 0;
  /** The next part of that entry, and how many are left to the next entry. */
  #at = 0;
  #partsLeft = 0;
  /** The next field's name, where names are the node's. */
  #nameAt = 0;

  readonly #packed = new PackedValue();
  readonly #difference = new PackedReading();
  /** An entry in the making: entries of a listpack without its frame. */
  #draft = new Uint8Array(1024);
  #draftLength = 0;
  #draftParts = 0;

  constructor(arena: Arena, options: StreamEntriesOptions = {}) {
    this.#arena = arena;
    this.#nodes = new IdTree(arena, { payloadWords: 1, ...options });
  }

  /** The header; 0 when nothing is open. */
  get ref(): BlockRef {
    return this.#nodes.ref;
  }

  /** Number of entries that are there. */
  get length(): number {
    const nodes = this.#nodes;
    return nodes.typeWord(LENGTH_HIGH) * TWO_32 + (nodes.typeWord(LENGTH_LOW) >>> 0);
  }

  #addLength(delta: number): void {
    const length = this.length + delta;
    if (CHECKED) assert(length >= 0, "a number of entries");
    this.#nodes.setTypeWord(LENGTH_LOW, length);
    this.#nodes.setTypeWord(LENGTH_HIGH, Math.floor(length / TWO_32));
  }

  /** Number of nodes. */
  get nodes(): number {
    return this.#nodes.length;
  }

  /** Bytes of all blocks. */
  get bytesHeld(): number {
    return this.#nodes.bytesHeld + (this.#nodes.typeWord(PIECES) >>> 0) * 16;
  }

  #addHeld(delta: number): void {
    this.#nodes.setTypeWord(PIECES, this.#nodes.typeWord(PIECES) + (delta >> 4));
  }

  /** Makes an empty one and opens it. @throws OutOfMemory */
  create(): BlockRef {
    this.#walks = false;
    return this.#nodes.create();
  }

  open(ref: BlockRef): void {
    this.#walks = false;
    this.#nodes.open(ref);
  }

  // Walks.

  /** Begins a walk over the entries from `start` to `end`, both included; backwards from `end`. */
  begin(start: StreamId, end: StreamId, backwards: boolean): void {
    const nodes = this.#nodes;
    this.#start.copy(start);
    this.#end.copy(end);
    this.#backwards = backwards;
    const from = backwards ? end : start;
    nodes.setId(from.msHigh, from.msLow, from.sequenceHigh, from.sequenceLow);
    if (backwards) this.#walks = (!from.isLeast && nodes.seekBack()) || nodes.seekLast();
    else this.#walks = nodes.seekBack() || nodes.seekPosition(0);
    if (this.#walks) this.#openNode();
  }

  /** Begins a walk over all entries. */
  beginAll(backwards = false): void {
    this.begin(LEAST, GREATEST, backwards);
  }

  /** Finds the entry of an id; false when it is not there. */
  find(id: StreamId): boolean {
    this.begin(id, id, false);
    return this.next();
  }

  /** Moves to the next entry of the walk; false at its end. */
  next(): boolean {
    while (this.#walks) {
      if (!(this.#backwards ? this.#toPreviousEntry() : this.#toNextEntry())) {
        this.#walks = this.#backwards ? this.#nodes.previous() : this.#nodes.next();
        if (this.#walks) this.#openNode();
        continue;
      }
      if ((this.#flags & DELETED) !== 0) continue;
      const { id } = this;
      if (this.#backwards) {
        if (id.compare(this.#end) > 0) continue;
        if (id.compare(this.#start) < 0) this.#walks = false;
      } else {
        if (id.compare(this.#start) < 0) continue;
        if (id.compare(this.#end) > 0) this.#walks = false;
      }
      return this.#walks;
    }
    return false;
  }

  /** Reads the next field of the entry into `name` and `value`, as texts. There are `fields` of them. */
  nextField(): void {
    if (CHECKED) assert(this.#partsLeft > 1, "a field that is left");
    const bytes = this.#bytes;
    if ((this.#flags & SAME_FIELDS) !== 0) {
      readEntry(bytes, this.#nameAt, this.name);
      this.#nameAt += entryBytes(bytes, this.#nameAt);
    } else {
      readEntry(bytes, this.#at, this.name);
      this.#at += entryBytes(bytes, this.#at);
      this.#partsLeft--;
    }
    readEntry(bytes, this.#at, this.value);
    this.#at += entryBytes(bytes, this.#at);
    this.#partsLeft--;
    this.name.text();
    this.value.text();
  }

  #openNode(): void {
    const nodes = this.#nodes;
    const block = nodes.payload(0);
    this.#bytes = this.#bytesOf(block);
    this.#pack = this.#packOf(block);
    this.#nodeId.set(nodes.idWord(0), nodes.idWord(1), nodes.idWord(2), nodes.idWord(3));
    const master = masterAt(this.#bytes, this.#pack);
    this.#nodeFields = numberAt(this.#bytes, master);
    this.#namesAt = master + entryBytes(this.#bytes, master);
    this.#partsLeft = 0;
    if (this.#backwards) this.#entryAt = endOffset(this.#bytes, this.#pack);
    else this.#at = firstEntryAt(this.#bytes, this.#pack);
  }

  /** False at the end of the node. */
  #toNextEntry(): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let left = this.#partsLeft; left > 0; left--) at += entryBytes(bytes, at);
    this.#partsLeft = 0;
    this.#at = at;
    if (bytes[at] === END) return false;
    this.#readEntry(at);
    return true;
  }

  /** False at the beginning of the node. */
  #toPreviousEntry(): boolean {
    const bytes = this.#bytes;
    let at = previousEntry(bytes, this.#pack, this.#entryAt);
    // Before the first entry stands a zero.
    const parts = numberAt(bytes, at);
    if (parts === 0) return false;
    for (let left = parts; left > 0; left--) at = previousEntry(bytes, this.#pack, at);
    this.#readEntry(at);
    return true;
  }

  #readEntry(entryAt: number): void {
    const bytes = this.#bytes;
    const flags = bytes[entryAt]!;
    this.#entryAt = entryAt;
    this.#flags = flags;
    this.#nameAt = this.#namesAt;
    let at = this.#readId(bytes, entryAt, this.#nodeId);
    if ((flags & SAME_FIELDS) !== 0) {
      this.fields = this.#nodeFields;
      this.#partsLeft = this.fields + 1;
    } else {
      this.fields = numberAt(bytes, at);
      at += entryBytes(bytes, at);
      this.#partsLeft = 2 * this.fields + 1;
    }
    this.#at = at;
  }

  /** Reads the id of an entry in the node of `of`, and returns where its next part stands. */
  #readId(bytes: Uint8Array, entryAt: number, of: StreamId): number {
    const difference = this.#difference;
    const { id } = this;
    let at = entryAt + 2;
    readEntry(bytes, at, difference);
    const msLow = (of.msLow >>> 0) + (difference.integer.low >>> 0);
    const msHigh = of.msHigh + difference.integer.high + (msLow >= TWO_32 ? 1 : 0);
    at += entryBytes(bytes, at);
    readEntry(bytes, at, difference);
    const low = (of.sequenceLow >>> 0) + (difference.integer.low >>> 0);
    const high = of.sequenceHigh + difference.integer.high + (low >= TWO_32 ? 1 : 0);
    id.set(msHigh, msLow, high, low);
    return at + entryBytes(bytes, at);
  }

  // Changes.

  /**
   * Appends an entry whose fields and values are the arguments of a request from `from` on.
   * Precondition: the caller knows that its id is higher than all that were. @throws OutOfMemory
   */
  append(id: StreamId, request: FieldWords, from: number, limits: NodeLimits): void {
    const nodes = this.#nodes;
    const { offsets, lengths, bytes: source } = request;
    this.#walks = false;
    this.#backwards = false;
    let textBytes = 0;
    for (let i = from; i < request.argc; i++) textBytes += lengths[i]!;
    this.#startDraft(textBytes + (2 * (request.argc - from) + 8) * PART_BYTES);
    if (!nodes.seekLast() || this.#isFull(textBytes, limits)) {
      this.#appendNodeFor(id, request, from);
      return;
    }
    this.#openNode();
    const node = this.#nodeId;
    const alike = this.#hasNodesFields(request, from);
    const fields = (request.argc - from) >>> 1;
    const flags = alike ? SAME_FIELDS : 0;
    this.#draftInteger(flags, 0);
    this.#draftDifference(id.msHigh, id.msLow, node.msHigh, node.msLow);
    this.#draftDifference(id.sequenceHigh, id.sequenceLow, node.sequenceHigh, node.sequenceLow);
    if (!alike) this.#draftInteger(fields, 0);
    for (let i = alike ? from + 1 : from; i < request.argc; i += alike ? 2 : 1) {
      this.#draftText(source, offsets[i]!, lengths[i]!);
    }
    this.#draftInteger(partsOf(flags, fields), 0);
    const block = this.#withRoom(this.#draftLength);
    const bytes = this.#bytesOf(block);
    const pack = this.#packOf(block);
    appendRange(bytes, pack, this.#draft, 0, this.#draftLength, this.#draftParts);
    setCounts(bytes, pack, livingCount(bytes, pack) + 1, deletedCount(bytes, pack));
    this.#addLength(1);
  }

  /** True when the cursor's node takes no entry of so many bytes of text. */
  #isFull(textBytes: number, limits: NodeLimits): boolean {
    const block = this.#nodes.payload(0);
    const bytes = this.#bytesOf(block);
    const pack = this.#packOf(block);
    const most = limits.bytes === 0 || limits.bytes > MOST_BYTES ? MOST_BYTES : limits.bytes;
    if (totalBytes(bytes, pack) + textBytes >= most) return true;
    if (limits.entries === 0) return false;
    return livingCount(bytes, pack) + deletedCount(bytes, pack) >= limits.entries;
  }

  /** True when a request's fields are those of the first entry of the walk's node. */
  #hasNodesFields(request: FieldWords, from: number): boolean {
    if (this.#nodeFields * 2 !== request.argc - from) return false;
    const { offsets, lengths, bytes } = request;
    let at = this.#namesAt;
    for (let i = from; i < request.argc; i += 2) {
      this.#packed.setText(bytes, offsets[i]!, lengths[i]!);
      if (!this.#packed.equals(this.#bytes, at)) return false;
      at += entryBytes(this.#bytes, at);
    }
    return true;
  }

  /** Puts an entry into a node of its own. */
  #appendNodeFor(id: StreamId, request: FieldWords, from: number): void {
    const { offsets, lengths, bytes: source } = request;
    const fields = (request.argc - from) >>> 1;
    this.#draftInteger(1, 0);
    this.#draftInteger(0, 0);
    this.#draftInteger(fields, 0);
    for (let i = from; i < request.argc; i += 2) {
      this.#draftText(source, offsets[i]!, lengths[i]!);
    }
    this.#draftInteger(0, 0);
    this.#draftInteger(SAME_FIELDS, 0);
    this.#draftInteger(0, 0);
    this.#draftInteger(0, 0);
    for (let i = from + 1; i < request.argc; i += 2) {
      this.#draftText(source, offsets[i]!, lengths[i]!);
    }
    this.#draftInteger(partsOf(SAME_FIELDS, fields), 0);
    const block = this.#newBlock(EMPTY_LISTPACK_BYTES + this.#draftLength);
    const bytes = this.#bytesOf(block);
    const pack = this.#packOf(block);
    makeListpack(bytes, pack);
    appendRange(bytes, pack, this.#draft, 0, this.#draftLength, this.#draftParts);
    this.#place(id, block);
  }

  /** Puts a node's block into the tree. Where XSETID has set the last id back, a node of that id may be there: Redis forgets it. */
  #place(id: StreamId, block: BlockRef): void {
    const nodes = this.#nodes;
    nodes.setId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow);
    if (nodes.find()) {
      const old = nodes.payload(0);
      this.#addLength(-livingCount(this.#bytesOf(old), this.#packOf(old)));
      nodes.replacePayload(0, block);
      this.#addHeld(-this.#free(old));
    } else {
      nodes.setPayload(0, block);
      try {
        nodes.insert();
      } catch (error) {
        this.#free(block);
        throw error;
      }
    }
    this.#addHeld(this.#blockBytes(block));
    this.#addLength(livingCount(this.#bytesOf(block), this.#packOf(block)));
  }

  /** Deletes an entry; false when it is not there. */
  delete(id: StreamId): boolean {
    if (!this.find(id)) return false;
    const bytes = this.#bytes;
    const pack = this.#pack;
    const living = livingCount(bytes, pack);
    if (living === 1) {
      this.#removeNode();
    } else {
      markDeleted(bytes, this.#entryAt);
      setCounts(bytes, pack, living - 1, deletedCount(bytes, pack) + 1);
      this.#addLength(-1);
    }
    this.#walks = false;
    return true;
  }

  /** Removes the cursor's node. */
  #removeNode(): void {
    const block = this.#nodes.payload(0);
    const living = livingCount(this.#bytesOf(block), this.#packOf(block));
    this.#nodes.remove();
    this.#addHeld(-this.#free(block));
    this.#addLength(-living);
  }

  /** Trims from the beginning on, and returns how many entries are gone. */
  trim(trimming: Trimming): number {
    const { length, id, approximate, limit } = trimming;
    const nodes = this.#nodes;
    this.#walks = false;
    this.#backwards = false;
    let deleted = 0;
    while (nodes.seekPosition(0)) {
      if (length !== null && this.length <= length) break;
      this.#openNode();
      const living = livingCount(this.#bytes, this.#pack);
      if (limit !== 0 && deleted + living > limit) break;
      const whole =
        length === null ? this.#lastIdOfNode().compare(id) < 0 : this.length - living >= length;
      if (!whole) {
        if (!approximate) deleted += this.#trimNode(length, id);
        break;
      }
      this.#removeNode();
      deleted += living;
    }
    return deleted;
  }

  /** The id of the last entry of the walk's node, deleted or not. */
  #lastIdOfNode(): StreamId {
    this.#entryAt = endOffset(this.#bytes, this.#pack);
    const found = this.#toPreviousEntry();
    if (CHECKED) assert(found, "a node has entries");
    this.#partsLeft = 0;
    this.#at = firstEntryAt(this.#bytes, this.#pack);
    return this.id;
  }

  /** Deletes entries from the beginning of the walk's node on, of which some stay or have been deleted before. */
  #trimNode(length: number | null, least: StreamId): number {
    const bytes = this.#bytes;
    const pack = this.#pack;
    let excess = length === null ? Number.POSITIVE_INFINITY : this.length - length;
    let deleted = 0;
    while (excess > 0 && this.#toNextEntry()) {
      if (length === null && this.id.compare(least) >= 0) break;
      if ((this.#flags & DELETED) !== 0) continue;
      markDeleted(bytes, this.#entryAt);
      deleted++;
      excess--;
    }
    setCounts(bytes, pack, livingCount(bytes, pack) - deleted, deletedCount(bytes, pack) + deleted);
    this.#addLength(-deleted);
    return deleted;
  }

  /** Reads the id of the first entry, deleted or not; false when there is none. */
  readFirstStored(into: StreamId): boolean {
    this.#backwards = false;
    this.#walks = false;
    if (!this.#nodes.seekPosition(0)) return false;
    this.#openNode();
    const found = this.#toNextEntry();
    if (CHECKED) assert(found, "a node has entries");
    into.copy(this.id);
    return true;
  }

  // Whole nodes.

  /** Visits the nodes in their order, each with its id. The visitor must not change the stream. */
  forEachNode(visit: (id: StreamId, bytes: Uint8Array, pack: number) => void): void {
    const nodes = this.#nodes;
    this.#backwards = false;
    this.#walks = false;
    for (let more = nodes.seekPosition(0); more; more = nodes.next()) {
      this.#openNode();
      visit(this.#nodeId, this.#bytes, this.#pack);
    }
  }

  /**
   * Adds a node that is a valid one (`validateNode`), by its id. @throws OutOfMemory
   *
   * @returns false when there is one of that id
   */
  addNode(id: StreamId, source: Uint8Array, start: number): boolean {
    const nodes = this.#nodes;
    nodes.setId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow);
    if (nodes.find()) return false;
    const total = totalBytes(source, start);
    const block = this.#newBlock(total);
    const bytes = this.#bytesOf(block);
    const pack = this.#packOf(block);
    if (isCanonical(source, start, this.#difference, this.#packed)) {
      copyBytes(source, start, bytes, pack, total);
    } else {
      this.#packAnew(source, start, bytes, pack);
    }
    this.#place(id, block);
    return true;
  }

  /** Copies a listpack with the shortest encodings. */
  #packAnew(source: Uint8Array, start: number, target: Uint8Array, pack: number): void {
    const reading = this.#difference;
    makeListpack(target, pack);
    for (let at = firstEntry(source, start); at !== -1; at = nextEntry(source, at)) {
      readEntry(source, at, reading);
      reading.text();
      this.#packed.setText(reading.bytes, reading.offset, reading.length);
      appendEntry(target, pack, this.#packed);
    }
  }

  /**
   * How many nodes Redis' radix tree has by the 16 bytes of the nodes' ids: one for each, one for each
   * place where ids part, and one for what bytes are shared in between.
   */
  radixNodes(): number {
    const nodes = this.#nodes;
    if (nodes.length === 0) return 1;
    const key = new Uint8Array(ID_BYTES);
    const before = new Uint8Array(ID_BYTES);
    const id = new StreamId();
    // Depths at which the last id parts from those before it, the shallowest first.
    const parts: number[] = [];
    let count = nodes.length;
    let isFirst = true;
    /** The chain of bytes behind depth `from` down to `to`, if there are any. */
    const chain = (from: number, to: number): void => {
      if (to > from) count++;
    };
    for (let more = nodes.seekPosition(0); more; more = nodes.next()) {
      id.set(nodes.idWord(0), nodes.idWord(1), nodes.idWord(2), nodes.idWord(3));
      id.write(key, 0);
      if (!isFirst) {
        let shared = 0;
        while (key[shared] === before[shared]) shared++;
        // What lies below the parting is finished: each part ends in a chain from the one above.
        let deeper = ID_BYTES;
        while (parts.length > 0 && parts.at(-1)! > shared) {
          const depth = parts.pop()!;
          chain(depth + 1, deeper);
          deeper = depth;
        }
        if (parts.at(-1) === shared) {
          chain(shared + 1, deeper);
        } else {
          parts.push(shared);
          count++;
          chain(shared + 1, deeper);
        }
      }
      before.set(key);
      isFirst = false;
    }
    let deeper = ID_BYTES;
    while (parts.length > 0) {
      const depth = parts.pop()!;
      chain(depth + 1, deeper);
      deeper = depth;
    }
    chain(0, deeper);
    return count;
  }

  // Blocks.

  /** Frees about `budget` nodes of entries that no key has any more; true when the header is gone. */
  release(budget: number): boolean {
    const nodes = this.#nodes;
    let left = budget;
    this.#walks = false;
    while (left > 0 && nodes.length > 0) {
      nodes.seekPosition(Math.max(0, nodes.length - left));
      const removed = nodes.removeRun(left, 0);
      for (let i = 0; i < removed; i++) this.#addHeld(-this.#free(nodes.taken[i]!));
      left -= removed;
    }
    return left > 0 && nodes.release(left);
  }

  /** Visits every block with the bytes it was allocated for, the header's included. */
  visitBlocks(visit: (ref: BlockRef, byteLength: number) => void): void {
    const nodes = this.#nodes;
    nodes.visitBlocks(visit);
    for (let more = nodes.seekPosition(0); more; more = nodes.next()) {
      const block = nodes.payload(0);
      visit(block, this.#heldBytes(block));
    }
  }

  #newBlock(packBytes: number): BlockRef {
    const wanted = HEADER_BYTES + packBytes + DELETION_BYTES;
    const block = this.#arena.allocate(wanted);
    const room = this.#arena.blockBytes(block, wanted) - HEADER_BYTES;
    const arena = this.#arena;
    arena.words[block >>> arena.grainShift]![(block & arena.grainMask) << 2] = room;
    return block;
  }

  /** The cursor's node with room for so many bytes more: it may move. */
  #withRoom(added: number): BlockRef {
    const from = this.#nodes.payload(0);
    const source = this.#bytesOf(from);
    const start = this.#packOf(from);
    const total = totalBytes(source, start);
    if (total + added + DELETION_BYTES <= this.#roomOf(from)) return from;
    const to = this.#newBlock(total + added);
    copyBytes(source, start, this.#bytesOf(to), this.#packOf(to), total);
    this.#nodes.replacePayload(0, to);
    this.#addHeld(this.#blockBytes(to) - this.#free(from));
    return to;
  }

  /** Frees a node's block and returns its bytes. */
  #free(block: BlockRef): number {
    const held = this.#blockBytes(block);
    this.#arena.free(block, this.#heldBytes(block));
    return held;
  }

  #blockBytes(block: BlockRef): number {
    return this.#arena.blockBytes(block, this.#heldBytes(block));
  }

  #heldBytes(block: BlockRef): number {
    return HEADER_BYTES + this.#roomOf(block);
  }

  /** Bytes that the listpack in a block may have. */
  #roomOf(block: BlockRef): number {
    const arena = this.#arena;
    return arena.words[block >>> arena.grainShift]![(block & arena.grainMask) << 2]!;
  }

  #bytesOf(block: BlockRef): Uint8Array {
    return this.#arena.bytes[block >>> this.#arena.grainShift]!;
  }

  /** Where a block's listpack begins. */
  #packOf(block: BlockRef): number {
    return ((block & this.#arena.grainMask) << 4) + HEADER_BYTES;
  }

  // The draft of an entry.

  #startDraft(mostBytes: number): void {
    this.#draftLength = 0;
    this.#draftParts = 0;
    const kept = this.#draft.length <= KEPT_BYTES;
    if (this.#draft.length < mostBytes || !kept) {
      this.#draft = new Uint8Array(Math.max(1024, mostBytes));
    }
  }

  #draftInteger(low: number, high: number): void {
    this.#packed.setInteger(low, high);
    this.#putPacked();
  }

  #draftText(bytes: Uint8Array, offset: number, length: number): void {
    this.#packed.setText(bytes, offset, length);
    this.#putPacked();
  }

  #draftDifference(high: number, low: number, ofHigh: number, ofLow: number): void {
    const borrow = low >>> 0 < ofLow >>> 0 ? 1 : 0;
    this.#draftInteger((low - ofLow) | 0, (high - ofHigh - borrow) | 0);
  }

  #putPacked(): void {
    if (CHECKED)
      assert(this.#draftLength + this.#packed.size <= this.#draft.length, "a draft's room");
    this.#packed.write(this.#draft, this.#draftLength);
    this.#draftLength += this.#packed.size;
    this.#draftParts++;
  }

  /** Checks tree, nodes, counts and bytes. Throws AssertionError. */
  verifyInvariants(): void {
    const nodes = this.#nodes;
    nodes.verifyInvariants();
    let living = 0;
    let pieces = 0;
    for (let more = nodes.seekPosition(0); more; more = nodes.next()) {
      const block = nodes.payload(0);
      const bytes = this.#bytesOf(block);
      const pack = this.#packOf(block);
      const total = totalBytes(bytes, pack);
      verifyListpack(bytes, pack);
      assert(validateNode(bytes, pack, total), "a node's parts and counts fit together");
      assert(isCanonical(bytes, pack, this.#difference, this.#packed), "each part has one form");
      assert(total <= this.#roomOf(block), "a node keeps to its block");
      living += livingCount(bytes, pack);
      pieces += this.#blockBytes(block) >>> 4;
    }
    assert(living === this.length, "the entries are counted");
    assert(pieces === this.#nodes.typeWord(PIECES) >>> 0, "the nodes' bytes are counted");
  }
}

const LEAST = new StreamId();
const GREATEST = new StreamId().setGreatest();
