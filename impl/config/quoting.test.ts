import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quote, splitArgs } from "./quoting.ts";

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
});

describe("splitArgs", () => {
  test.each([
    ["", []],
    ["  a  b\tc\v\fd", ["a", "b", "c\v\fd"]],
    ["\v\fa", ["a"]],
    [`"a b" 'c d'`, ["a b", "c d"]],
    [`a"b c"`, ["ab c"]],
    [`"" ''`, ["", ""]],
    [String.raw`"\n\r\t\b\a\x41\xff\xg\q\"\\"`, ['\n\r\t\b\x07A\xffxgq"\\']],
    [String.raw`'\'a\n"'`, [`'a\\n"`]],
    [String.raw`\x41`, ["\\x41"]],
    ["a\0b c", ["a"]],
    ['"a"\vb', ["a", "b"]],
  ])("%j", (line, args) => {
    expect(splitArgs(line)).toEqual(args);
  });

  test.each(['"a', "'a", '"a"b', "'a'b", 'a "b', '"a\\', '"a\0"', '"a\\"'])(
    "refuses %j",
    (line) => {
      expect(splitArgs(line)).toBeNull();
    },
  );

  test("quote writes Redis' escapes", () => {
    expect(quote("a\n\r\t\b\x07\"\\\x01\x7f\xff '")).toBe(
      String.raw`"a\n\r\t\b\a\"\\\x01\x7f\xff '"`,
    );
  });

  test("reads back what quote has written, byte for byte", () => {
    fc.assert(
      fc.property(fc.array(bytes), (args) => {
        const line = args.map(quote).join(" ");
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(splitArgs(line)).toEqual(args);
      }),
    );
  });
});
