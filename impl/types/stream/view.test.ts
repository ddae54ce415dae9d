import fc from "fast-check";
import { expect, test } from "vitest";
import type { BlockRef } from "../../engine/arena.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { OutOfMemory } from "../../engine/out-of-memory.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { latin1, Request } from "../../resp/request.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import type { NameRecords } from "../../structures/name-records.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { VALUE_TYPES } from "../index.ts";
import { openStream, StreamView, streamView } from "./view.ts";

const KEY = Buffer.from("key");
const OTHER = Buffer.from("other");
/** Leaves and nodes of trees of a few entries. */
const TINY = { mostSlots: 3, mostChildren: 3 };
/** Changes that grow the stream and changes that shrink it come in turns of so many. */
const TURN = 40;
const RDB_TYPE = 19;

interface Pending {
  readonly consumer: string;
  readonly deliveredMs: number;
  readonly count: number;
}

interface Group {
  readonly lastId: number;
  readonly consumers: ReadonlyMap<string, number>;
  readonly pending: ReadonlyMap<number, Pending>;
}

/** The obvious stream: ids are sequences of one millisecond. */
interface Plain {
  readonly entries: readonly (readonly [id: number, ...words: string[]])[];
  readonly groups: ReadonlyMap<string, Group>;
}

/** A keyspace whose arena runs out of memory when it is told to. */
class Small {
  readonly keyspace: Keyspace;
  /** Allocations that succeed before one fails. */
  fuel = Number.POSITIVE_INFINITY;
  failures = 0;

  constructor(segmentBytes = 65_536) {
    this.keyspace = new Keyspace({
      hashKey: [1, 2],
      segmentBytes,
      rooted: (arena) => {
        const view = new StreamView(arena, TINY);
        return {
          release: (kind, root, budget) => view.release(kind, root, budget),
          visitBlocks: (kind, root, visit) => view.visitBlocks(kind, root, visit),
          of: () => view,
        };
      },
    });
    const { arena } = this.keyspace;
    const allocate = arena.allocate.bind(arena);
    arena.allocate = (byteLength) => {
      if (this.fuel-- <= 0) {
        this.failures++;
        throw new OutOfMemory("no fuel");
      }
      return allocate(byteLength);
    };
  }

  /** True when `step` ran through, false when it ran out of memory. */
  attempt(fuel: number, step: () => void): boolean {
    this.fuel = fuel;
    try {
      step();
      return true;
    } catch (error) {
      if (error instanceof OutOfMemory) return false;
      throw error;
    } finally {
      this.fuel = Number.POSITIVE_INFINITY;
    }
  }

  get stream(): StreamView {
    return openStream(this.keyspace, this.keyspace.find(KEY, 0, KEY.length));
  }
}

function idOf(sequence: number): StreamId {
  return new StreamId().setParts(1n, BigInt(sequence));
}

const numberOf = ({ sequence }: StreamId): number => Number(sequence);

function nameOf(names: NameRecords, record: BlockRef): string {
  return latin1(names.bytes(record), names.nameOffset(record), names.nameLength(record));
}

/** What a stream means. */
function plainOf(stream: StreamView): Plain {
  const { entries } = stream;
  const found: [number, ...string[]][] = [];
  for (entries.beginAll(); entries.next(); ) {
    const words: string[] = [];
    for (let left = entries.fields; left > 0; left--) {
      entries.nextField();
      const { name, value } = entries;
      words.push(latin1(name.bytes, name.offset, name.length));
      words.push(latin1(value.bytes, value.offset, value.length));
    }
    found.push([numberOf(entries.id), ...words]);
  }
  const groups = new Map<string, Group>();
  if (stream.hasGroups) {
    const names = stream.groups.groups;
    for (let group = names.at(0); group !== 0; group = names.next()) {
      stream.groups.openGroup(group);
      groups.set(nameOf(names, group), plainGroup(stream.groups));
    }
  }
  return { entries: found, groups };
}

function plainGroup(view: ConsumerGroups): Group {
  const { consumers, pending } = view;
  const number = new Int64();
  const seen = new Map<string, number>();
  for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
    seen.set(nameOf(consumers, one), view.readSeen(one, number).toNumber());
  }
  const delivered = new Map<number, Pending>();
  for (let more = pending.seekPosition(0); more; more = pending.next()) {
    delivered.set(numberOf(ConsumerGroups.readId(pending, new StreamId())), {
      consumer: nameOf(consumers, view.owner),
      deliveredMs: view.readDelivered(number).toNumber(),
      count: view.readCount(number).toNumber(),
    });
  }
  const lastId = numberOf(view.readLastId(view.group, new StreamId()));
  return { lastId, consumers: seen, pending: delivered };
}

function verify(keyspace: Keyspace): void {
  keyspace.forEach((ref) => {
    VALUE_TYPES.stream.verify(keyspace, ref);
  });
  keyspace.verifyInvariants();
}

const step = fc.record({
  what: fc.constantFrom(
    ...(["add", "add", "add", "delete", "trim", "make", "destroy", "forget"] as const),
    ...(["deliver", "deliver", "deliver", "claim", "ack", "copy", "reload"] as const),
  ),
  pick: fc.nat(),
  count: fc.integer({ min: 1, max: 6 }),
  words: fc.constantFrom<string[]>(
    ["f", "v"],
    ["f", "1"],
    ["f", "v", "g", "128"],
    ["g", "w".repeat(70)],
    ["", "-70000"],
  ),
  name: fc.constantFrom("a", "b", "long".repeat(20)),
  who: fc.constantFrom("c", "d", "e", "f", "g"),
  nodeEntries: fc.constantFrom(1, 2, 3, 0),
  fuel: fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 99, 99, 99, 99, 99),
  flag: fc.boolean(),
});

type Drawn = typeof step extends fc.Arbitrary<infer D> ? D : never;

/** A stream and the obvious one, changed alike. */
class Pair {
  readonly small = new Small();
  plain: Plain = { entries: [], groups: new Map() };
  lastId = 0;
  nowMs = 0;

  constructor() {
    const { keyspace } = this.small;
    streamView(keyspace).create(keyspace, KEY, 0, KEY.length);
  }

  take(drawn: Drawn, growing: boolean): void {
    this.nowMs++;
    this[drawn.what](drawn, growing);
  }

  add({ words, nodeEntries, count, fuel }: Drawn, growing: boolean): void {
    const { stream } = this.small;
    for (let i = growing ? count : 1; i > 0; i--) {
      const id = this.lastId + i;
      const done = this.small.attempt(fuel, () => {
        const limits = { bytes: 300, entries: nodeEntries };
        stream.entries.append(idOf(id), Request.of(...words), 0, limits);
      });
      if (!done) continue;
      stream.setLastId(idOf(id));
      this.lastId = id;
      this.plain = { ...this.plain, entries: [...this.plain.entries, [id, ...words]] };
    }
  }

  delete({ pick, fuel }: Drawn): void {
    const id = (pick % (this.lastId + 1)) + 1;
    const wanted = this.plain.entries.some(([one]) => one === id);
    this.free(fuel, () => {
      expect(this.small.stream.entries.delete(idOf(id))).toBe(wanted);
    });
    this.plain = { ...this.plain, entries: this.plain.entries.filter(([one]) => one !== id) };
  }

  trim({ pick, fuel, flag }: Drawn, growing: boolean): void {
    const { entries } = this.plain;
    const excess = Math.min(entries.length, pick % (growing ? 3 : 20));
    const id = idOf(entries[excess]?.[0] ?? this.lastId + 1);
    const length = flag ? entries.length - excess : null;
    this.free(fuel, () => {
      const trimming = { length, id, approximate: false, limit: 0 };
      expect(this.small.stream.entries.trim(trimming)).toBe(excess);
    });
    this.plain = { ...this.plain, entries: entries.slice(excess) };
  }

  /** What frees memory needs none. */
  free(fuel: number, step: () => void): void {
    expect(this.small.attempt(fuel, step)).toBe(true);
  }

  make({ name, pick, fuel }: Drawn): void {
    const { stream } = this.small;
    const bytes = Buffer.from(name);
    if (stream.openGroup(bytes, 0, bytes.length)) return;
    const lastId = pick % (this.lastId + 1);
    const done = this.small.attempt(fuel, () => {
      const group = stream.createGroup(bytes, 0, bytes.length);
      stream.groups.setLastId(group, idOf(lastId));
    });
    if (done) this.#setGroup(name, { lastId, consumers: new Map(), pending: new Map() });
  }

  destroy({ name, fuel, pick }: Drawn, growing: boolean): void {
    const stream = this.#opened(name);
    if (stream === null || (growing && pick % 4 > 0)) return;
    this.free(fuel, () => stream.groups.removeGroup(stream.groups.group));
    const groups = new Map(this.plain.groups);
    groups.delete(name);
    this.plain = { ...this.plain, groups };
  }

  forget({ name, who, fuel }: Drawn): void {
    const stream = this.#opened(name);
    if (stream === null) return;
    const group = this.plain.groups.get(name)!;
    const bytes = Buffer.from(who);
    const consumer = stream.groups.consumers.find(bytes, 0, bytes.length);
    expect(consumer !== 0).toBe(group.consumers.has(who));
    if (consumer === 0) return;
    const own = [...group.pending].filter(([, { consumer: one }]) => one === who);
    this.free(fuel, () => {
      expect(stream.groups.removeConsumer(consumer)).toBe(own.length);
    });
    const consumers = new Map(group.consumers);
    const pending = new Map(group.pending);
    consumers.delete(who);
    for (const [id] of own) pending.delete(id);
    this.#setGroup(name, { ...group, consumers, pending });
  }

  /** Assigns some ids behind the group's last one, or from the beginning on, and takes others away. */
  deliver({ name, who, count, fuel, flag, pick }: Drawn, growing: boolean): void {
    const stream = this.#opened(name);
    if (stream === null) return;
    const group = this.plain.groups.get(name)!;
    const first = flag ? group.lastId + 1 : 1 + (pick % (this.lastId + 1));
    const wanted = Array.from({ length: growing ? count * 2 : 1 }, (_, i) => first + i);
    const pending = new Map(group.pending);
    const delivery = { consumer: who, deliveredMs: this.nowMs, count: 1 };
    for (const id of wanted) pending.set(id, delivery);
    const gone = [...group.pending.keys()].find((id) => !wanted.includes(id) && id % 3 === 0);
    if (gone !== undefined) pending.delete(gone);
    const lastId = Math.max(group.lastId, wanted.at(-1)!);
    const done = this.small.attempt(fuel, () => {
      const { assignments, groups } = stream;
      const [deliveredMs, once] = [new Int64(), new Int64().setWord(1)];
      deliveredMs.setNumber(this.nowMs);
      try {
        assignments.useGroup(1);
        if (gone !== undefined) {
          groups.findPending(idOf(gone));
          assignments.drop(idOf(gone), 0);
        }
        const consumer = assignments.see(Buffer.from(who), 0, who.length, this.nowMs, 1);
        groups.setLastId(groups.group, idOf(lastId));
        for (const id of wanted) {
          if (groups.findPending(idOf(id))) {
            assignments.move(idOf(id), consumer, deliveredMs, once, 0);
          } else assignments.add(idOf(id), consumer, deliveredMs, once, 0);
        }
      } catch (error) {
        this.free(0, () => assignments.takeBack());
        throw error;
      }
      this.free(0, () => assignments.settle());
    });
    const consumers = new Map(group.consumers).set(who, this.nowMs);
    if (done) this.#setGroup(name, { lastId, consumers, pending });
  }

  claim(drawn: Drawn): void {
    this.deliver({ ...drawn, flag: false }, true);
  }

  ack({ name, pick, fuel }: Drawn): void {
    const stream = this.#opened(name);
    if (stream === null) return;
    const group = this.plain.groups.get(name)!;
    const ids = [...group.pending.keys()];
    const id = ids[pick % ids.length] ?? 0;
    const found = stream.groups.findPending(idOf(id));
    expect(found).toBe(ids.length > 0);
    if (!found) return;
    this.free(fuel, () => stream.groups.removePending());
    const pending = new Map(group.pending);
    pending.delete(id);
    this.#setGroup(name, { ...group, pending });
  }

  copy({ fuel }: Drawn): void {
    const { small } = this;
    const { keyspace } = small;
    const { ref } = small.stream;
    const copy = () => VALUE_TYPES.stream.copy(keyspace, ref, keyspace, OTHER, 0, OTHER.length);
    if (!small.attempt(fuel, copy)) return;
    const copied = keyspace.find(OTHER, 0, OTHER.length);
    expect(plainOf(openStream(keyspace, copied))).toEqual(this.plain);
  }

  reload({ fuel }: Drawn): void {
    const { small } = this;
    const { keyspace } = small;
    const writer = new RdbWriter();
    VALUE_TYPES.stream.save(writer, keyspace, small.stream.ref);
    const reader = new RdbReader(writer.bytes());
    small.attempt(fuel, () => {
      VALUE_TYPES.stream.load(reader, RDB_TYPE, keyspace, KEY, 0, KEY.length);
    });
    expect(reader.damage).toBe(null);
  }

  #opened(name: string): StreamView | null {
    const { stream } = this.small;
    const bytes = Buffer.from(name);
    const found = stream.openGroup(bytes, 0, bytes.length);
    expect(found).toBe(this.plain.groups.has(name));
    return found ? stream : null;
  }

  #setGroup(name: string, group: Group): void {
    this.plain = { ...this.plain, groups: new Map(this.plain.groups).set(name, group) };
  }

  check(): void {
    expect(plainOf(this.small.stream)).toEqual(this.plain);
    expect(this.small.stream.entries.length).toBe(this.plain.entries.length);
  }

  /** Looks at some entries from both sides. */
  range({ pick, count }: Drawn): void {
    const { entries } = this.small.stream;
    const from = pick % (this.lastId + 2);
    const to = from + count;
    const wanted = this.plain.entries.map(([id]) => id).filter((id) => id >= from && id <= to);
    for (const backwards of [false, true]) {
      const found: number[] = [];
      for (entries.begin(idOf(from), idOf(to), backwards); entries.next(); ) {
        found.push(numberOf(entries.id));
      }
      expect(found).toEqual(backwards ? wanted.toReversed() : wanted);
    }
  }
}

test("every sequence of changes is what it would be on lists and maps", () => {
  let failures = 0;
  let nodes = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 160, size: "max" }), (steps) => {
      const pair = new Pair();
      const { keyspace } = pair.small;
      for (const [index, drawn] of steps.entries()) {
        pair.take(drawn, Math.floor(index / TURN) % 2 === 0);
        pair.check();
        pair.range(drawn);
        nodes = Math.max(nodes, pair.small.stream.entries.nodes);
        if (index % 7 === 0) verify(keyspace);
        keyspace.reclaim(drawn.count);
      }
      verify(keyspace);
      for (const key of [KEY, OTHER]) {
        const ref = keyspace.find(key, 0, key.length);
        if (ref !== 0) keyspace.remove(ref);
      }
      while (keyspace.detachedCount > 0) {
        keyspace.reclaim(1);
        keyspace.verifyInvariants();
      }
      expect(keyspace.arena.liveBytes).toBe(0);
      failures += pair.small.failures;
    }),
    { numRuns: 60 },
  );
  expect(failures).toBeGreaterThan(0);
  expect(nodes).toBeGreaterThan(9);
});

test("deleting needs no memory, however the counts grow and however full a node is", () => {
  for (let length = 0; length < 16; length++) {
    // Blocks of a segment of their own are as long as what is in them, but for less than 16 bytes.
    const small = new Small(1024);
    const { keyspace } = small;
    const stream = streamView(keyspace).create(keyspace, KEY, 0, KEY.length);
    const { entries } = stream;
    const limits = { bytes: 0, entries: 0 };
    entries.append(idOf(1), Request.of("f", "x".repeat(length)), 0, limits);
    for (let i = 2; i <= 300; i++) entries.append(idOf(i), Request.of("f", ""), 0, limits);
    const held = stream.heldBytes;
    small.fuel = 0;
    for (let i = 1; i < 300; i++) {
      expect(entries.delete(idOf(i))).toBe(true);
      if (i % 40 === 0) stream.verifyInvariants();
    }
    expect([stream.heldBytes, entries.nodes, small.failures]).toEqual([held, 1, 0]);
  }
});

test("a payload is refused that is no stream", () => {
  const { keyspace } = new Small();
  const stream = streamView(keyspace).create(keyspace, KEY, 0, KEY.length);
  stream.entries.append(idOf(1), Request.of("f", "v"), 0, { bytes: 0, entries: 0 });
  stream.createGroup(Buffer.from("g"), 0, 1);
  const consumer = stream.groups.createConsumer(Buffer.from("c"), 0, 1);
  stream.groups.addPending(idOf(1), consumer);
  const writer = new RdbWriter();
  VALUE_TYPES.stream.save(writer, keyspace, stream.ref);
  const whole = Buffer.from(writer.bytes());
  const load = (bytes: Buffer): string | null => {
    const reader = new RdbReader(bytes);
    const ref = VALUE_TYPES.stream.load(reader, RDB_TYPE, keyspace, OTHER, 0, OTHER.length);
    expect(ref === 0).toBe(reader.damage !== null);
    verify(keyspace);
    return reader.damage;
  };
  expect(load(whole)).toBe(null);
  // The last thing is the id of the consumer's entry, and before it how many there are.
  const other = Buffer.from(whole);
  other[other.length - 1] = 9;
  expect(load(other)).toMatch(/not pending/);
  const none = Buffer.from(whole.subarray(0, -16));
  none[none.length - 1] = 0;
  expect(load(none)).toMatch(/nobody/);
  for (let end = 0; end < whole.length; end++) {
    expect(load(whole.subarray(0, end))).toMatch(/end early|no node|without an id/);
  }
  for (let at = 0; at < whole.length; at++) {
    for (const bit of [1, 2, 0x80]) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ bit;
      load(damaged);
    }
  }
});
