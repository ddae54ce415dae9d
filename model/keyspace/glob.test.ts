import { describe, expect, it } from "vitest";
import { matches, matchesAnyCase } from "./glob.ts";

describe("glob patterns", () => {
  it.each([
    ["*", ""],
    ["h?llo", "hallo"],
    ["h*o", "ho"],
    ["h**o", "hello"],
    ["*b*", "abc"],
    ["[a-c]x", "bx"],
    ["[c-a]x", "bx"],
    ["[^a]", "b"],
    ["[\\]]", "]"],
    ["[a\\-c]", "-"],
    ["\\*", "*"],
    ["\\", "\\"],
    ["[ab", "b"],
    ["a[^", "ax"],
    ["[\xf0-\xff]", "\xf8"],
    // Bytes above 127 are negative characters: this range runs from -128 to 97.
    ["[\x80-a]", "\x01"],
    ["a***", "a"],
  ])("%j matches %j", (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it.each([
    ["**", ""],
    ["?", ""],
    ["", "a"],
    ["a", ""],
    ["h?llo", "hllo"],
    ["[^a]", "a"],
    ["[]a]", "]"],
    ["\\*", "a"],
    ["[", "["],
    ["ab", "abc"],
    ["A", "a"],
    ["[\x80-a]", "b"],
  ])("%j does not match %j", (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it("can do without case", () => {
    expect(matchesAnyCase("MAX*[A-B]", "maxmemorya")).toBe(true);
  });
});
