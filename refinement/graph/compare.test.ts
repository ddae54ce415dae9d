import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Machine, TlaState } from "../../model/machine.ts";
import { SPECS } from "../../specs/files.ts";
import { readManifest, type Specification } from "../../specs/manifest.ts";
import { compareGraphs, comparisonsOf } from "./check.ts";
import { compare, describeDifference } from "./compare.ts";
import { explore } from "./explore.ts";
import { States } from "./graph.ts";
import { replay } from "./replay.ts";

/** A counter that goes up to 3 and back to 0, and can be looked at. */
function counter(change: Partial<Record<"Up" | "Reset" | "Look", (n: number) => number[]>> = {}) {
  const moves = {
    Up: (n: number) => (n < 3 ? [n + 1] : []),
    Reset: (n: number) => (n === 3 ? [0] : []),
    Look: (n: number) => [n],
    ...change,
  };
  const machine: Machine<number> = {
    initial: () => [0],
    actions: Object.entries(moves).map(([label, successors]) => ({
      ...{ action: successors, label, successors },
    })),
    encode: (n) => ({ n }),
  };
  return machine;
}

function difference(model: Machine<number>): string {
  const states = new States();
  const result = compare(explore(counter(), states, 100), explore(model, states, 100));
  return result.difference === null ? "equal" : describeDifference(result.difference, states);
}

describe("two graphs", () => {
  test("are equal, self-loops included", () => {
    const states = new States();
    const result = compare(explore(counter(), states, 100), explore(counter(), states, 100));
    expect(result).toMatchObject({ states: 4, edges: 8, difference: null });
  });

  test("differ by a state, which is told with a shortest path to it", () => {
    expect(difference(counter({ Up: (n) => (n < 4 ? [n + 1] : []) }))).toBe(
      [
        "Only the model has the last step, the specification does not:",
        "  1. Initially\n       n = 0",
        "  2. Up\n       n = 1",
        "  3. Up\n       n = 2",
        "  4. Up\n       n = 3",
        "  5. Up\n       n = 4",
      ].join("\n"),
    );
    expect(difference(counter({ Up: (n) => (n < 2 ? [n + 1] : []) }))).toMatch(
      /^Only the specification .*\n {2}1.*\n.*\n {2}2.*\n.*\n {2}3.*\n.*\n {2}4\. Up\n {7}n = 3$/,
    );
  });

  test("differ by an edge between states that both have", () => {
    expect(difference(counter({ Reset: (n) => (n >= 2 ? [0] : []) }))).toMatch(
      /^Only the model .*n = 2\n {2}4\. Reset\n {7}n = 0$/s,
    );
  });

  test("differ by a self-loop", () => {
    expect(difference(counter({ Look: (n) => (n === 0 ? [] : [n]) }))).toMatch(
      /^Only the specification .*\n {2}1\. Initially\n.*\n {2}2\. Look: nothing changes$/,
    );
  });

  test("differ by a label alone", () => {
    expect(
      difference(counter({ Look: () => [], Up: (n) => [n, ...(n < 3 ? [n + 1] : [])] })),
    ).toMatch(/^Only the specification .*Look: nothing changes$/s);
  });

  test("differ by an initial state", () => {
    const two = { ...counter(), initial: () => [0, 2] };
    expect(difference(two)).toBe(
      "Only the model has this initial state:\n  1. Initially\n       n = 2",
    );
  });

  test("differ in their variables", () => {
    const renamed = { ...counter(), encode: (n: number): TlaState => ({ m: n }) };
    expect(() => difference(renamed)).toThrow("a state has the variables m, another had n");
  });

  test("are not compared when the model runs away", () => {
    expect(() => explore(counter({ Up: (n) => [n + 1] }), new States(), 50)).toThrow(
      "the model has more than 50 states",
    );
  });
});

describe("a behaviour", () => {
  const steps = [
    { action: null, state: { n: 0 } },
    { action: "Look", state: { n: 0 } },
    { action: "Up", state: { n: 1 } },
  ];

  test("is one of the model, or leaves it at a step", () => {
    expect(replay(counter(), steps)).toBeNull();
    expect(replay(counter(), [...steps, { action: "Up", state: { n: 3 } }])).toBe(4);
    expect(replay(counter(), [...steps, { action: "Look", state: { n: 2 } }])).toBe(4);
    expect(replay(counter(), [{ action: null, state: { n: 1 } }])).toBe(1);
  });
});

describe("the toy's specification and its model", () => {
  const root = join(SPECS, "fixtures");
  const [toy] = readManifest(root);
  const all = { full: false, configuration: [] };
  const [comparison] = comparisonsOf([toy!], all);

  test("have equal graphs", async () => {
    expect(await compareGraphs(comparison!, root)).toEqual({
      states: 49,
      edges: 96,
      failure: null,
    });
  });

  test("have different graphs at different bounds", async () => {
    const { failure } = await compareGraphs({ ...comparison!, bounds: "1" }, root);
    expect(failure).toMatch(/^only the specification has 33 states and 68 edges, only the model 0/);
  });

  test("are not compared with an action that is not the manifest's", async () => {
    const actions = toy!.actions.map((action) =>
      action.name === "Peek" ? { ...action, instances: ["PeekA"] } : action,
    );
    const { failure } = await compareGraphs({ ...comparison!, spec: { ...toy!, actions } }, root);
    expect(failure).toBe("the machine's Peek is no instance of an action in the manifest");
  });

  test("are chosen by lane, by name, and by having bounds", () => {
    const [bounds] = toy!.configurations;
    const { bounds: _, ...unbounded } = bounds!;
    const of = (spec: Partial<Specification>, chosen = {}) =>
      comparisonsOf([{ ...toy!, ...spec }], { ...all, ...chosen }).length;
    expect(of({})).toBe(1);
    expect(of({ configurations: [unbounded] })).toBe(0);
    expect(of({ configurations: [{ ...bounds!, lane: "full" }] })).toBe(0);
    expect(of({ configurations: [{ ...bounds!, lane: "full" }] }, { full: true })).toBe(1);
    expect(of({}, { configuration: ["other"] })).toBe(0);
  });
});
