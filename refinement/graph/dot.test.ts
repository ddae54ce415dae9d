import { describe, expect, test } from "vitest";
import { NotADump, readDumpLines } from "./dot.ts";
import { type Graph, States } from "./graph.ts";

/** A dump as TLC writes it: one initial state, an edge, a self-loop, and the edge back. */
const DUMP = [
  "strict digraph DiskGraph {",
  "nodesep=0.35;",
  "subgraph cluster_graph {",
  'color="white";',
  '86 [label="/\\\\ x = 0\\n/\\\\ s = \\"a\\\\\\\\b\\"",style = filled]',
  '86 -> -23 [label="Up",color="black",fontcolor="black"];',
  '-23 [label="/\\\\ x = 1\\n/\\\\ s = \\"\\""];',
  '-23 -> -23 [label="Stay",color="black",fontcolor="black"];',
  '-23 -> 86 [label="Down",color="black",fontcolor="black"];',
  '-23 -> 86 [label="Down",color="black",fontcolor="black"];',
  "{rank = same; 86;}",
  "{rank = same; -23;}",
  "}",
  "}",
];

function read(lines: readonly string[], states = new States()): Promise<Graph> {
  return readDumpLines(lines, states);
}

function changed(from: string, to: string): string[] {
  const lines = DUMP.map((line) => line.replace(from, to));
  expect(lines).not.toEqual(DUMP);
  return lines;
}

describe("a dump", () => {
  test("is read into states and edges, self-loops included, each edge once", async () => {
    const states = new States();
    const graph = await read(DUMP, states);
    const [up, down] = graph.states;
    expect([...graph.initial]).toEqual([up]);
    expect(Object.fromEntries(states.describe(up!))).toEqual({ s: '"a\\\\b"', x: "0" });
    expect([...graph.edgesOf(up!)]).toEqual([{ label: "Up", to: down }]);
    expect([...graph.edgesOf(down!)]).toEqual([
      { label: "Stay", to: down },
      { label: "Down", to: up },
    ]);
    expect(graph.edgeCount).toBe(3);
    expect(graph.labels).toEqual(["Stay", "Down", "Up"]);
  });

  test("has no stuttering edges", async () => {
    await expect(
      read(changed('"Stay",color="black"', '"Stay",style="dashed",color="black"')),
    ).rejects.toThrow("a stuttering edge: dump without a PROPERTY");
  });

  test("has no line that is not understood, and none too few", async () => {
    await expect(read(changed("nodesep=0.35;", "what;"))).rejects.toThrow(NotADump);
    await expect(read(changed('[label="Up"', "[Up"))).rejects.toThrow(
      /not a line of a state graph/,
    );
    await expect(read(DUMP.slice(0, -2))).rejects.toThrow("ends before its last line");
    await expect(read([])).rejects.toThrow("ends before its last line");
  });

  test("has every state that its edges touch", async () => {
    const without = DUMP.filter((line) => !line.startsWith("-23 [label"));
    await expect(read(without)).rejects.toThrow("an edge touches state -23, which is not there");
  });

  test("has one number for each state, and the same variables in all", async () => {
    const twice = [...DUMP.slice(0, 5), DUMP[4]!.replace("86", "87"), ...DUMP.slice(5)];
    await expect(read(twice)).rejects.toThrow("one state has two numbers");
    const other = [...DUMP.slice(0, 7), DUMP[6]!.replace("x = 1", "x = 2"), ...DUMP.slice(7)];
    await expect(read(other)).rejects.toThrow("two states have number -23");
    await expect(read(changed("x = 1", "y = 1"))).rejects.toThrow(/another had s,x/);
  });
});
