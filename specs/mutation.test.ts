import { expect, test } from "vitest";
import type { MutantEntry } from "./manifest.ts";
import { mutate, StaleMutant } from "./mutation.ts";

const files = new Map([["Toy.tla", "a\nb\nc\nb\n$&\n"]]);
const mutant = (find: MutantEntry["find"], replace: MutantEntry["replace"]): MutantEntry => ({
  ...{ name: "m", configuration: "c", says: "s", file: "Toy.tla", find, replace },
});

test("the text is replaced as it stands, over several lines too", () => {
  expect(mutate(files, mutant("a", "$&")).get("Toy.tla")).toBe("$&\nb\nc\nb\n$&\n");
  expect(mutate(files, mutant(["b", "c"], ["d"])).get("Toy.tla")).toBe("a\nd\nb\n$&\n");
  expect(files.get("Toy.tla")).toBe("a\nb\nc\nb\n$&\n");
});

test("a mutant that would not apply, or not change anything, is an error", () => {
  expect(() => mutate(files, mutant("z", "y"))).toThrow(StaleMutant);
  expect(() => mutate(files, mutant("b", "y"))).toThrow("Toy.tla has its text 2 times, not once");
  expect(() => mutate(files, mutant("a", "a"))).toThrow("m changes nothing");
  expect(() => mutate(files, { ...mutant("a", "b"), file: "No.tla" })).toThrow(
    "there is no No.tla",
  );
});
