/** The manifest: what each specification says, how it is checked, and what it corresponds to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Schema } from "effect";

const { Array: List, Boolean: Bool, Literals, NonEmptyString: Text, optionalKey } = Schema;

const Count = Schema.Int.check(Schema.isGreaterThan(0));
/** A text, or its lines. */
const Lines = Schema.Union([Text, List(Schema.String)]);

const Configuration = Schema.Struct({
  name: Text,
  /** The root module, without `.tla`, and the configuration's file. */
  module: Text,
  config: Text,
  /** Whether it runs on every commit or only in the full run. */
  lane: Literals(["commit", "full"]),
  /** The exact size of the state space. */
  distinct: Count,
  generated: Count,
  depth: Count,
  verdict: Literals(["holds"]),
  /** Whether a state without a successor is a failure. */
  deadlock: Bool,
  /** Actions that cannot happen at these bounds, each with the reason. */
  untaken: optionalKey(Schema.Record(Schema.String, Text)),
  /** What the model calls these bounds: then the model's graph must equal the specification's. */
  bounds: optionalKey(Text),
});

const Mutant = Schema.Struct({
  name: Text,
  /** The configuration in which it must violate its property. */
  configuration: Text,
  /** What is wrong with it, in a sentence. */
  says: Text,
  /** The file that is edited; `find` occurs exactly once in it. */
  file: Text,
  find: Lines,
  replace: Lines,
});

const Property = Schema.Struct({
  name: Text,
  kind: Literals(["invariant", "action", "temporal", "refinement"]),
  /** What it promises, in a sentence. */
  says: Text,
  mutants: List(Mutant),
});

const Action = Schema.Struct({
  name: Text,
  /** The names under which TLC knows it, where they differ: one for each named instance. */
  instances: optionalKey(List(Text)),
  /** Who takes the step when the product runs: the server, its simulated surroundings, or neither. */
  event: Literals(["impl", "sim", "test"]),
  /** For `test`: the test that holds the action, and why there is no event. */
  test: optionalKey(Text),
  why: optionalKey(Text),
});

const Spec = Schema.Struct({
  spec: Text,
  /** The module that states the protocol. */
  module: Text,
  /** Every module in the folder. */
  modules: List(Text),
  /** The model: the module with one function for each action, and the one with `machine(bounds)`. */
  actionsModule: Text,
  machineModule: Text,
  configurations: List(Configuration),
  properties: List(Property),
  actions: List(Action),
});

const Index = Schema.Struct({ specs: List(Text) });

/** One specification. */
export type SpecEntry = typeof Spec.Type;
/** One way to check a specification: bounds, properties and the result that is expected. */
export type ConfigurationEntry = typeof Configuration.Type;
/** Something that a specification promises. */
export type PropertyEntry = typeof Property.Type;
/** A change of a specification that must break the property it belongs to. */
export type MutantEntry = typeof Mutant.Type;
/** An action of a specification. */
export type ActionEntry = typeof Action.Type;

/** A specification with the folder that its modules are in. */
export interface Specification extends SpecEntry {
  readonly folder: string;
}

/** The specifications that `manifest.json` in a folder names. */
export function specificationNames(root: string): readonly string[] {
  return decode(Index, join(root, "manifest.json")).specs;
}

/**
 * The specifications that `manifest.json` in a folder names, each read from `manifest.json` in
 * its own folder.
 *
 * @param only the specifications wanted; all when the list is empty
 * @throws Error when a manifest is not of its shape; keys that nobody reads are an error too
 */
export function readManifest(root: string, only: readonly string[] = []): readonly Specification[] {
  const specs = specificationNames(root);
  const unknown = only.filter((name) => !specs.includes(name));
  if (unknown.length > 0) throw new Error(`no specification is called ${unknown.join(" or ")}`);
  const wanted = specs.filter((name) => only.length === 0 || only.includes(name));
  return wanted.map((name) => {
    const folder = join(root, name);
    return { ...decode(Spec, join(folder, "manifest.json")), folder };
  });
}

function decode<S extends Schema.ConstraintDecoder<unknown>>(schema: S, path: string): S["Type"] {
  try {
    const json: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Schema.decodeUnknownSync(schema, { onExcessProperty: "error" })(json);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The names under which TLC knows an action. */
export function labelsOf(action: ActionEntry): readonly string[] {
  return action.instances ?? [action.name];
}
