import { expect, test } from "vitest";
import { halfSipHash13 } from "./hash.ts";

// HalfSipHash-1-3 of the bytes 0, 1, … n - 1 under the key 00 01 … 07, for n from 0: the vectors of
// Linux' siphash self-test in its 32-bit build.
const VECTORS = [
  0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6,
  0x577999b1, 0xc839caed, 0xe4fa32cf, 0x959246ee, 0x6b28096c, 0x66dd9cd6, 0x16658a7c, 0xd0257b04,
  0x8b31d501, 0x2b1cd04b, 0x06712339, 0x522aca67, 0x911bb605, 0x90a65f0e, 0xf826ef7b, 0x62512deb,
];

test("agrees with published vectors at every remainder", () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  VECTORS.forEach((vector, length) => {
    expect(halfSipHash13(0x03020100, 0x07060504, bytes, 0, length) >>> 0).toBe(vector);
  });
});

test("reads the given range and stays a small integer", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => 255 - i);
  for (let length = 0; length < 40; length++) {
    const copy = bytes.slice(7, 7 + length);
    const hash = halfSipHash13(1, 2, bytes, 7, length);
    expect(hash).toBe(halfSipHash13(1, 2, copy, 0, length));
    expect(hash).toBe(hash | 0);
  }
});

test("depends on both halves of the key", () => {
  const bytes = new TextEncoder().encode("key");
  const hashes = [
    halfSipHash13(0, 0, bytes, 0, 3),
    halfSipHash13(1, 0, bytes, 0, 3),
    halfSipHash13(0, 1, bytes, 0, 3),
  ];
  expect(new Set(hashes).size).toBe(3);
});
