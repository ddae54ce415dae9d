import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchGlob, matchGlobText } from "./glob.ts";

/** Pattern, text, whether it matches, whether it matches without case: as redis-server 7.0.15 answers. */
const FACTS: ReadonlyArray<readonly [string, string, boolean, boolean]> = [
  ["*", "anything", true, true],
  ["*", "", false, false],
  ["", "", true, true],
  ["", "a", false, false],
  ["a", "A", false, true],
  ["h?llo", "hello", true, true],
  ["h?llo", "hllo", false, false],
  ["h*llo", "heeeello", true, true],
  ["h*llo", "hllo", true, true],
  ["h[ae]llo", "hallo", true, true],
  ["h[ae]llo", "hillo", false, false],
  ["h[^e]llo", "hello", false, false],
  ["h[^e]llo", "hallo", true, true],
  ["h[a-b]llo", "hbllo", true, true],
  ["h[b-a]llo", "hbllo", true, true],
  ["h[A-B]llo", "hbllo", false, true],
  ["[Z-a]", "Z", true, false],
  ["[\\a]", "a", true, true],
  ["[\\a]", "A", false, false],
  ["[a", "a", true, true],
  ["[a", "b", false, false],
  ["[", "a", false, false],
  ["[^", "a", true, true],
  ["[]", "a", false, false],
  ["[]a]", "a]", false, false],
  ["[^]", "a", true, true],
  ["[a-]", "-", false, false],
  ["[a-]", "^", true, true],
  ["[a-", "-", true, true],
  ["[\x01-\xff]", "a", false, false],
  ["[\x01-\xff]", "\x01", true, true],
  ["[\x80-\xff]", "\x90", true, true],
  ["\\*", "*", true, true],
  ["\\*", "a", false, false],
  ["\\", "\\", true, true],
  ["a\\", "a\\", true, true],
  ["a**", "a", true, true],
  ["a*b*c", "aXbYc", true, true],
  ["a*b*c", "aXbY", false, false],
  ["a*?", "a", false, false],
  ["*?*", "a", true, true],
];

describe("matchGlob", () => {
  test.each(FACTS)("%j on %j", (pattern, text, cased, uncased) => {
    expect(matchGlobText(pattern, text)).toBe(cased);
    expect(matchGlobText(pattern, text, true)).toBe(uncased);
  });

  test("reads only the slices it is given", () => {
    const pattern = Buffer.from("*h?l**");
    const text = Buffer.from("xxhellyy");
    expect(matchGlob(pattern, 1, 3, text, 2, 3)).toBe(true);
    expect(matchGlob(pattern, 1, 3, text, 2, 4)).toBe(false);
    expect(matchGlob(pattern, 1, 4, text, 2, 4)).toBe(true);
  });

  test("a pattern of many stars takes no exponential time", () => {
    expect(matchGlobText(`${"a*".repeat(40)}b`, "a".repeat(60))).toBe(false);
    expect(matchGlobText(`${"a*".repeat(20)}b`, `${"a".repeat(60)}b`)).toBe(true);
  });

  test("more than 1,000 nested stars match nothing and do not exhaust the stack", () => {
    expect(matchGlobText("*?".repeat(1000), "a".repeat(1001))).toBe(true);
    expect(matchGlobText("*?".repeat(1001), "a".repeat(1100))).toBe(false);
    expect(matchGlobText("*?".repeat(50_000), "a".repeat(50_000))).toBe(false);
  });

  test("agrees with a regular expression where the pattern has stars, marks and letters only", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const source = p.replaceAll("*", ".*").replaceAll("?", ".");
        expect(matchGlobText(p, t)).toBe(new RegExp(`^${source}$`).test(t));
      }),
      { numRuns: 2000 },
    );
  });

  test("a text quoted byte by byte matches itself only", () => {
    const text = fc.string({
      unit: fc.constantFrom("*", "?", "[", "]", "\\", "a", "^"),
      minLength: 1,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const quoted = a.replaceAll(/./g, "\\$&");
        expect(matchGlobText(quoted, b)).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });
});
