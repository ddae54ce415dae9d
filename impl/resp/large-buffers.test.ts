import { expect, test } from "vitest";
import { LARGE_BYTES, LargeBuffers } from "./large-buffers.ts";

const MEGABYTE = 1024 * 1024;

test("the buffer that was given last is taken first, if it is of the right size", () => {
  const large = new LargeBuffers();
  const [first, second, other] = [large.take(LARGE_BYTES), large.take(1), large.take(300_000)];
  expect([first, second, other].map((buffer) => buffer.length)).toEqual([
    ...[LARGE_BYTES, LARGE_BYTES],
    512 * 1024,
  ]);
  for (const buffer of [first, second, other]) large.give(buffer.subarray(3, 100));
  large.verifyInvariants();
  expect(large.heldBytes).toBe(2 * LARGE_BYTES + 512 * 1024);
  expect(large.take(LARGE_BYTES).buffer).toBe(second.buffer);
  expect(large.take(LARGE_BYTES + 1).length).toBe(2 * LARGE_BYTES);
  expect(large.take(MEGABYTE / 2).buffer).toBe(other.buffer);
  expect(large.take(LARGE_BYTES).buffer).toBe(first.buffer);
  expect(large.heldBytes).toBe(0);
});

test("memory from elsewhere is left alone", () => {
  const large = new LargeBuffers();
  const buffer = Buffer.alloc(LARGE_BYTES, "v");
  large.give(buffer);
  expect([large.heldBytes, buffer.length]).toEqual([0, LARGE_BYTES]);
});

test("what is very large, or too much, goes back to the system at once", () => {
  const large = new LargeBuffers();
  const huge = large.take(3 * MEGABYTE);
  expect(huge.length).toBe(3 * MEGABYTE);
  large.give(huge);
  expect([large.heldBytes, huge.length]).toEqual([0, 0]);
  const many = Array.from({ length: 20 }, () => large.take(MEGABYTE));
  for (const buffer of many) large.give(buffer);
  expect(large.heldBytes).toBe(8 * MEGABYTE);
  expect(many.filter(({ length }) => length === 0)).toHaveLength(12);
  large.verifyInvariants();
});

test("what nobody has needed since the last time goes back to the system", () => {
  const large = new LargeBuffers();
  const buffers = [large.take(MEGABYTE), large.take(MEGABYTE), large.take(MEGABYTE)];
  for (const buffer of buffers) large.give(buffer);
  large.trim();
  expect(large.heldBytes).toBe(3 * MEGABYTE);
  large.give(large.take(MEGABYTE));
  large.trim();
  large.verifyInvariants();
  expect(large.heldBytes).toBe(MEGABYTE);
  large.trim();
  expect(large.heldBytes).toBe(0);
  expect(buffers.filter(({ length }) => length === 0).length).toBeGreaterThanOrEqual(2);
});

test("a buffer is given once", () => {
  const large = new LargeBuffers();
  const buffer = large.take(MEGABYTE);
  large.give(buffer);
  expect(() => large.give(buffer)).toThrow("given twice");
});
