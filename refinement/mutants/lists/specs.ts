/** What runs TLC, judges it and compares graphs, blinded in one eye. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const OUTPUT = unit("specs/tlc-output.test.ts");
const JUDGE = unit("specs/judge.test.ts");
const MUTATION = unit("specs/mutation.test.ts");
const ORPHANS = unit("specs/orphans.test.ts");
const COMPARE = unit("refinement/graph/compare.test.ts");
const VALUE = unit("refinement/graph/value.test.ts");
const DOT = unit("refinement/graph/dot.test.ts");

/** The mutants of the checks of specifications. */
export const specsMutants: readonly Mutant[] = [
  {
    name: "graphs-compared-without-edges",
    room: "refinement",
    find: "  return [...from.edgesOf(key)].filter(",
    replace: "  return [...from.edgesOf(key)].filter(({ to }) => !other?.has(to)).filter(",
    breaks: "pnpm refine:graph compares the states and not the edges between them",
    checks: [COMPARE],
  },
  {
    name: "graphs-compared-one-way",
    room: "refinement",
    find: '    { only: "model", graph: model, other: specification },\n',
    replace: "",
    breaks: "pnpm refine:graph does not notice what only the model does",
    checks: [COMPARE],
  },
  {
    name: "graph-edges-without-labels",
    room: "refinement",
    find: "this.#labelOf(label) * 2 ** 32",
    replace: 'this.#labelOf("") * 2 ** 32',
    breaks: "pnpm refine:graph takes one action for another",
    checks: [COMPARE, DOT],
    onlyInFull: true,
  },
  {
    name: "graph-without-self-loops",
    room: "refinement",
    find: "          graph.addEdge(key, labelOf(action), to);\n",
    replace: "          if (to !== key) graph.addEdge(key, labelOf(action), to);\n",
    breaks: "the model's steps that change nothing are not compared",
    checks: [COMPARE],
    onlyInFull: true,
  },
  {
    name: "sets-compared-in-order",
    room: "refinement",
    find: "  texts.sort();\n",
    replace: "",
    breaks: "one set in two orders is two values",
    checks: [VALUE],
  },
  {
    name: "dump-may-end-anywhere",
    room: "refinement",
    find: '    closed = line === "}";\n',
    replace: "    closed = true;\n",
    breaks: "a state graph that was cut off is taken for the whole",
    checks: [DOT],
    onlyInFull: true,
  },
  {
    name: "unfinished-run-holds",
    room: "refinement",
    find: "    if (last(messages, end) !== undefined) return",
    replace: "    if (messages.length >= 0) return",
    breaks: "a run of TLC that was cut short counts as passed",
    checks: [OUTPUT],
  },
  {
    name: "spec-mutant-may-pass",
    room: "refinement",
    find: '  if (verdict.kind === "holds") return `passes',
    replace:
      '  if (verdict.kind === "holds") return null; else if (verdict.kind === "deadlock") return `passes',
    breaks: "a mutant of a specification that nothing notices is fine",
    checks: [JUDGE],
  },
  {
    name: "spec-mutant-violates-anything",
    room: "refinement",
    find: "verdict.property === null || verdict.property === property.name",
    replace: "verdict.property === null || verdict.property !== null",
    breaks: "a mutant of a specification may violate another property than its own",
    checks: [JUDGE],
    onlyInFull: true,
  },
  {
    name: "spec-mutant-does-not-apply",
    room: "refinement",
    find: "  if (count !== 1) {\n",
    replace: "  if (count > 1) {\n",
    breaks: "a mutant that does not fit the specification is run all the same",
    checks: [MUTATION],
  },
  {
    name: "spec-actions-never-taken",
    room: "refinement",
    find: "else if (taken === 0 && !excused)",
    replace: "else if (taken < 0 && !excused)",
    breaks: "an action of a specification that is never taken is not noticed",
    checks: [JUDGE],
  },
  {
    name: "model-function-may-be-orphan",
    room: "refinement",
    find: "      .filter((name) => !functions.includes(name))",
    replace: '      .filter((name) => functions.includes(name) && name === "")',
    breaks: "an action of a specification needs no function in the model",
    checks: [ORPHANS],
    onlyInFull: true,
  },
];
