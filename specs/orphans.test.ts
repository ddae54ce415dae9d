import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SPECS } from "./files.ts";
import { readManifest, type Specification } from "./manifest.ts";
import { orphansOf } from "./orphans.ts";

const root = join(SPECS, "fixtures");
const [toy] = readManifest(root);

function orphans(change: Partial<Specification>): Promise<readonly string[]> {
  return orphansOf({ ...toy!, ...change }, root);
}

test("the toy has none", async () => {
  expect(await orphans({})).toEqual([]);
});

describe("an orphan", () => {
  const { actions, properties, configurations, modules } = toy!;
  const [typeOk, ...otherProperties] = properties;
  const [bounds] = configurations;

  test("file of the specification, or entry without file", async () => {
    expect(await orphans({ modules: [] })).toContain("toy: Toy.tla is not in the manifest");
    expect(await orphans({ modules: [...modules, "None"] })).toEqual([
      "toy: None.tla does not exist",
    ]);
    const moved = [{ ...bounds!, config: "None.cfg" }];
    expect(await orphans({ configurations: moved })).toContain("toy: None.cfg does not exist");
  });

  test("action of the specification without function of the model", async () => {
    const more = [...actions, { name: "Steal", event: "impl" as const }];
    expect(await orphans({ actions: more })).toEqual([
      "toy: action Steal has no function in toy/actions.ts",
      "toy: action Steal has no event in impl",
    ]);
    expect(await orphans({ actionsModule: "toy/none.ts" })).toEqual([
      "toy: there is no model toy/none.ts",
    ]);
  });

  test("function of the model without action of the specification", async () => {
    const fewer = actions.filter(({ name }) => name !== "Peek");
    expect(await orphans({ actions: fewer })).toEqual([
      "toy: toy/actions.ts exports Peek, which is no action",
    ]);
  });

  test("action without event or test", async () => {
    const changed = (name: string, entry: object) =>
      orphans({ actions: actions.map((a) => (a.name === name ? { ...a, ...entry } : a)) });
    expect(await changed("Ask", { event: "impl" })).toEqual([
      "toy: action Ask has no event in impl",
    ]);
    expect(await changed("Grant", { event: "sim" })).toEqual([
      "toy: action Grant has no event in sim",
    ]);
    expect(await changed("Peek", { why: undefined })).toEqual([
      "toy: action Peek has no event, and no test or no reason instead",
    ]);
    expect(await changed("Peek", { test: "toy/machine.test.ts" })).toEqual([
      "toy: action Peek is not in its test toy/machine.test.ts",
    ]);
  });

  test("property without mutant, or that nothing checks", async () => {
    const unkilled = [{ ...typeOk!, mutants: [] }, ...otherProperties];
    expect(await orphans({ properties: unkilled })).toEqual(["toy: property TypeOK has no mutant"]);
    const more = [...properties, { ...typeOk!, name: "Fair", mutants: [] }];
    expect(await orphans({ properties: more })).toContain(
      "toy: no configuration of every commit checks property Fair",
    );
    const rare = [{ ...bounds!, lane: "full" as const }];
    expect(await orphans({ configurations: rare })).toContain(
      "toy: no configuration of every commit checks property TypeOK",
    );
  });

  test("property of a configuration that is not in the manifest", async () => {
    expect(await orphans({ properties: otherProperties })).toEqual([
      "toy: two-clients checks TypeOK, which is not in the manifest",
    ]);
  });

  test("mutant of a configuration that does not check its property", async () => {
    const [mutant] = typeOk!.mutants;
    const lost = { ...typeOk!, mutants: [{ ...mutant!, configuration: "none" }] };
    expect(await orphans({ properties: [lost, ...otherProperties] })).toEqual([
      "toy: mutant owner-is-a-queue: none checks no TypeOK",
    ]);
  });

  test("action that no configuration of every commit takes", async () => {
    const untaken = { Peek: "not here" };
    expect(await orphans({ configurations: [{ ...bounds!, untaken }] })).toEqual([
      "toy: action Peek is taken in no configuration of every commit",
    ]);
  });
});

describe("a manifest", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "veridis-manifest-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is asked only for specifications that it names", () => {
    expect(readManifest(root, ["toy"]).map(({ spec }) => spec)).toEqual(["toy"]);
    expect(() => readManifest(root, ["toy", "tie"])).toThrow("no specification is called tie");
  });

  test("has no key that nobody reads, and lacks none", () => {
    writeFileSync(join(folder, "manifest.json"), '{ "specs": [], "spec": [] }');
    expect(() => readManifest(folder)).toThrow(/manifest\.json: .*\n?.*"spec"/);
    writeFileSync(join(folder, "manifest.json"), "{}");
    expect(() => readManifest(folder)).toThrow(/specs/);
    writeFileSync(join(folder, "manifest.json"), "{");
    expect(() => readManifest(folder)).toThrow(/JSON/);
  });
});
