import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";

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
