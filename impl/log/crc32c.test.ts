import { expect, test } from "vitest";
import { seededRandom } from "../../testing/random.ts";
import { crc32c, tabled } from "./crc32c.ts";
import { DISTANCES, Folder, MIN_FOLDED_BYTES, REMAINDER_BYTES } from "./crc32c-fold.ts";

function of(bytes: Uint8Array): string {
  return crc32c(bytes, 0, bytes.length).toString(16).padStart(8, "0");
}

test("the vectors of RFC 3720", () => {
  expect(of(new Uint8Array(32))).toBe("8a9136aa");
  expect(of(new Uint8Array(32).fill(0xff))).toBe("62a8ab43");
  expect(of(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe("46dd794e");
  expect(of(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe("113fdb5c");
  expect(of(Buffer.from("123456789"))).toBe("e3069283");
});

test("it goes on from the checksum of what came before, at any cut", () => {
  const bytes = Uint8Array.from({ length: 61 }, (_, i) => (i * 37) & 0xff);
  const whole = crc32c(bytes, 0, bytes.length);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(crc32c(bytes, cut, bytes.length, crc32c(bytes, 0, cut))).toBe(whole);
  }
});

test("long input at any alignment has the checksum of its bytes one by one", () => {
  const area = Uint8Array.from({ length: 2000 }, (_, i) => (i * 151 + (i >> 3)) & 0xff);
  for (let shift = 0; shift < 8; shift++) {
    for (const length of [255, 256, 257, 1000, 1003]) {
      let one = 0;
      for (let i = 0; i < length; i++) one = crc32c(area, shift + i, shift + i + 1, one);
      expect(crc32c(area, shift, shift + length)).toBe(one);
      const view = area.subarray(shift);
      expect(crc32c(view, 0, length)).toBe(one);
    }
  }
});

/** Bytes without a pattern. */
function noise(length: number): Uint8Array {
  const random = seededRandom(1);
  return Uint8Array.from({ length }, () => random.nextU32() >>> 24);
}

test("the terms of the fold add up to a multiple of the polynomial", () => {
  const longest = Math.max(...DISTANCES);
  expect(longest).toBe(REMAINDER_BYTES);
  let sum = 0;
  for (const distance of [0, ...DISTANCES]) {
    const power = new Uint8Array(longest - distance + 1);
    power[0] = 1;
    sum ^= tabled(0, power, 0, power.length);
  }
  expect(sum).toBe(0);
});

test("folding is to be had here, and leaves the checksum of what it folded", () => {
  const folder = new Folder();
  const bytes = noise(3 * MIN_FOLDED_BYTES);
  const taken = folder.fold(-1, bytes, 5, bytes.length);
  expect(taken).toBeGreaterThan(bytes.length - 5 - 16);
  const left = tabled(0, folder.remainder, 0, REMAINDER_BYTES);
  expect(left).toBe(tabled(-1, bytes, 5, 5 + taken));
});

test("folded input has the checksum that the tables give, at any length and alignment", () => {
  const bytes = noise(200_000);
  const expectEqual = (start: number, end: number, before: number): void => {
    const byTables = ~tabled(~before, bytes, start, end) >>> 0;
    expect(crc32c(bytes, start, end, before), `${start} to ${end}`).toBe(byTables);
  };
  for (let i = 0; i < 200; i++) {
    expectEqual(i, i + MIN_FOLDED_BYTES - 20 + i, i * 0x1234567);
  }
  for (const length of [1500, 4096, 65_536, 65_973, 65_974, 66_000, 131_946, 199_990]) {
    for (const start of [0, 1, 7]) expectEqual(start, start + length, 0xdeadbeef);
  }
  const zeros = new Uint8Array(5000);
  expect(crc32c(zeros, 0, 5000)).toBe(~tabled(-1, zeros, 0, 5000) >>> 0);
});

test("long input goes on from the checksum of what came before, at any cut", () => {
  const bytes = noise(4000);
  const whole = crc32c(bytes, 0, bytes.length);
  for (let cut = 0; cut <= bytes.length; cut += 97) {
    expect(crc32c(bytes, cut, bytes.length, crc32c(bytes, 0, cut))).toBe(whole);
  }
});
