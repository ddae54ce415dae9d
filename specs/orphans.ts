/** Finds what stands on one side of the chain only: in a manifest, a specification, model or code. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { propertiesOf, readConfig } from "./cfg.ts";
import type { ActionEntry, Specification } from "./manifest.ts";

/** Every orphan of a specification, each in a sentence. `root` is the repository's folder. */
export async function orphansOf(spec: Specification, root: string): Promise<readonly string[]> {
  return [
    ...filesWithoutEntry(spec),
    ...propertiesWithoutCheck(spec),
    ...mutantsWithoutPlace(spec),
    ...actionsNeverTaken(spec),
    ...(await actionsWithoutModel(spec, root)),
    ...spec.actions.flatMap((action) => eventOrphan(spec, action, root)),
  ].map((orphan) => `${spec.spec}: ${orphan}`);
}

function filesWithoutEntry({ folder, modules, configurations }: Specification): string[] {
  const found = readdirSync(folder);
  const expected = new Set([
    ...modules.flatMap((module) => [`${module}.tla`, `${module}.cfg`]),
    ...configurations.map(({ config }) => config),
  ]);
  const extra = found.filter((file) => /\.(tla|cfg)$/.test(file) && !expected.has(file));
  const needed = [
    ...modules.map((module) => `${module}.tla`),
    ...configurations.map(({ config }) => config),
  ];
  return [
    ...extra.map((file) => `${file} is not in the manifest`),
    ...needed.filter((file) => !found.includes(file)).map((file) => `${file} does not exist`),
    ...repeated(configurations.map(({ name }) => name)).map((name) => `two configurations ${name}`),
  ];
}

/** The properties that a configuration's file lists, by the configuration's name. */
function checkedProperties({ folder, configurations }: Specification): Map<string, string[]> {
  return new Map(
    configurations.map(({ name, config }) => {
      const path = join(folder, config);
      return [name, existsSync(path) ? propertiesOf(readConfig(readFileSync(path, "utf8"))) : []];
    }),
  );
}

function propertiesWithoutCheck(spec: Specification): string[] {
  const checked = checkedProperties(spec);
  const names = spec.properties.map(({ name }) => name);
  const onEveryCommit = new Set(
    spec.configurations
      .filter(({ lane }) => lane === "commit")
      .flatMap(({ name }) => checked.get(name) ?? []),
  );
  const unknown = [...checked].flatMap(([configuration, properties]) =>
    properties
      .filter((property) => !names.includes(property))
      .map((property) => `${configuration} checks ${property}, which is not in the manifest`),
  );
  return [
    ...unknown,
    ...names
      .filter((name) => !onEveryCommit.has(name))
      .map((name) => `no configuration of every commit checks property ${name}`),
    ...spec.properties
      .filter(({ mutants }) => mutants.length === 0)
      .map(({ name }) => `property ${name} has no mutant`),
    ...repeated(names).map((name) => `two properties ${name}`),
  ];
}

function mutantsWithoutPlace(spec: Specification): string[] {
  const checked = checkedProperties(spec);
  const orphans = spec.properties.flatMap((property) =>
    property.mutants
      .filter(({ configuration }) => !checked.get(configuration)?.includes(property.name))
      .map(
        ({ name, configuration }) => `mutant ${name}: ${configuration} checks no ${property.name}`,
      ),
  );
  const names = spec.properties.flatMap(({ mutants }) => mutants.map(({ name }) => name));
  return [...orphans, ...repeated(names).map((name) => `two mutants ${name}`)];
}

function actionsNeverTaken({ actions, configurations }: Specification): string[] {
  return actions
    .filter(({ name, instances }) =>
      (instances ?? [name]).some((label) =>
        configurations
          .filter(({ lane }) => lane === "commit")
          .every(({ untaken }) => untaken?.[label] !== undefined),
      ),
    )
    .map(({ name }) => `action ${name} is taken in no configuration of every commit`);
}

async function actionsWithoutModel(spec: Specification, root: string): Promise<string[]> {
  const names = spec.actions.map(({ name }) => name);
  const path = join(root, spec.actionsModule);
  if (!existsSync(path)) return [`there is no model ${spec.actionsModule}`];
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const functions = Object.keys(module).filter((name) => typeof module[name] === "function");
  return [
    ...names
      .filter((name) => !functions.includes(name))
      .map((name) => `action ${name} has no function in ${spec.actionsModule}`),
    ...functions
      .filter((name) => !names.includes(name))
      .map((name) => `${spec.actionsModule} exports ${name}, which is no action`),
    ...repeated(names).map((name) => `two actions ${name}`),
  ];
}

/** Where the steps of an action are announced, by who takes them. */
const ROOMS = { impl: "impl", sim: "sim" } as const;

function eventOrphan(spec: Specification, action: ActionEntry, root: string): string[] {
  const { name, event } = action;
  if (event !== "test") {
    const announced = sourcesOf(join(root, ROOMS[event])).some((text) =>
      announces(text, spec.spec, name),
    );
    return announced ? [] : [`action ${name} has no event in ${ROOMS[event]}`];
  }
  if (action.test === undefined || action.why === undefined) {
    return [`action ${name} has no event, and no test or no reason instead`];
  }
  const path = join(root, action.test);
  const tested = existsSync(path) && new RegExp(`\\b${name}\\b`).test(readFileSync(path, "utf8"));
  return tested ? [] : [`action ${name} is not in its test ${action.test}`];
}

function announces(text: string, spec: string, action: string): boolean {
  return new RegExp(`\\bstep\\(\\s*"${spec}"`).test(text) && text.includes(`"${action}"`);
}

const sources = new Map<string, readonly string[]>();

/** The TypeScript files of a room, tests left out. */
function sourcesOf(folder: string): readonly string[] {
  let texts = sources.get(folder);
  if (texts === undefined) {
    const files = existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: "utf8" })
      : [];
    texts = files
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => readFileSync(join(folder, file), "utf8"));
    sources.set(folder, texts);
  }
  return texts;
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
