import fc from "fast-check";
import { expect, test } from "vitest";
import {
  borderNumber,
  doubleArgument,
  formatDouble as said,
} from "../../model/keyspace/doubles.ts";
import {
  formatDouble,
  formatFixed,
  formatHuman,
  parseBorder,
  parseDouble,
  parseDoubleAt,
} from "./doubles.ts";

test.each([
  [0, "0"],
  [-0, "-0"],
  [3, "3"],
  [0.1, "0.10000000000000001"],
  [1e16, "10000000000000000"],
  [2 ** 54 + 4, "18014398509481988"],
  [1e17, "1e+17"],
  [-1e17, "-1e+17"],
  [2 ** 62, "4.6116860184273879e+18"],
  [1.5, "1.5"],
  [0.0001, "0.0001"],
  [0.00001, "1.0000000000000001e-05"],
  [5e-324, "4.9406564584124654e-324"],
  [1e300, "1.0000000000000001e+300"],
  // Ties, of which C takes the even one.
  [1 + 2 ** -17, "1.0000076293945312"],
  [1 + 3 * 2 ** -17, "1.0000228881835938"],
  [Number.POSITIVE_INFINITY, "inf"],
  [Number.NEGATIVE_INFINITY, "-inf"],
])("%d is printed as %s", (value, text) => {
  expect(formatDouble(value)).toBe(text);
});

test.each([
  ["1", 1],
  ["+7", 7],
  [".5", 0.5],
  ["5.", 5],
  ["1e3", 1000],
  ["0x10", 16],
  ["0x1.8p1", 3],
  ["-0x.8", -0.5],
  ["0x1.00000000000008p0", 1],
  ["0x1.000000000000081p0", 1 + 2 ** -52],
  ["0x1p-1074", 5e-324],
  ["inf", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["1e-310", 1e-310],
  ["18446744073709551616", 2 ** 64],
  ["", Number.NaN],
  [" 1", Number.NaN],
  ["1 ", Number.NaN],
  ["nan", Number.NaN],
  ["1e400", Number.NaN],
  ["1e-400", Number.NaN],
  ["0x1p2000", Number.NaN],
  ["0x", Number.NaN],
  ["1e", Number.NaN],
  ["1\0", Number.NaN],
  ["1.2.3", Number.NaN],
  ["-", Number.NaN],
])("%j is read as %d", (text, value) => {
  expect(parseDouble(text)).toBe(value);
  const bytes = Buffer.from(`x${text}x`, "latin1");
  expect(parseDoubleAt(bytes, 1, text.length)).toBe(value);
});

test.each([
  ["", 0],
  [" 1", 1],
  ["1\0x", 1],
  ["1e400", Number.POSITIVE_INFINITY],
  ["1x", Number.NaN],
  ["nan", Number.NaN],
  [" ", Number.NaN],
])("%j as a border is %d", (text, value) => {
  expect(parseBorder(text)).toBe(value);
});

const bits = new BigUint64Array(1);
const doubleOfBits = new Float64Array(bits.buffer);
const anyDouble = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((drawn) => {
      bits[0] = drawn;
      return doubleOfBits[0]!;
    }),
    fc.integer().map((n) => n / 2 ** 17),
    fc.double(),
  )
  .filter((value) => !Number.isNaN(value));

test("what is printed is what the model prints, and is read back", () => {
  fc.assert(
    fc.property(anyDouble, (value) => {
      const text = formatDouble(value);
      expect(text).toBe(said(value));
      expect(parseDouble(text)).toBe(value);
      const bytes = Buffer.from(text, "latin1");
      expect(parseDoubleAt(bytes, 0, bytes.length)).toBe(value);
    }),
    { numRuns: 5000 },
  );
});

const pieces = fc
  .array(
    fc.constantFrom(..."0123456789.eE+-xXpP abfinINF\0\t".split(""), "inf", "0x", "nan", "e-3"),
    { maxLength: 8 },
  )
  .map((list) => list.join(""));

test("a text is what the model reads in it", () => {
  fc.assert(
    fc.property(pieces, (text) => {
      const argument = doubleArgument(text);
      expect(parseDouble(text)).toBe(argument._tag === "Success" ? argument.success : Number.NaN);
      expect(parseBorder(text)).toBe(borderNumber(text) ?? Number.NaN);
    }),
    { numRuns: 20_000 },
  );
});

test("decimals are those of C, half way to the even one", () => {
  expect(formatFixed(200.0078125, 6)).toBe("200.007812");
  expect(formatFixed(-200.0234375, 6)).toBe("-200.023438");
  expect(formatFixed(0.5, 1)).toBe("0.5");
  expect(formatFixed(-0, 6)).toBe("-0.000000");
  expect(formatFixed(-1e-9, 6)).toBe("-0.000000");
  expect(formatFixed(1e23, 6)).toBe("99999999999999991611392.000000");
  expect(formatFixed(Number.NEGATIVE_INFINITY, 6)).toBe("-inf");
  expect(formatHuman(13.361389338970184)).toBe("13.36138933897018433");
  expect(formatHuman(-180)).toBe("-180");
  expect(formatHuman(-1e-30)).toBe("0");
  expect(formatHuman(2 ** -18)).toBe("0.00000381469726562");
});
