import assert from "node:assert/strict";
import fc from "fast-check";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import type { Arena } from "./arena.ts";
import { type EntryRef, Keyspace, kindOf, ROOTED } from "./keyspace.ts";
import { OutOfMemory } from "./out-of-memory.ts";
import { Chains } from "./testing.ts";

/** What the model knows of one key. */
interface Held {
  /** The parts of a rooted value; else its bytes. */
  value: Buffer | readonly Buffer[];
  type: number;
  encoding: number;
  access: number;
  atMs: bigint | null;
}

/** The type of a value that is not rooted, and of one that is. */
const [PLAIN, CHAIN] = [0, 5];
const KEY_COUNT = 48;
/** Keys of several classes, one longer than a tiny segment. */
const KEYS = Array.from({ length: KEY_COUNT }, (_, i) =>
  Buffer.from(i === 0 ? "" : `k${i}`.padEnd(i % 5 === 0 ? i * 30 : 2, "x")),
);

/** How often each thing that must occur in the runs did occur. */
const met = {
  ...{ growth: 0, shrink: 0, rehashedScan: 0, scanned: 0, dedicated: 0, segments: 0 },
  ...{ detached: 0, partlyFreed: 0, refused: 0, refusedRooted: 0 },
};

/** While true the system refuses every buffer, as it does when it is full. */
let full = false;
const System = ArrayBuffer;
vi.stubGlobal(
  "ArrayBuffer",
  class extends System {
    constructor(byteLength: number) {
      if (full) throw new RangeError("Array buffer allocation failed");
      super(byteLength);
    }
  },
);

afterEach(() => {
  full = false;
});

afterAll(() => vi.unstubAllGlobals());

/** True when `write` ran; false when it found no memory and so must not have changed anything. */
function runs(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!full || !(error instanceof OutOfMemory)) throw error;
    met.refused++;
    return false;
  }
}

/** A keyspace beside a Map, driven by operations and compared after each. */
class Pair {
  readonly keyspace: Keyspace;
  readonly model = new Map<string, Held>();
  #stamp = 0;
  #cursor = 0;
  #owed = new Set<string>();
  #sawRehash = false;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  get #chains(): Chains {
    return this.keyspace.rooted as Chains;
  }

  set(key: Buffer, length: number, keepExpiry: boolean): void {
    const value = this.#bytes(length);
    const encoding = length % 3;
    const held = this.model.get(name(key));
    let ref = 0;
    const kind = kindOf(PLAIN, encoding);
    const ran = runs(() => {
      ref = this.keyspace.setBytes(key, 0, key.length, value, 0, length, kind, keepExpiry);
    });
    if (!ran) return;
    const access = held?.access ?? 0;
    const atMs = keepExpiry ? (held?.atMs ?? null) : null;
    this.model.set(name(key), { value, type: PLAIN, encoding, access, atMs });
    this.#compare(ref, key);
  }

  /** Replaces by a slice of another entry's own bytes, or of its own. */
  copy(from: Buffer, to: Buffer, skip: number): void {
    const source = this.#find(from);
    if (source === 0) return;
    if (this.keyspace.isRooted(source)) {
      const parts = this.model.get(name(from))!.value as readonly Buffer[];
      this.#setChain(to, parts, this.keyspace.encoding(source), false);
      return;
    }
    const held = this.model.get(name(from))!.value as Buffer;
    const start = Math.min(skip, held.length);
    const value = Buffer.from(held.subarray(start));
    const old = this.model.get(name(to));
    const bytes = this.keyspace.bytes(source);
    const at = this.keyspace.valueOffset(source) + start;
    const target = this.#find(to);
    let ref = 0;
    const ran = runs(() => {
      ref =
        target === 0
          ? this.keyspace.setBytes(to, 0, to.length, bytes, at, value.length, 0, true)
          : this.keyspace.replaceBytes(target, bytes, at, value.length, 0, true);
    });
    if (!ran) return;
    const [access, atMs] = [old?.access ?? 0, old?.atMs ?? null];
    this.model.set(name(to), { value, type: PLAIN, encoding: 0, access, atMs });
    this.#compare(ref, to);
  }

  setChain(key: Buffer, lengths: readonly number[], keepExpiry: boolean): void {
    const parts = lengths.map((length) => this.#bytes(length));
    this.#setChain(key, parts, ROOTED + (lengths.length % 3), keepExpiry);
  }

  #setChain(key: Buffer, value: readonly Buffer[], encoding: number, keepExpiry: boolean): void {
    let root = 0;
    if (!runs(() => (root = this.#chains.make(value)))) return;
    const kind = kindOf(CHAIN, encoding);
    const held = this.model.get(name(key));
    let ref = 0;
    const ran = runs(() => {
      ref = this.keyspace.setRoot(key, 0, key.length, root, kind, keepExpiry);
    });
    if (!ran) {
      met.refusedRooted++;
      // It is still ours, as whole as it was.
      assert.deepEqual(this.#chains.read(root), value);
      while (!this.#chains.release(kind, root, 1));
      return;
    }
    const access = held?.access ?? 0;
    const atMs = keepExpiry ? (held?.atMs ?? null) : null;
    this.model.set(name(key), { value, type: CHAIN, encoding, access, atMs });
    this.#compare(ref, key);
  }

  /** A value of bytes outgrows its entry. */
  outgrow(key: Buffer): void {
    const present = this.#find(key);
    if (present === 0 || this.keyspace.isRooted(present)) return;
    const held = this.model.get(name(key))!;
    const value = [held.value as Buffer, this.#bytes(9)];
    let ref = 0;
    let root = 0;
    const kind = kindOf(CHAIN, ROOTED);
    if (!runs(() => (root = this.#chains.make(value)))) return;
    if (!runs(() => (ref = this.keyspace.replaceRoot(present, root, kind, true)))) {
      while (!this.#chains.release(kind, root, 3));
      return;
    }
    this.model.set(name(key), { ...held, value, type: CHAIN, encoding: ROOTED });
    this.#compare(ref, key);
  }

  reclaim(elements: number): void {
    const before = this.keyspace.detachedCount;
    const used = this.keyspace.usedBytes;
    const left = this.keyspace.reclaim(elements);
    const after = this.keyspace.detachedCount;
    assert.equal(left > 0 && after > 0, false, "what is left was needed");
    if (before > 0) met.detached++;
    if (before === after && this.keyspace.usedBytes < used) met.partlyFreed++;
  }

  resize(key: Buffer, length: number): void {
    const held = this.model.get(name(key));
    if (held === undefined || held.type !== PLAIN) return;
    const value = Buffer.alloc(length);
    (held.value as Buffer).copy(value);
    const present = this.#find(key);
    let ref = 0;
    if (!runs(() => (ref = this.keyspace.resizeBytes(present, length, 0)))) return;
    this.model.set(name(key), { ...held, value, encoding: 0 });
    this.#compare(ref, key);
  }

  find(key: Buffer): void {
    this.#find(key);
  }

  remove(key: Buffer): void {
    const ref = this.#find(key);
    if (ref === 0) return;
    this.keyspace.remove(ref);
    this.#forget(key);
  }

  /** Moves an entry, to a key that is there already too. */
  rename(from: Buffer, to: Buffer): void {
    const ref = this.#find(from);
    if (ref === 0 || name(from) === name(to)) return;
    const replaced = this.#find(to);
    const held = this.model.get(name(from))!;
    let renamed = 0;
    if (!runs(() => (renamed = this.keyspace.rename(ref, to, 0, to.length, replaced)))) return;
    this.#forget(from);
    this.model.set(name(to), held);
    this.#compare(renamed, to);
  }

  expire(key: Buffer, atMs: number | bigint | null): void {
    const ref = this.#find(key);
    if (ref === 0) return;
    if (atMs === null) this.keyspace.clearExpiry(ref);
    else if (!runs(() => this.keyspace.setExpiryMs(ref, atMs))) return;
    this.model.get(name(key))!.atMs = atMs === null ? null : BigInt(atMs);
    this.#compare(ref, key);
  }

  touch(key: Buffer, access: number): void {
    const ref = this.#find(key);
    if (ref === 0) return;
    this.keyspace.setAccess(ref, access);
    this.model.get(name(key))!.access = access;
    this.#compare(ref, key);
  }

  /** Removes what has expired, earliest first. */
  sweep(nowMs: number): void {
    let previous: bigint | null = null;
    for (;;) {
      const ref = this.keyspace.earliestExpired(nowMs);
      if (ref === 0) break;
      const key = Buffer.from(this.#key(ref));
      const atMs = this.model.get(name(key))!.atMs!;
      assert.equal(atMs < BigInt(nowMs), true);
      if (previous !== null) assert.equal(atMs >= previous, true);
      previous = atMs;
      this.keyspace.remove(ref);
      this.#forget(key);
    }
    for (const { atMs } of this.model.values()) {
      assert.equal(atMs === null || atMs >= BigInt(nowMs), true);
    }
  }

  clear(): void {
    if (!runs(() => this.keyspace.clear())) return;
    this.model.clear();
    this.#owed.clear();
    assert.equal(this.keyspace.arena.liveBytes, 0);
    assert.equal(this.keyspace.detachedCount, 0);
  }

  /** Removes every key and frees every block: nothing is left, and nothing was lost. */
  empty(): void {
    const { keyspace } = this;
    for (const each of KEYS) this.remove(each);
    while (keyspace.detachedCount > 0) this.reclaim(1);
    while (keyspace.arena.untidy) keyspace.reclaim(10);
    this.check();
    assert.equal(keyspace.arena.liveBytes, 0);
    assert.equal(keyspace.arena.reservedBytes <= 2 * 4096, true);
  }

  /** One step of the scan that runs through the whole test; it owes what was there all along. */
  scan(): void {
    if (this.#cursor === 0) {
      this.#owed = new Set(this.model.keys());
      this.#sawRehash = false;
    }
    this.#sawRehash ||= this.keyspace.rehashing;
    this.#cursor = this.keyspace.scan(this.#cursor, (ref) => {
      const seen = name(this.#key(ref));
      assert.equal(this.model.has(seen), true);
      this.#owed.delete(seen);
    });
    if (this.#cursor !== 0) return;
    assert.deepEqual([...this.#owed], []);
    met.scanned++;
    if (this.#sawRehash) met.rehashedScan++;
  }

  /** Compares everything without `find`, whose steps would end every rehash. */
  check(): void {
    const { keyspace, model } = this;
    keyspace.verifyInvariants();
    assert.equal(keyspace.size, model.size);
    let expiring = 0;
    for (const { atMs } of model.values()) if (atMs !== null) expiring++;
    assert.equal(keyspace.expiringCount, expiring);
    let visited = 0;
    keyspace.forEach((ref) => {
      visited++;
      this.#compare(ref, this.#key(ref));
    });
    assert.equal(visited, model.size);
  }

  #find(key: Buffer): EntryRef {
    const ref = this.keyspace.find(key, 0, key.length);
    assert.equal(ref !== 0, this.model.has(name(key)), "presence");
    if (ref !== 0) this.#compare(ref, key);
    return ref;
  }

  #key(ref: EntryRef): Buffer {
    const { keyspace } = this;
    const start = keyspace.keyOffset(ref);
    return Buffer.from(keyspace.bytes(ref)).subarray(start, start + keyspace.keyLength(ref));
  }

  #forget(key: Buffer): void {
    this.model.delete(name(key));
    this.#owed.delete(name(key));
  }

  #bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const stamp = this.#stamp++;
    for (let i = 0; i < length; i++) bytes[i] = stamp + i * 7;
    return bytes;
  }

  #compare(ref: EntryRef, key: Buffer): void {
    const { keyspace } = this;
    const held = this.model.get(name(key));
    if (held === undefined) throw new Error(`unknown key ${name(key)}`);
    assert.equal(name(this.#key(ref)), name(key));
    assert.equal(keyspace.type(ref), held.type);
    assert.equal(keyspace.encoding(ref), held.encoding);
    assert.equal(keyspace.isRooted(ref), held.encoding >= ROOTED);
    assert.equal(keyspace.access(ref), held.access);
    assert.equal(keyspace.hasExpiry(ref) ? BigInt(keyspace.expiryMs(ref)) : null, held.atMs);
    if (held.type === CHAIN) {
      assert.deepEqual(this.#chains.read(keyspace.root(ref)), held.value);
      return;
    }
    const start = keyspace.valueOffset(ref);
    const bytes = keyspace.bytes(ref).subarray(start, start + keyspace.valueLength(ref));
    assert.equal(Buffer.compare(bytes, held.value as Buffer), 0);
    if (bytes.length > 1024) met.dedicated++;
  }
}

function name(key: Buffer): string {
  return key.toString("latin1");
}

type Operation = (pair: Pair) => void;

const key = fc.nat(KEY_COUNT - 1).map((i) => KEYS[i]!);
const length = fc.oneof(
  { weight: 6, arbitrary: fc.nat(80) },
  { weight: 3, arbitrary: fc.nat(400) },
  { weight: 1, arbitrary: fc.nat(5000) },
);
/** Bytes of a part of a rooted value. */
const part = fc.oneof(
  { weight: 8, arbitrary: fc.nat(100) },
  { weight: 1, arbitrary: fc.nat(3000) },
);
const time = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

/** Many keys written or removed at once, so that the index changes its size between scan steps. */
function many(
  from: number,
  count: number,
  operation: (pair: Pair, key: Buffer) => void,
): Operation {
  return (pair) => {
    for (let i = from; i < from + count; i++) operation(pair, KEYS[i % KEY_COUNT]!);
  };
}

const operations: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(key, length, fc.boolean()).map(
      ([k, l, keep]): Operation =>
        (pair) =>
          pair.set(k, l, keep),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, key, fc.nat(50)).map(
      ([from, to, skip]): Operation =>
        (pair) =>
          pair.copy(from, to, skip),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(70).map(
      (elements): Operation =>
        (pair) =>
          pair.reclaim(elements),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(key, fc.array(part, { maxLength: 12, size: "max" }), fc.boolean()).map(
      ([k, lengths, keep]): Operation =>
        (pair) =>
          pair.setChain(k, lengths, keep),
    ),
  },
  {
    weight: 2,
    arbitrary: key.map(
      (k): Operation =>
        (pair) =>
          pair.outgrow(k),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map(
      (isFull): Operation =>
        () => {
          full = isFull;
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(key, length).map(
      ([k, l]): Operation =>
        (pair) =>
          pair.resize(k, l),
    ),
  },
  {
    weight: 5,
    arbitrary: key.map(
      (k): Operation =>
        (pair) =>
          pair.remove(k),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, key).map(
      ([from, to]): Operation =>
        (pair) =>
          pair.rename(from, to),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(key, fc.option(time)).map(
      ([k, atMs]): Operation =>
        (pair) =>
          pair.expire(k, atMs),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(key, fc.nat(2 ** 24 - 1)).map(
      ([k, access]): Operation =>
        (pair) =>
          pair.touch(k, access),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(110).map(
      (nowMs): Operation =>
        (pair) =>
          pair.sweep(nowMs),
    ),
  },
  { weight: 8, arbitrary: fc.constant<Operation>((pair) => pair.scan()) },
  {
    weight: 2,
    arbitrary: fc.nat(8).map(
      (slots): Operation =>
        (pair) =>
          void pair.keyspace.rehashStep(slots),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(KEY_COUNT), fc.nat(KEY_COUNT), fc.nat(60))
      .map(([from, count, l]) => many(from, count, (pair, k) => pair.set(k, l, true))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(KEY_COUNT), fc.nat(KEY_COUNT))
      .map(([from, count]) => many(from, count, (pair, k) => pair.remove(k))),
  },
  { weight: 1, arbitrary: fc.constant<Operation>((pair) => pair.clear()) },
);

test("agrees with a Map after every operation, and a scan keeps its promise", () => {
  const options = fc.record({
    hashKey: fc.tuple(fc.nat(), fc.nat()),
    segmentBytes: fc.constantFrom(1024, 4096),
    initialSlots: fc.constantFrom(2, 4),
    slotsPerStep: fc.constantFrom(1, 2, 16),
  });
  fc.assert(
    fc.property(
      options,
      fc.array(operations, { minLength: 40, maxLength: 160, size: "max" }),
      (chosen, steps) => {
        full = false;
        const rooted = (arena: Arena): Chains => new Chains(arena);
        const pair = new Pair(new Keyspace({ ...chosen, rooted }));
        let rehashing = false;
        let size = 0;
        for (const step of steps) {
          step(pair);
          pair.check();
          if (pair.keyspace.rehashing && !rehashing) {
            if (pair.keyspace.size < size) met.shrink++;
            else met.growth++;
          }
          if (pair.keyspace.reservedBytes > 8 * chosen.segmentBytes) met.segments++;
          rehashing = pair.keyspace.rehashing;
          size = pair.keyspace.size;
        }
        pair.empty();
      },
    ),
    { numRuns: 150 },
  );
  for (const [what, times] of Object.entries(met)) {
    expect(times, `${what} occurred in the runs`).toBeGreaterThan(10);
  }
}, 60_000);
