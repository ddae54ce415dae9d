import assert from "node:assert/strict";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Keyspace } from "./keyspace.ts";

/** Between two scan steps: write or remove some passing keys, migrate some slots. */
interface Interlude {
  /** Passing keys there are afterwards. */
  readonly passing: number;
  /** Slots that idle time migrates. */
  readonly slots: number;
  /** Scan steps that follow. */
  readonly steps: number;
}

const VALUE = Buffer.from("v");

function put(keyspace: Keyspace, key: string): void {
  keyspace.setBytes(Buffer.from(key), 0, key.length, VALUE, 0, 1, 0, false);
}

function drop(keyspace: Keyspace, key: string): void {
  keyspace.remove(keyspace.find(Buffer.from(key), 0, key.length));
}

/** Scans to the end with the interludes between its steps; returns the keys visited. */
function scanAmid(keyspace: Keyspace, interludes: readonly Interlude[], met: Set<string>) {
  const visited = new Set<string>();
  let cursor = 0;
  let passing = 0;
  let next = 0;
  do {
    const { slots, steps, passing: target } = interludes[next++ % interludes.length]!;
    // Interludes end some time, so that the scan does too.
    for (; next < 400 && passing < target; passing++) put(keyspace, `passing:${passing}`);
    for (; next < 400 && passing > target; passing--) drop(keyspace, `passing:${passing - 1}`);
    keyspace.rehashStep(slots);
    met.add(keyspace.rehashing ? "rehashing" : "at rest");
    for (let step = 0; step < steps; step++) {
      cursor = keyspace.scan(cursor, (ref) => {
        const start = keyspace.keyOffset(ref);
        const bytes = keyspace.bytes(ref).subarray(start, start + keyspace.keyLength(ref));
        visited.add(Buffer.from(bytes).toString());
      });
      if (cursor === 0) break;
    }
  } while (cursor !== 0);
  met.add(`interludes ${Math.min(next, 10)}`);
  return visited;
}

test("a scan visits every key that is there throughout, whatever comes and goes meanwhile", () => {
  const met = new Set<string>();
  const interlude = fc.record({
    passing: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(600)),
    slots: fc.oneof(fc.constant(0), fc.nat(300)),
    steps: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })),
  });
  fc.assert(
    fc.property(
      fc.tuple(fc.nat(), fc.nat()),
      fc.constantFrom(1, 2, 16),
      fc.integer({ min: 1, max: 40 }),
      fc.array(interlude, { minLength: 2, maxLength: 8 }),
      (hashKey, slotsPerStep, staying, interludes) => {
        const keyspace = new Keyspace({
          hashKey,
          segmentBytes: 1024,
          initialSlots: 2,
          slotsPerStep,
        });
        for (let i = 0; i < staying; i++) put(keyspace, `staying:${i}`);
        const visited = scanAmid(keyspace, interludes, met);
        for (let i = 0; i < staying; i++) assert.ok(visited.has(`staying:${i}`), `staying:${i}`);
        keyspace.verifyInvariants();
      },
    ),
    { numRuns: 100 },
  );
  expect([...met]).toEqual(expect.arrayContaining(["rehashing", "at rest", "interludes 10"]));
}, 60_000);
