import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelValue } from "../model/machine.ts";
import { describeBehaviour } from "./behaviour.ts";
import { SPECS } from "./files.ts";
import { readTlcOutput, type TlcReport } from "./tlc-output.ts";

/** What TLC printed about the toy specification, or about the toy with one thing changed. */
function recorded(name: string): string {
  return readFileSync(join(SPECS, "fixtures/recorded", `${name}.txt`), "utf8");
}

function read(name: string): TlcReport {
  return readTlcOutput(recorded(name));
}

describe("a run that finds nothing", () => {
  test("says how much it has seen", () => {
    const { verdict, distinct, generated, depth, seconds, behaviour } = read("holds");
    expect({ verdict, distinct, generated, depth, behaviour }).toEqual({
      ...{ verdict: { kind: "holds" }, distinct: 49, generated: 97, depth: 13, behaviour: null },
    });
    expect(seconds).toBeGreaterThan(0);
  });

  test("says how often each action was taken", () => {
    const { coverage } = read("holds");
    expect([...coverage.keys()].sort()).toEqual(["Ask", "Grant", "Peek", "Release"]);
    expect(coverage.get("Peek")).toEqual({ distinct: 0, taken: 40 });
  });

  test("has failed when its output is cut off before the verdict", () => {
    const output = recorded("holds");
    const cut = output.slice(0, output.indexOf("@!@!@STARTMSG 2193"));
    expect(readTlcOutput(cut).verdict.kind).toBe("failed");
    expect(readTlcOutput("").verdict).toEqual({
      kind: "failed",
      message: "TLC ended without a result",
    });
  });
});

describe("a run that finds a violation", () => {
  test.each([
    ["invariant", "NotBoth"],
    ["initially", "TypeOK"],
    ["action", "Monotone"],
    ["stutters", null],
    ["loop", null],
    ["refinement", null],
    ["property-initially", null],
  ])("%s names the property where TLC does", (name, property) => {
    expect(read(name).verdict).toEqual({ kind: "violated", property });
  });

  test("is no coverage and no depth of the whole", () => {
    expect(read("invariant").coverage.size).toBe(0);
    expect(read("stutters").depth).toBe(0);
  });

  test("shows the behaviour: actions, and states as values", () => {
    const { behaviour } = read("invariant");
    expect(behaviour?.loop).toBe("none");
    expect(behaviour?.steps.map(({ action }) => action)).toEqual([null, "Ask", "Grant", "Ask"]);
    expect(behaviour?.steps.at(-1)?.state["queue"]).toEqual([modelValue("c1")]);
  });

  test("in the initial state shows that state", () => {
    expect(read("initially").behaviour?.steps).toHaveLength(1);
    expect(read("initially").behaviour?.steps[0]?.state["owner"]).toBe(5);
    expect(read("property-initially").behaviour?.steps).toHaveLength(1);
  });

  test("of liveness says how it goes on for ever", () => {
    expect(read("stutters").behaviour?.loop).toBe("stutters");
    expect(read("loop").behaviour?.loop).toBe(3);
    expect(describeBehaviour(read("loop").behaviour!)).toMatch(/for ever from step 3$/);
  });

  test("is told in words: what each step changes", () => {
    expect(describeBehaviour(read("invariant").behaviour!)).toBe(
      [
        "  1. Initially",
        "       owner = NULL",
        "       served = (c1:>0@@c2:>0)",
        "       queue = <<>>",
        "  2. Ask",
        "       queue = <<c1>>",
        "  3. Grant",
        "       owner = c1",
        "       queue = <<>>",
        "  4. Ask",
        "       queue = <<c1>>",
      ].join("\n"),
    );
  });
});

describe("other endings", () => {
  test("a deadlock", () => {
    const { verdict, behaviour } = read("deadlock");
    expect(verdict).toEqual({ kind: "deadlock" });
    expect(behaviour?.steps).toHaveLength(13);
  });

  test.each([
    ["parse", /Encountered "\/\\" at line/],
    ["semantic", /Unknown operator: `Haed'/],
    ["unknown", /invariant NotThere specified in the configuration file\nis not defined/],
  ])("%s: what does not parse is rejected, with what TLC says", (name, message) => {
    const { verdict } = read(name);
    expect(verdict.kind).toBe("rejected");
    expect(verdict).toHaveProperty("message", expect.stringMatching(message));
  });

  test.each([
    ["evaluation", /argument of Head should be a sequence/],
    ["misspelt", /error in the configuration file at line 4/],
  ])("%s: what cannot be evaluated has failed, with what TLC says", (name, message) => {
    const { verdict } = read(name);
    expect(verdict.kind).toBe("failed");
    expect(verdict).toHaveProperty("message", expect.stringMatching(message));
  });

  test("a Java that does not start TLC", () => {
    const output = "Error: Could not find or load main class tlc2.TLC\n";
    expect(readTlcOutput(output).verdict).toEqual({ kind: "failed", message: output.trim() });
  });
});

test("what a specification prints is told apart from TLC's own messages", () => {
  const output = recorded("holds").replace(
    "@!@!@STARTMSG 2193",
    '<<"@replay", 1, 2>>\n@!@!@STARTMSG 2193',
  );
  expect(readTlcOutput(output).printed).toEqual(['<<"@replay", 1, 2>>']);
});
