/** Reads the state graph that TLC writes with `-dump dot,actionlabels`, line by line. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Graph, type States } from "./graph.ts";

/** A dump that is not what TLC writes, or that holds more than the graph. */
export class NotADump extends Error {
  override readonly name = "NotADump";
}

const STATE = /^(-?\d+) \[label="(.*)"(,style = filled)?\];?$/;
const EDGE = /^(-?\d+) -> (-?\d+) \[label="([^"]*)"([^\]]*)\];?$/;
const FRAME =
  /^(strict digraph \w+ \{|nodesep=.*|subgraph cluster_graph \{|color="white";|\{rank = same;.*\}|\}|)$/;

/**
 * The graph of a dump. Initial states are the filled ones; self-loops of actions are edges.
 *
 * @throws NotADump on a line that it does not know (a stuttering edge among them: the
 *   configuration then had a PROPERTY), on an edge to a state that is not there, and on two
 *   different states in one (which VIEW and SYMMETRY make).
 */
export async function readDump(path: string, states: States): Promise<Graph> {
  return await readDumpLines(
    createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }),
    states,
  );
}

/** The same, of lines. */
export async function readDumpLines(
  lines: AsyncIterable<string> | Iterable<string>,
  states: States,
): Promise<Graph> {
  const graph = new Graph();
  const keys = new Map<string, string>();
  const waiting: [from: string, label: string, to: string][] = [];
  let closed = false;
  for await (const line of lines) {
    if (line.includes(" -> ") && readEdge(line, keys, waiting, graph)) continue;
    const state = STATE.exec(line);
    if (state !== null) addState(state, keys, states, graph);
    else if (!FRAME.test(line)) throw new NotADump(`not a line of a state graph: ${line}`);
    closed = line === "}";
  }
  if (!closed) throw new NotADump("the dump ends before its last line");
  for (const [from, label, to] of waiting) {
    graph.addEdge(known(keys, from), label, known(keys, to));
  }
  return graph;
}

/** TLC writes an edge to a new state before the state. */
function readEdge(
  line: string,
  keys: ReadonlyMap<string, string>,
  waiting: [string, string, string][],
  graph: Graph,
): boolean {
  const edge = EDGE.exec(line);
  if (edge === null) return false;
  const [, from, to, label, style] = edge as unknown as [string, string, string, string, string];
  if (style.includes("dashed")) throw new NotADump("a stuttering edge: dump without a PROPERTY");
  const source = keys.get(from);
  const target = keys.get(to);
  if (source === undefined || target === undefined) waiting.push([from, label, to]);
  else graph.addEdge(source, label, target);
  return true;
}

function addState(
  match: RegExpExecArray,
  keys: Map<string, string>,
  states: States,
  graph: Graph,
): void {
  const [, id, label, filled] = match as unknown as [string, string, string, string?];
  const key = states.keyOfText(unescaped(label));
  const present = keys.get(id);
  if (present === undefined && graph.has(key)) {
    throw new NotADump(`one state has two numbers, ${id} among them`);
  }
  if (present !== undefined && present !== key) throw new NotADump(`two states have number ${id}`);
  keys.set(id, key);
  if (filled === undefined) graph.addState(key);
  else graph.addInitial(key);
}

function known(keys: ReadonlyMap<string, string>, id: string): string {
  const key = keys.get(id);
  if (key === undefined) throw new NotADump(`an edge touches state ${id}, which is not there`);
  return key;
}

/** Undoes the escapes of a label in the dot language, as TLC writes them. */
function unescaped(label: string): string {
  return label.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
}
