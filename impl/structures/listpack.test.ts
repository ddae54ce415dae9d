import fc from "fast-check";
import { expect, test } from "vitest";
import {
  appendEntry,
  appendRange,
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryAt,
  entryBytes,
  entryCount,
  findEntry,
  firstEntry,
  insertEntry,
  isCanonical,
  LISTPACK_HEADER_BYTES,
  lastEntry,
  makeListpack,
  nextEntry,
  previousEntry,
  readEntry,
  replaceEntry,
  totalBytes,
  validateListpack,
  verifyListpack,
} from "./listpack.ts";
import { PackedReading } from "./packed-reading.ts";
import { PackedValue } from "./packed-value.ts";

const START = 5;
const value = new PackedValue();
const reading = new PackedReading();

function packed(text: string): PackedValue {
  const bytes = Buffer.from(text, "latin1");
  value.setText(bytes, 0, bytes.length);
  return value;
}

/** A listpack of the texts, somewhere in a larger range. */
function listpackOf(texts: readonly string[], room = 0): Buffer {
  const bytes = Buffer.alloc(START + 64 + texts.join("").length + texts.length * 12 + room, 0xee);
  makeListpack(bytes, START);
  for (const text of texts) appendEntry(bytes, START, packed(text));
  return bytes;
}

function textAt(bytes: Uint8Array, at: number): string {
  readEntry(bytes, at, reading);
  const { bytes: held, offset, length } = reading.text();
  return Buffer.from(held.subarray(offset, offset + length)).toString("latin1");
}

function textsOf(bytes: Uint8Array): string[] {
  const texts: string[] = [];
  let at = firstEntry(bytes, START);
  for (; at !== -1; at = nextEntry(bytes, at)) texts.push(textAt(bytes, at));
  return texts;
}

function entriesOf(bytes: Buffer): Buffer {
  return bytes.subarray(START + LISTPACK_HEADER_BYTES, endOffset(bytes, START));
}

test("each encoding is Redis', byte for byte", () => {
  const cases: ReadonlyArray<readonly [text: string, entry: string]> = [
    ["0", "0001"],
    ["127", "7f01"],
    ["128", "c08002"],
    ["-1", "dfff02"],
    ["-4096", "d00002"],
    ["4095", "cfff02"],
    ["4096", "f1001003"],
    ["-32768", "f1008003"],
    ["32768", "f200800004"],
    ["-8388608", "f200008004"],
    ["8388608", "f30000800005"],
    ["-2147483648", "f30000008005"],
    ["2147483648", "f4000000800000000009"],
    ["-9223372036854775808", "f4000000000000008009"],
    ["", "8001"],
    ["a", "816102"],
    ["-0", "822d3003"],
    ["9223372036854775808", `93${Buffer.from("9223372036854775808").toString("hex")}14`],
  ];
  for (const [text, entry] of cases) {
    expect(entriesOf(listpackOf([text])).toString("hex")).toBe(entry);
  }
  expect(
    listpackOf(["a", "1"])
      .subarray(START, START + 12)
      .toString("hex"),
  ).toBe("0c00000002008161020101ff");
});

test("lengths of strings and back lengths change form where Redis' do", () => {
  const cases: ReadonlyArray<readonly [length: number, head: string, back: string]> = [
    [63, "bf", "40"],
    [64, "e040", "42"],
    [125, "e07d", "7f"],
    [126, "e07e", "0180"],
    [4095, "efff", "2081"],
    [4096, "f000100000", "2085"],
    // 5 + 16377 and 5 + 16378: the last body that two bytes could hold takes three.
    [16_377, "f0f93f0000", "7ffe"],
    [16_378, "f0fa3f0000", "00ffff"],
    [2_097_145, "f0f9ff1f00", "7ffffe"],
    [2_097_146, "f0faff1f00", "00ffffff"],
  ];
  for (const [length, head, back] of cases) {
    const bytes = listpackOf(["x".repeat(length)]);
    const entry = entriesOf(bytes);
    expect(entry.subarray(0, head.length / 2).toString("hex")).toBe(head);
    expect(entry.subarray(-back.length / 2).toString("hex")).toBe(back);
    expect(entryBytes(bytes, lastEntry(bytes, START))).toBe(entry.length);
    expect(firstEntry(bytes, START)).toBe(lastEntry(bytes, START));
    verifyListpack(bytes, START);
  }
});

test("entries are found by index from both ends", () => {
  const texts = Array.from({ length: 9 }, (_, i) => (i % 2 === 0 ? String(i * 1000) : `text${i}`));
  const bytes = listpackOf(texts);
  for (let i = 0; i < 9; i++) {
    expect(textAt(bytes, entryAt(bytes, START, i))).toBe(texts[i]);
    expect(textAt(bytes, entryAt(bytes, START, i - 9))).toBe(texts[i]);
  }
  expect(entryAt(bytes, START, 9)).toBe(-1);
  expect(entryAt(bytes, START, -10)).toBe(-1);
  const empty = listpackOf([]);
  expect(totalBytes(empty, START)).toBe(EMPTY_LISTPACK_BYTES);
  for (const at of [firstEntry(empty, START), lastEntry(empty, START), entryAt(empty, START, 0)]) {
    expect(at).toBe(-1);
  }
});

test("a search passes over what it is told to", () => {
  const bytes = listpackOf(["name", "value", "value", "name", "12", "value", "alue", "12"]);
  const first = firstEntry(bytes, START);
  const find = (text: string, skip: number): number => findEntry(bytes, first, packed(text), skip);
  expect(find("name", 1)).toBe(first);
  expect(find("value", 0)).toBe(entryAt(bytes, START, 1));
  expect(find("value", 1)).toBe(entryAt(bytes, START, 2));
  expect(find("12", 0)).toBe(entryAt(bytes, START, 4));
  expect(find("012", 0)).toBe(-1);
  expect(find("nam", 0)).toBe(-1);
  expect(findEntry(bytes, -1, packed("name"), 0)).toBe(-1);
});

test("more entries than the header can say are counted, as in Redis", () => {
  const many = Array.from({ length: 65_534 }, () => "1");
  const bytes = listpackOf(many);
  expect(bytes.readUInt16LE(START + 4)).toBe(65_534);
  appendEntry(bytes, START, packed("2"));
  expect(bytes.readUInt16LE(START + 4)).toBe(65_535);
  appendEntry(bytes, START, packed("3"));
  expect(entryCount(bytes, START)).toBe(65_536);
  expect(textAt(bytes, entryAt(bytes, START, -2))).toBe("2");
  expect(deleteEntries(bytes, START, firstEntry(bytes, START), 10)).toBe(10);
  expect(entryCount(bytes, START)).toBe(65_526);
  verifyListpack(bytes, START);
});

/** Values at every border of the encodings, and few enough that some are equal. */
const anyText = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(String),
  fc.constantFrom("127", "128", "-4096", "-4097", "32767", "-8388609", "2147483648", "007", ""),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.string({ maxLength: 8 }).map((text) => Buffer.from(text).toString("latin1")),
  fc.constantFrom(62, 63, 64, 125, 126, 4095, 4096).map((length) => "y".repeat(length)),
);

test("every sequence of changes is what it would be on an array", () => {
  const change = fc.record({
    what: fc.constantFrom("insert", "append", "replace", "delete", "join"),
    where: fc.nat(),
    count: fc.nat(4),
    text: anyText,
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const model: string[] = [];
      const bytes = listpackOf([], 400_000);
      for (const { what, where, count, text } of changes) {
        const index = where % (model.length + 1);
        const found = entryAt(bytes, START, index);
        const at = found === -1 ? endOffset(bytes, START) : found;
        if (what === "insert" || (what === "replace" && found === -1)) {
          insertEntry(bytes, START, at, packed(text));
          model.splice(index, 0, text);
        } else if (what === "append") {
          appendEntry(bytes, START, packed(text));
          model.push(text);
        } else if (what === "replace") {
          replaceEntry(bytes, START, at, packed(text));
          model[index] = text;
        } else if (what === "delete") {
          const gone = model.splice(index, count);
          expect(deleteEntries(bytes, START, at, count)).toBe(gone.length);
        } else {
          const other = listpackOf([text, "between", text]);
          const from = nextEntry(other, firstEntry(other, START));
          appendRange(bytes, START, other, from, endOffset(other, START), 2);
          model.push("between", text);
        }
        verifyListpack(bytes, START);
        expect(entryCount(bytes, START)).toBe(model.length);
        expect(textsOf(bytes)).toEqual(model);
        const expected = model.indexOf(text);
        const sought = findEntry(bytes, firstEntry(bytes, START), packed(text), 0);
        expect(sought).toBe(expected === -1 ? -1 : entryAt(bytes, START, expected));
      }
      const backwards: string[] = [];
      let at = lastEntry(bytes, START);
      for (; at !== -1; at = previousEntry(bytes, START, at)) backwards.unshift(textAt(bytes, at));
      expect(backwards).toEqual(model);
      expect(isCanonical(bytes, START, reading, value)).toBe(true);
      expect(bytes.subarray(0, START).every((byte) => byte === 0xee)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("bytes from anywhere are refused, or can be read in both directions", () => {
  const edit = fc.record({ at: fc.nat(), byte: fc.nat(255) });
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.array(anyText, { maxLength: 6 }),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.nat(3),
      (texts, edits, cut) => {
        const bytes = listpackOf(texts);
        const length = totalBytes(bytes, START) - (cut === 3 ? 1 : 0);
        // Nothing behind the range may be read.
        const alone = new Uint8Array(bytes.subarray(0, START + length));
        for (const { at, byte } of edits) alone[START + (at % length)] = byte;
        const count = validateListpack(alone, START, length);
        if (count < 0) return;
        accepted++;
        expect(textsOf(alone)).toHaveLength(count);
        verifyListpack(alone, START);
      },
    ),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(0);
});

test("each kind of damage is refused", () => {
  const whole = listpackOf(["a", "12345", "z".repeat(70)]);
  const length = totalBytes(whole, START);
  expect(validateListpack(whole, START, length)).toBe(3);
  const damaged = (offset: number, byte: number): number => {
    const copy = Buffer.from(whole);
    copy[START + offset] = byte;
    return validateListpack(copy, START, length);
  };
  expect(damaged(0, length + 1)).toBe(-1);
  expect(damaged(4, 2)).toBe(-1);
  expect(damaged(length - 1, 0)).toBe(-1);
  expect(damaged(6, 0xff)).toBe(-1);
  expect(damaged(6, 0xf5)).toBe(-1);
  expect(damaged(6, 0x82)).toBe(-1);
  expect(damaged(6, 0xf0)).toBe(-1);
  expect(damaged(8, 0x03)).toBe(-1);
  expect(damaged(length - 2, 0x80)).toBe(-1);
  expect(validateListpack(whole, START, 6)).toBe(-1);
});

test("an encoding that is not the shortest is valid and not canonical", () => {
  const bytes = listpackOf(["a"]);
  const foreign = Buffer.from(bytes);
  foreign[START + 7] = 0x35;
  expect(validateListpack(foreign, START, totalBytes(foreign, START))).toBe(1);
  expect(isCanonical(foreign, START, reading, value)).toBe(false);
  expect(isCanonical(bytes, START, reading, value)).toBe(true);
});
