/** What Redis 7.0.15 takes for small values of old files, where its checks leave room. */
import { expect, test } from "vitest";
import { validateZiplist } from "./ziplist.ts";
import { readZipmap } from "./zipmap.ts";

/** A ziplist of entries as they are, whose header says that the last is at `tail`. */
function ziplist(tail: number, ...entries: readonly number[]): Uint8Array {
  const length = 11 + entries.length;
  const count = entries.length / 2;
  return Uint8Array.of(length, 0, 0, 0, tail, 0, 0, 0, count, 0, ...entries, 0xff);
}

const countIn = (bytes: Uint8Array): number => validateZiplist(bytes, 0, bytes.length);

test.each([0, 7, 10])("an empty ziplist may say that its last entry is at %d", (tail) => {
  expect(countIn(ziplist(tail))).toBe(0);
});

test("but not beyond its end", () => {
  expect(countIn(ziplist(11))).toBe(-1);
});

test("where there are entries it must be the last one", () => {
  const entries = [0, 0xf2, 2, 0xf3];
  expect(countIn(ziplist(12, ...entries))).toBe(2);
  for (const tail of [0, 10, 11, 14]) expect(countIn(ziplist(tail, ...entries))).toBe(-1);
});

test("a zipmap says how many fields it has, or 254", () => {
  const zipmap = (known: number) => Uint8Array.of(known, 1, 0x66, 1, 0, 0x76, 0xff);
  const counted = [1, 254, 2, 253, 255].map((known) => readZipmap(zipmap(known), 0, 7, () => {}));
  expect(counted).toEqual([1, 1, -1, -1, -1]);
});
