import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SPECS } from "./files.ts";
import { judgeConfiguration, judgeMutant } from "./judge.ts";
import { type PropertyEntry, readManifest } from "./manifest.ts";
import type { TlcReport, Verdict } from "./tlc-output.ts";

const [toy] = readManifest(join(SPECS, "fixtures"));
const [bounds] = toy!.configurations;
const good: TlcReport = {
  ...{ verdict: { kind: "holds" }, distinct: 49, generated: 97, depth: 13, seconds: 1 },
  coverage: new Map(toy!.actions.map(({ name }) => [name, { distinct: 1, taken: 2 }])),
  ...{ behaviour: null, printed: [] },
};

function judge(change: Partial<TlcReport>, untaken?: Record<string, string>): readonly string[] {
  const configuration = untaken === undefined ? bounds! : { ...bounds!, untaken };
  return judgeConfiguration(toy!, configuration, { ...good, ...change });
}

function covered(
  ...changes: [string, number | null][]
): Map<string, { distinct: number; taken: number }> {
  const coverage = new Map(good.coverage);
  for (const [name, taken] of changes) {
    if (taken === null) coverage.delete(name);
    else coverage.set(name, { distinct: 0, taken });
  }
  return coverage;
}

describe("a configuration", () => {
  test("is as the manifest says", () => {
    expect(judge({})).toEqual([]);
  });

  test("must hold", () => {
    const property = "NotBoth";
    expect(judge({ verdict: { kind: "violated", property } })).toEqual(["violates NotBoth"]);
    expect(judge({ verdict: { kind: "deadlock" } })).toEqual(["deadlocks"]);
    expect(judge({ verdict: { kind: "rejected", message: "no" } })).toEqual([
      "does not parse:\nno",
    ]);
  });

  test("must have exactly the states that the manifest says", () => {
    expect(judge({ distinct: 50 })).toEqual(["distinct is 50, the manifest says 49"]);
    expect(judge({ generated: 96 })).toEqual(["generated is 96, the manifest says 97"]);
    expect(judge({ depth: 12 })).toEqual(["depth is 12, the manifest says 13"]);
  });

  test("must take every action but those that it is said not to", () => {
    const never = covered(["Peek", 0]);
    expect(judge({ coverage: never })).toEqual(["action Peek is never taken"]);
    expect(judge({ coverage: never }, { Peek: "no reason" })).toEqual([]);
    expect(judge({}, { Peek: "no reason" })).toEqual([
      "action Peek is taken, and listed as untaken",
    ]);
    expect(judge({}, { Pick: "misspelt" })).toEqual(["Pick, listed as untaken, is no action"]);
  });

  test("must have the actions of the manifest, no more and no fewer", () => {
    expect(judge({ coverage: covered(["Peek", null]) })).toEqual(["TLC knows no action Peek"]);
    expect(judge({ coverage: covered(["Steal", 1]) })).toEqual([
      "action Steal is not in the manifest",
    ]);
    expect(judge({ coverage: new Map() })).toHaveLength(4);
  });
});

describe("a mutant", () => {
  const property = (kind: PropertyEntry["kind"]): PropertyEntry => ({
    ...{ name: "Good", kind, says: "Good.", mutants: [] },
  });
  const run = (kind: PropertyEntry["kind"], verdict: Verdict): string | null =>
    judgeMutant(property(kind), { ...good, verdict });

  test("must violate its property", () => {
    expect(run("invariant", { kind: "violated", property: "Good" })).toBeNull();
    expect(run("temporal", { kind: "violated", property: null })).toBeNull();
    expect(run("refinement", { kind: "violated", property: null })).toBeNull();
    expect(run("action", { kind: "violated", property: "Good" })).toBeNull();
  });

  test("that passes is a failure", () => {
    expect(run("invariant", { kind: "holds" })).toBe("passes: Good does not notice it");
  });

  test("that violates another property is a failure", () => {
    const verdict: Verdict = { kind: "violated", property: "Other" };
    expect(run("invariant", verdict)).toBe("violates Other, expected Good");
    expect(run("action", verdict)).toBe("violates Other, expected Good");
    expect(run("invariant", { kind: "violated", property: null })).toMatch(/expected Good$/);
  });

  test("that merely breaks the specification is a failure", () => {
    expect(run("invariant", { kind: "deadlock" })).toMatch(/^deadlocks: not what Good/);
    expect(run("temporal", { kind: "failed", message: "1 + TRUE" })).toMatch(/cannot be checked/);
    expect(run("temporal", { kind: "rejected", message: "?" })).toMatch(/does not parse/);
  });
});
