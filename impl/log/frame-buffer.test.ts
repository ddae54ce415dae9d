import { expect, test } from "vitest";
import { latin1 } from "../resp/request.ts";
import { parseAnnotation } from "./frame.ts";
import { FrameBuffer } from "./frame-buffer.ts";

/** The body of the frame that has gathered, which is forgotten. */
function take(frame: FrameBuffer): string {
  const start = frame.seal(1, 0);
  const text = latin1(frame.bytes, start, frame.end - start);
  const bodyStart = start + text.indexOf("\r\n") + 2;
  const header = parseAnnotation(frame.bytes, start, bodyStart);
  expect(header).toMatchObject({ kind: "frame", lsn: 1, bodyBytes: frame.end - bodyStart });
  frame.clear();
  return text.slice(bodyStart - start);
}

test("units that last are taken in order with those that do not", () => {
  const frame = new FrameBuffer();
  const lasting = Buffer.from("..aabbb..cc");
  const other = Buffer.from("dd");
  frame.append(lasting, 2, 2, true);
  frame.append(lasting, 4, 3, true);
  expect(frame.bodyBytes).toBe(5);
  frame.append(lasting, 9, 2, true);
  frame.append(other, 0, 2, false);
  other.fill("!");
  frame.append(lasting, 2, 2, true);
  expect(frame.bodyBytes).toBe(11);
  frame.settle();
  lasting.fill("!");
  expect(frame.bodyBytes).toBe(11);
  expect(take(frame)).toBe("aabbbccddaa");
  expect(frame.bodyBytes).toBe(0);
});

test("a frame that was not written goes on growing", () => {
  const frame = new FrameBuffer();
  const bytes = Buffer.from("aabb");
  frame.append(bytes, 0, 2, true);
  frame.seal(1, 0);
  frame.append(bytes, 2, 2, true);
  expect(take(frame)).toBe("aabb");
});

test("bytes that were to last and changed are found", () => {
  const frame = new FrameBuffer();
  const bytes = Buffer.from("aabb");
  frame.append(bytes, 0, 2, true);
  frame.append(bytes, 2, 2, true);
  bytes[1] = 33;
  expect(() => frame.settle()).toThrow("bytes that were to last have changed");
});

test("a large frame's memory is given back", () => {
  const frame = new FrameBuffer();
  const small = frame.bytes.length;
  const large = new Uint8Array(8 * 1024 * 1024).fill(120);
  frame.append(large, 0, large.length, false);
  expect(take(frame).length).toBe(large.length);
  expect(frame.bytes.length).toBe(small);
});
