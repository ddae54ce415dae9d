import fc from "fast-check";
import { expect, test } from "vitest";
import { Texts } from "./texts.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\xff"), maxLength: 6 });
const maybe = fc.array(fc.option(text), { maxLength: 100, size: "max" });

function textsOf(all: readonly (string | null)[]): Texts {
  const texts = new Texts();
  for (const one of all) {
    if (one === null) texts.addAbsent();
    else texts.add(Buffer.from(`>${one}<`, "latin1"), 1, one.length);
  }
  return texts;
}

const order = (a: string | null, b: string | null): number => {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return a < b ? -1 : a > b ? 1 : 0;
};

test("texts are kept, and compared by bytes, absent ones first", () => {
  fc.assert(
    fc.property(maybe, (all) => {
      const texts = textsOf(all);
      expect(texts.count).toBe(all.length);
      expect(texts.totalBytes).toBe(all.reduce((sum, one) => sum + (one?.length ?? 0), 0));
      for (const [i, a] of all.entries()) {
        const j = (i * 7) % all.length;
        expect(Math.sign(texts.compare(i, j))).toBe(order(a, all[j] ?? null));
      }
    }),
  );
});

test("C sees of each what is before its first zero byte", () => {
  fc.assert(
    fc.property(maybe, (all) => {
      const lengths = textsOf(all).cLengths();
      for (const [i, one] of all.entries()) {
        expect(lengths[i]).toBe(one === null ? -1 : one.split("\0")[0]!.length);
      }
    }),
  );
});

test("what is large does not stay", () => {
  const texts = textsOf(["x".repeat(100_000), ...new Array<string>(5000).fill("y")]);
  texts.clear();
  expect([texts.count, texts.totalBytes]).toEqual([0, 0]);
  expect(texts.bytes.length).toBeLessThan(100_000);
  expect(texts.starts.length).toBeLessThan(5000);
});
