import fc from "fast-check";
import { expect, test } from "vitest";
import { ID_BYTES, MAX_ID_TEXT, StreamId } from "./stream-id.ts";

const part = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 33n }),
  fc.integer({ min: 0, max: 53 }).map((bits) => 2n ** BigInt(bits) - 1n),
  fc.integer({ min: 0, max: 19 }).map((digits) => 10n ** BigInt(digits)),
  fc.integer({ min: 0, max: 19 }).map((digits) => 10n ** BigInt(digits) - 1n),
);
const MAX = 2n ** 128n;

const idValue = ({ ms, sequence }: StreamId): bigint => (ms << 64n) | sequence;

test("an id is written as its two numbers", () => {
  fc.assert(
    fc.property(part, part, (ms, sequence) => {
      const id = new StreamId().setParts(ms, sequence);
      const target = new Uint8Array(MAX_ID_TEXT);
      const start = id.format(target);
      expect(Buffer.from(target.subarray(start)).toString("latin1")).toBe(`${ms}-${sequence}`);
      expect([id.ms, id.sequence, id.text]).toEqual([ms, sequence, `${ms}-${sequence}`]);
      const bytes = new Uint8Array(ID_BYTES);
      id.write(bytes, 0);
      const read = new StreamId();
      read.read(bytes, 0);
      expect(read.compare(id)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test("ids order and follow each other as numbers of 128 bits do", () => {
  fc.assert(
    fc.property(part, part, part, part, (a, b, c, d) => {
      const [one, other] = [new StreamId().setParts(a, b), new StreamId().setParts(c, d)];
      const difference = idValue(one) - idValue(other);
      expect(Math.sign(one.compare(other))).toBe(difference === 0n ? 0 : difference < 0n ? -1 : 1);
      const next = new StreamId().copy(one).increment();
      expect(idValue(next)).toBe((idValue(one) + 1n) % MAX);
      expect(next.decrement().compare(one)).toBe(0);
      expect([one.isLeast, one.isGreatest]).toEqual([
        idValue(one) === 0n,
        idValue(one) === MAX - 1n,
      ]);
    }),
    { numRuns: 2000 },
  );
});
