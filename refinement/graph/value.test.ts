import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelValue, type TlaValue } from "../../model/machine.ts";
import { fromJson, toJson } from "./json.ts";
import { canonical, NotAValue, parseState, parseValue, splitState } from "./value.ts";

/** Each with the texts that TLC prints for it, or could. */
const EQUAL: [TlaValue, ...string[]][] = [
  [true, "TRUE"],
  [-12, "-12", " -12\n"],
  ['a "b" \\ c\n', '"a \\"b\\" \\\\ c\\n"'],
  [modelValue("c1"), "c1"],
  [[], "<<>>", "<< >>"],
  [[1, [true]], "<<1, <<TRUE>>>>", "(1 :> 1 @@ 2 :> <<TRUE>>)", "(2 :> <<TRUE>> @@ 1 :> 1)"],
  [new Set([]), "{}"],
  [new Set([1, 2]), "{1, 2}", "{2, 1, 2}", "1..2", "1 .. 2"],
  [new Set([new Set([3, "x"]), 4]), '{4, {"x", 3}}', '{{3, "x"}, 4}'],
  [{ a: 1, b: [] }, "[a |-> 1, b |-> <<>>]", "[b |-> <<>>, a |-> 1]", '("b" :> <<>> @@ "a" :> 1)'],
  [new Map([["a", 1]]), "[a |-> 1]"],
  [
    new Map<TlaValue, TlaValue>([
      [modelValue("c2"), [0]],
      [modelValue("c1"), { f: false }],
    ]),
    "(c1 :> [f |-> FALSE] @@ c2 :> <<0>>)",
    "( c2 :> <<0>>\n  @@ c1 :>\n [f |-> FALSE] )",
  ],
  [
    new Map([
      [0, "zero"],
      [1, "one"],
    ]),
    '(0 :> "zero" @@ 1 :> "one")',
  ],
  [new Map([[[1, 2], 3]]), "(<<1, 2>> :> 3)"],
];

describe("values", () => {
  test.each(EQUAL)("%s are one, however they are written", (value, ...texts) => {
    for (const text of texts) expect(canonical(parseValue(text))).toBe(canonical(value));
    expect(canonical(fromJson(JSON.parse(JSON.stringify(toJson(value)))))).toBe(canonical(value));
  });

  test("that differ are told apart", () => {
    const all = EQUAL.map(([value]) => canonical(value));
    expect(new Set(all).size).toBe(all.length);
    expect(canonical("1")).not.toBe(canonical(1));
    expect(canonical("c1")).not.toBe(canonical(modelValue("c1")));
    expect(canonical([1])).not.toBe(canonical(new Set([1])));
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
    expect(canonical(new Map([[0, 1]]))).not.toBe(canonical([1]));
    expect(canonical([1, 2])).not.toBe(canonical([[1, 2]]));
  });

  test.each([
    "",
    "<<1",
    "[a |-> ]",
    "{1 2}",
    "(1 :> 2",
    '"open',
    "1 2",
    "12ab..",
    "-x",
    "[a -> 1]",
  ])("%s is no value", (text) => {
    expect(() => parseValue(text)).toThrow(NotAValue);
  });

  test("numbers that are no integers are refused", () => {
    expect(() => canonical(0.5)).toThrow(NotAValue);
    expect(() =>
      canonical(
        new Map<TlaValue, TlaValue>([
          [[1], 1],
          [[1], 2],
        ]),
      ),
    ).toThrow("twice");
  });

  test("the canonical form is itself a value of the same canonical form", () => {
    const { value } = fc.letrec<{ value: TlaValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer({ min: -5, max: 20 }),
        fc.boolean(),
        fc.string({ maxLength: 4 }),
        fc.constantFrom("c1", "NULL").map(modelValue),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.array(tie("value"), { maxLength: 3 }).map((values) => new Set(values)),
        fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value")),
        fc
          .uniqueArray(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
          .chain((keys) =>
            fc
              .tuple(...keys.map(() => tie("value")))
              .map((values) => new Map(keys.map((key, index) => [key, values[index] as TlaValue]))),
          ),
      ),
    }));
    fc.assert(
      fc.property(value, (any) => {
        const text = canonical(any);
        expect(canonical(parseValue(text))).toBe(text);
        expect(canonical(fromJson(toJson(any)))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe("states", () => {
  test("are split at their variables, not within values", () => {
    const text = '/\\ a = <<"x\n/\\ ">>\n/\\ b_2 = (1 :> 2\n  @@ 3 :> 4)';
    expect(splitState(text).map(([name]) => name)).toEqual(["a", "b_2"]);
    expect(splitState("x = 1")).toEqual([["x", "1"]]);
    expect(parseState("/\\ x = 1\n/\\ y = {}")).toEqual({ x: 1, y: new Set() });
    expect(() => splitState("/\\ x 1")).toThrow(NotAValue);
  });
});
