import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readManifest } from "../../specs/manifest.ts";
import { GUARANTEES, type Guarantee } from "./guarantees.ts";
import { faultsOf } from "./verification.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SPECS = readManifest(join(ROOT, "specs"));

test("every guarantee names what exists, and every property has a guarantee", () => {
  expect(faultsOf(ROOT, GUARANTEES, SPECS)).toEqual([]);
});

test.each<[string, Partial<Guarantee>]>([
  ["has no property Nothing", { properties: ["Nothing"] }],
  ["there is no model/log/actions.ts#nothing", { model: ["model/log/actions.ts#nothing"] }],
  ["there is no impl/nothing.ts", { impl: ["impl/nothing.ts"] }],
  ["there is no check nothing", { checks: ["nothing"] }],
  ["there is no mutant nothing", { mutants: ["nothing"] }],
  ["a link is empty", { mutants: [] }],
])("it is noticed that %s", (fault, change) => {
  const [first, ...rest] = GUARANTEES;
  const faults = faultsOf(ROOT, [{ ...first!, ...change }, ...rest], SPECS);
  expect(faults.join("\n")).toContain(fault);
});

test("it is noticed when a property has no guarantee", () => {
  expect(faultsOf(ROOT, GUARANTEES.slice(1), SPECS).join("\n")).toContain("AckedSurvives");
});
