/** Keys, values and numbers: few enough to collide, varied enough to reach every branch. */

import fc from "fast-check";

type Weighted<T> = readonly [weight: number, arbitrary: fc.Arbitrary<T>];

/** One of several arbitraries by weight. */
export function pick<T>(...choices: ReadonlyArray<Weighted<T>>): fc.Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const from = (...list: ReadonlyArray<string>): fc.Arbitrary<string> => fc.constantFrom(...list);

/** The largest and the smallest signed 64-bit integer, in decimal. */
export const INT64_MAX = "9223372036854775807";
export const INT64_MIN = "-9223372036854775808";

/** The only password that the generators ever set. */
export const PASSWORD = "secret";

/** Keys: a handful of ordinary ones, and rarely an empty, a binary or a long one. */
export const key: fc.Arbitrary<string> = pick(
  [40, from("a", "b", "c")],
  [4, from("d", "user:1", "user:2")],
  [1, from("", "\x00\xff\r\n", "K".repeat(70), "[a]*?\\", "ab", "-", "b]", "\x80", "\xff", "^")],
);

/** Text that looks like an integer to some parsers, and is none to Redis'. */
export const notInteger: fc.Arbitrary<string> = from(
  "abc",
  "",
  " 1",
  "1 ",
  "+1",
  "01",
  "-0",
  "1.0",
  "1e2",
  "0x10",
  "--1",
  "-",
  "1\x00",
  "9223372036854775808",
  "-9223372036854775809",
  "99999999999999999999999",
);

/** Integers at the borders of 64, 32 and 31 bits. */
export const borderInteger: fc.Arbitrary<string> = from(
  INT64_MAX,
  INT64_MAX,
  INT64_MIN,
  INT64_MIN,
  "9223372036854775806",
  "-9223372036854775807",
  "2147483647",
  "2147483648",
  "-2147483648",
  "-2147483649",
  "4294967295",
  "4294967296",
);

/** Small integers. */
export const smallInteger: fc.Arbitrary<string> = fc.integer({ min: -12, max: 12 }).map(String);

/** Integers as arguments: mostly small, often at a border, sometimes none. */
export const integer: fc.Arbitrary<string> = pick(
  [12, smallInteger],
  [3, borderInteger],
  [3, notInteger],
);

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(from(..."0123456789"), { minLength: 1, maxLength }).map((list) => list.join(""));

/** Decimal numbers with more digits than a long double holds. */
const longDecimal: fc.Arbitrary<string> = fc
  .tuple(from("", "-", "+"), digits(22), digits(24), from("", "", "e-3", "E+5", "e20"))
  .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}${exponent}`);

const double: fc.Arbitrary<string> = fc
  .double({ noDefaultInfinity: true, noNaN: true, min: -1e30, max: 1e30 })
  .map(String);

/** Numbers in forms that C's `strtold` reads in full. */
const knownFloat: fc.Arbitrary<string> = from(
  "0.1",
  "-0.1",
  "3.0",
  "10.50",
  "-2.5e3",
  "5e-1",
  "1e2",
  "200.05",
  ".5",
  "5.",
  "0.30000000000000004",
  "3.14159265358979323846",
  "1e17",
  "123456789012345678901",
  "9007199254740993",
  "1e-17",
  "1e-20",
  "1e300",
  "1e4000",
  "-1e4000",
  "1e4932",
  "18446744073709551615",
  "18446744073709551614",
  "36893488147419103229",
  "0.5",
  "0x1p3",
  "0xff",
  "-0",
  "+7",
  "inf",
  "-inf",
  "infinity",
);

/** Text that C's `strtold` reads as a number. */
export const floatText: fc.Arbitrary<string> = pick([6, knownFloat], [2, longDecimal], [1, double]);

/** Text that is no float to Redis. */
export const notFloat: fc.Arbitrary<string> = from(
  "abc",
  "",
  " 1.5",
  "1.5 ",
  "nan",
  "1e5000",
  "1.5x",
  "1,5",
  "--1",
  "1\x00",
  "\x001",
  "9".repeat(300),
);

const binary: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 0, maxLength: 12 })
  .map((bytes) => String.fromCharCode(...bytes));

/** Around the length at which Redis changes from one allocation (embstr) to two (raw). */
const aroundEmbedded: fc.Arbitrary<string> = fc
  .integer({ min: 42, max: 47 })
  .map((length) => "v".repeat(length));

const long: fc.Arbitrary<string> = fc
  .tuple(
    from("ab", "xyz", "0123456789"),
    pick([6, fc.integer({ min: 30, max: 60 })], [1, fc.integer({ min: 200, max: 300 })]),
  )
  .map(([unit, times]) => unit.repeat(times));

/** Values to store: numbers, text, binary, empty and long ones. */
export const value: fc.Arbitrary<string> = pick(
  [10, smallInteger],
  [4, borderInteger],
  [3, notInteger],
  [4, floatText],
  [8, from("hello", "world", "foobar", "ohmytext", "mynewtext", "The quick brown fox")],
  [2, fc.constant("")],
  [3, binary],
  [3, aroundEmbedded],
  [1, long],
);

/** Values for a command that reads two of them side by side: similar, not equal. */
export const similarText: fc.Arbitrary<string> = fc
  .array(from("a", "b", "c", "ab", "abc"), { minLength: 0, maxLength: 14 })
  .map((list) => list.join(""));

/** Around the length at which a small collection becomes a table. */
const aroundListpackLimit: fc.Arbitrary<string> = fc
  .integer({ min: 63, max: 66 })
  .map((length) => "e".repeat(length));

/** Elements of collections, and fields: few enough to collide. */
export const element: fc.Arbitrary<string> = pick(
  [20, from("a", "b", "c", "1", "2")],
  [4, value],
  [1, fc.constant("")],
  [1, aroundListpackLimit],
);

/** Scores as numbers: few enough to be equal now and then. */
export const scoreNumber: fc.Arbitrary<number> = pick(
  [20, fc.integer({ min: -3, max: 5 }).map((n) => (n === 0 ? 0 : n))],
  [4, fc.constantFrom(0.1, 1.5, -2.25, 3.0000000000000004, 1 + 2 ** -17, 1e-7, 123456.789)],
  [2, fc.constantFrom(2 ** 53, 2 ** 62, -(2 ** 62), 2 ** 63, 1e17, 1e16, 1e300, 5e-324)],
  [1, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)],
);

/** Scores as arguments. */
export const score: fc.Arbitrary<string> = pick(
  [20, fc.integer({ min: -3, max: 5 }).map(String)],
  [4, scoreNumber.map((n) => String(n).replace("Infinity", "inf"))],
  [3, floatText],
  [1, from("-0", "0", "0.0", "inf", "-inf", "+inf", "1e308", "4.9e-324", "1e-310", "0x1.8p1")],
  [1, from("1e-400", "1e400", "0x1p-1080", "0x1p2000", "0x", "nan(x)", "infinit", "1e", "1e+")],
  [1, notFloat],
);

/** Positions in a small collection. */
export const place: fc.Arbitrary<string> = pick(
  [20, fc.integer({ min: -4, max: 4 }).map(String)],
  [2, borderInteger],
  [2, notInteger],
);

/** Positions in a string. */
export const offset: fc.Arbitrary<string> = pick(
  [14, fc.integer({ min: -60, max: 60 }).map(String)],
  [2, borderInteger],
  [2, notInteger],
);

/** Positions to write at: no valid one is so large that the string would fill the memory. */
export const writeOffset: fc.Arbitrary<string> = pick(
  [14, fc.integer({ min: 0, max: 60 }).map(String)],
  [2, from("-1", "-2147483648", INT64_MIN)],
  [2, from("536870912", "536870913", "4294967296", INT64_MAX, "9223372036854775800")],
  [2, notInteger],
);

/** Seconds to live: long ones are exact whatever the clock does. */
export const secondsToLive: fc.Arbitrary<string> = pick(
  [14, from("100", "1000", "100000", "2147483648")],
  [2, from("0", "-1", "-100", INT64_MIN)],
  [
    3,
    from(
      INT64_MAX,
      "9223372036854775",
      "9223372036854776",
      "-9223372036854775",
      "-9223372036854776",
      "9223370000000000",
    ),
  ],
  [2, notInteger],
);

/** Milliseconds to live, now and then so few that a Wait outlasts them. */
export const millisecondsToLive: fc.Arbitrary<string> = pick(
  [14, from("100000", "1000000", "99999500", "2147483648000")],
  [2, from("1", "2", "3")],
  [2, from("0", "-1", "-100", INT64_MIN)],
  [2, from(INT64_MAX, "9223370000000000000", "-9223372036854775807")],
  [2, notInteger],
);

/** Seconds since 1970: past, far future, borders. */
export const unixSeconds: fc.Arbitrary<string> = pick(
  [10, from("33177117420", "33177117421", "4102444800")],
  [4, from("1", "1000000000")],
  [2, from("0", "-1", INT64_MIN)],
  [2, from(INT64_MAX, "9223372036854775", "9223372036854776", "-9223372036854776")],
  [2, notInteger],
);

/** Milliseconds since 1970: past, far future, borders. */
export const unixMilliseconds: fc.Arbitrary<string> = pick(
  [10, from("33177117420000", "33177117420499", "33177117420500", "4102444800001")],
  [4, from("1", "1000000000000")],
  [2, from("0", "-1", INT64_MIN)],
  [2, from(INT64_MAX, "9223372036854775806")],
  [2, notInteger],
);

/** Database numbers: three in use, the borders, and what is none. */
export const database: fc.Arbitrary<string> = pick(
  [14, from("0", "1", "2")],
  [2, from("15", "16", "-1")],
  [2, from("abc", "1.5", " 1", "99999999999", "2147483648", INT64_MAX)],
);

const globText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(from("a", "b", "c", "*", "?", "[", "]", "^", "-", "\\", "\xff", "\x80"), { maxLength })
    .map((list) => list.join(""));

const knownPattern: fc.Arbitrary<string> = from(
  "*",
  "a",
  "?",
  "user:*",
  "u*:?",
  "[abc]",
  "[^a]",
  "[a-b]*",
  "[b-a]",
  "\\a",
  "",
  "*\xff*",
  "[",
  "[a",
  "[^",
  "\\",
  "**",
  "*r:[12]",
  "[a-\xff]",
  "[\x80-a]",
  "[\x80-\xff]*",
  "[\\a]",
  "K*K",
  "nothing*",
);

/** Words that no command knows. */
export const unknownWord: fc.Arbitrary<string> = from("FOO", "", "EXX", "1", "*", "N X");

/** Patterns for KEYS and SCAN. */
export const pattern: fc.Arbitrary<string> = pick([3, knownPattern], [2, globText(7)]);
