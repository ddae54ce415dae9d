import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import {
  encodeClosed,
  encodeHeader,
  isBodyIntact,
  MAX_ANNOTATION_BYTES,
  parseAnnotation,
} from "./frame.ts";

const BODY = Buffer.from("*1\r\n$4\r\nPING\r\n");

function frame(lsn: number, term: number): Buffer {
  const buffer = Buffer.alloc(200);
  BODY.copy(buffer, 150);
  const start = encodeHeader(buffer, 150, BODY.length, lsn, term);
  return buffer.subarray(start, 150 + BODY.length);
}

test.each([
  [1, 0],
  [9, 10],
  [123_456_789, 99],
  [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
])("LSN %i and term %i are written and read", (lsn, term) => {
  const bytes = frame(lsn, term);
  const line = `#V1 lsn=${lsn} term=${term} len=${BODY.length}`;
  const own = crc32c(Buffer.from(line), 0, line.length);
  const checksum = crc32c(BODY, 0, BODY.length, own).toString(16).padStart(8, "0");
  expect(bytes.toString()).toBe(`${line} crc32c=${checksum}\r\n${BODY}`);
  const lineBytes = bytes.length - BODY.length;
  expect(lineBytes).toBeLessThanOrEqual(MAX_ANNOTATION_BYTES);
  const header = parseAnnotation(bytes, 0, lineBytes);
  expect(header).toMatchObject({ kind: "frame", lsn, term, bodyBytes: BODY.length });
  if (header?.kind !== "frame") throw new Error("no frame");
  expect(isBodyIntact(header, bytes, lineBytes)).toBe(true);
});

test("any changed bit is noticed", () => {
  const bytes = frame(17, 3);
  const lineBytes = bytes.length - BODY.length;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const header = parseAnnotation(changed, 0, lineBytes);
    const isIntact =
      header?.kind === "frame" &&
      header.bodyBytes === BODY.length &&
      isBodyIntact(header, changed, lineBytes);
    expect(isIntact, `bit ${bit}`).toBe(false);
  }
});

test("a closing line is read, and any changed bit in it is noticed", () => {
  const bytes = Buffer.from(encodeClosed(12, 0));
  expect(parseAnnotation(bytes, 0, bytes.length)).toEqual({ kind: "closed", lsn: 12, term: 0 });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(parseAnnotation(changed, 0, bytes.length), `bit ${bit}`).toBe(null);
  }
});

test.each([
  "#V1 lsn=0 term=0 len=1 crc32c=00000000\r\n",
  "#V1 lsn=1 term=0 len=0 crc32c=00000000\r\n",
  "#V1 lsn=01 term=0 len=1 crc32c=00000000\r\n",
  "#V1 lsn=1 term= len=1 crc32c=00000000\r\n",
  "#V1 lsn=99999999999999999 term=0 len=1 crc32c=00000000\r\n",
  "#V1 lsn=1 term=0 len=1 crc32c=0000000A\r\n",
  "#V1 lsn=1 term=0 len=1 crc32c=000000000\r\n",
  "#V1 lsn=1 term=0 len=1 crc32c=00000000\n",
  "#TS:1700000000\r\n",
])("%j is no annotation of a frame", (line) => {
  expect(parseAnnotation(Buffer.from(line), 0, line.length)).toBe(null);
});
