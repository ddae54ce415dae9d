import { expect, test } from "vitest";
import { EMPTY_MANIFEST, nextIncrement, parseManifest, printManifest } from "./manifest.ts";

test("what Redis writes is read, and written again as it was", () => {
  const text =
    "file appendonly.aof.3.base.rdb seq 3 type b\n" +
    "file appendonly.aof.2.incr.aof seq 2 type h\n" +
    "file appendonly.aof.7.incr.aof seq 7 type i\n" +
    "file appendonly.aof.8.incr.aof seq 8 type i\n";
  const manifest = parseManifest(text);
  expect(manifest).toEqual({
    base: { name: "appendonly.aof.3.base.rdb", sequence: 3 },
    history: [{ name: "appendonly.aof.2.incr.aof", sequence: 2 }],
    increments: [
      { name: "appendonly.aof.7.incr.aof", sequence: 7 },
      { name: "appendonly.aof.8.incr.aof", sequence: 8 },
    ],
  });
  if (typeof manifest === "string") throw new Error(manifest);
  expect(printManifest(manifest)).toBe(text);
  expect(nextIncrement(manifest, "appendonly.aof").name).toBe("appendonly.aof.9.incr.aof");
});

test("a name with a space or a quote is quoted", () => {
  const name = `a "b" \xe9.1.incr.aof`;
  const text = printManifest({ ...EMPTY_MANIFEST, increments: [{ name, sequence: 1 }] });
  expect(text).toBe('file "a \\"b\\" \\xe9.1.incr.aof" seq 1 type i\n');
  expect(parseManifest(text)).toMatchObject({ increments: [{ name }] });
});

test.each([
  ["", "it is empty"],
  ["file a seq 1 type i", "its last line has no end"],
  ["file a seq 1 type i\nfile b seq 1 type i\n", "line 2 is out of order"],
  ["file a seq 1 type b\nfile b seq 2 type b\n", "line 2 names a second base file"],
  ["file a seq 1\n", "line 1 is malformed"],
  ["file a/b seq 1 type i\n", "line 1 names a path instead of a file"],
  ["file a seq x type i\n", "line 1 has no sequence number"],
  ["file a seq 1 type z\n", "line 1 has an unknown type"],
  ["nonsense a seq 1 type i\n", "line 1 names no file"],
  ["# a comment\n", "it names no file"],
])("%j is refused: %s", (text, reason) => {
  expect(parseManifest(text)).toBe(reason);
});
