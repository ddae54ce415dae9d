import { expect, test } from "vitest";
import { Crc64 } from "./crc64.ts";

test("the checksum of the digits is the published one, in one piece and in many", () => {
  const digits = Buffer.from("123456789");
  const whole = new Crc64();
  whole.update(digits, 0, 9);
  expect(whole.halves).toEqual([0xc4b8d9ca, 0xe9c6d914]);
  const pieces = new Crc64();
  for (let i = 0; i < 9; i++) pieces.update(digits, i, 1);
  expect(pieces.halves).toEqual(whole.halves);
  expect(new Crc64().halves).toEqual([0, 0]);
});
