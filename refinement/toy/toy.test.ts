/**
 * That a type of value and a family of commands need one folder on each side and one entry in each
 * record, and that the compiler names an entry that is missing: a toy type (`tally`) with a toy
 * family (`marks`) is added to a copy of the sources, by the steps that CONTRIBUTING.md tells.
 */
import { execFile } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OVERLAY = fileURLToPath(new URL("overlay", import.meta.url));

/** What the toy consists of. */
const FILES = globSync("**/*.ts", { cwd: OVERLAY }).sort();

/** The records that it enters: the import that this needs, and the entry. */
const ENTRIES: Readonly<Record<string, readonly [imported: string, entry: string]>> = {
  "impl/types/index.ts": ['import { tallyType } from "./tally/index.ts";', "  tally: tallyType,"],
  "impl/commands/index.ts": ['import { marks } from "./marks/index.ts";', "  marks,"],
  "model/keyspace/types.ts": [
    'import { TallyValue } from "./marks/value.ts";',
    "  tally: TallyValue,",
  ],
  "model/keyspace/commands.ts": [
    'import { markCommands } from "./marks/index.ts";',
    "  marks: markCommands,",
  ],
  "refinement/types/index.ts": ['import { tallyView } from "./tally.ts";', "  tally: tallyView,"],
  "refinement/generators/commands.ts": ['import { marks } from "./marks/index.ts";', "  marks,"],
  "impl/types/types.test.ts": ["", "  tally: [],"],
};

/** What is copied, and what of it is compiled. */
const COPIED = [
  "impl",
  "model",
  "refinement",
  "testing",
  "scripts",
  "package.json",
  "tsconfig.json",
];
const COMPILED = [
  "impl/server/cli.ts",
  "impl/ports/web-assembly.d.ts",
  "impl/types",
  "refinement/families.ts",
  "refinement/types",
  "refinement/refine/run.ts",
];
const LIMIT_MS = 120_000;

let tree: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "veridis-toy-"));
  for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
  cpSync(OVERLAY, tree, { recursive: true });
  for (const file of Object.keys(ENTRIES)) enter(file);
  const config = { extends: "./tsconfig.json", include: COMPILED };
  writeFileSync(join(tree, "tsconfig.toy.json"), JSON.stringify(config));
});

afterAll(() => rmSync(tree, { recursive: true }));

/** Puts the toy into a record: the first one of the file. */
function enter(file: string): void {
  const text = readFileSync(join(ROOT, file), "utf8");
  const [imported, entry] = ENTRIES[file]!;
  const end = /^\}(?: as const)?;$/m.exec(text)!.index;
  writeFileSync(join(tree, file), `${imported}\n${text.slice(0, end)}${entry}\n${text.slice(end)}`);
}

/** Takes it out again. */
function leave(file: string): void {
  cpSync(join(ROOT, file), join(tree, file));
}

/** Runs Node on a program of the tree. */
function node(...args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: tree, encoding: "utf8" }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

const compile = () => node("node_modules/typescript/bin/tsc", "--project", "tsconfig.toy.json");

/** The files that the compiler complains of while the toy lacks what lies at such paths. */
async function complaintsWithout(paths: RegExp): Promise<readonly string[]> {
  const files = FILES.filter((file) => paths.test(file));
  const entries = Object.keys(ENTRIES).filter((file) => paths.test(file));
  for (const file of files) rmSync(join(tree, file));
  for (const file of entries) leave(file);
  const { output } = await compile();
  for (const file of files) cpSync(join(OVERLAY, file), join(tree, file));
  for (const file of entries) enter(file);
  const named = output.matchAll(/^(\S+?)\(\d+,\d+\): error/gm);
  return [...new Set(Array.from(named, ([, file]) => file!))].sort();
}

test("CONTRIBUTING.md tells of every file that it takes, and of no other", () => {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const section = /^## Adding a type of value\b[\s\S]*?(?=^## )/m.exec(text)![0];
  const told = new Set(
    [...section.matchAll(/`((?:impl|model|refinement)\/[^`]+\.ts)`/g)].map(([, path]) => path!),
  );
  expect([...told].sort()).toEqual([...FILES, ...Object.keys(ENTRIES)].sort());
});

describe("with all of it", () => {
  test("it compiles", { timeout: LIMIT_MS }, async () => {
    expect(await compile()).toEqual({ code: 0, output: "" });
  });

  test("the server's toy does what the model's does, among all other commands on data", {
    timeout: LIMIT_MS,
  }, async () => {
    const families = "marks,strings,keys,databases,transactions";
    const size = ["--families", families, "--steps", "3000", "--seed", "1"];
    const { code, output } = await node("refinement/refine/run.ts", ...size);
    expect(output).toMatch(/^refine: \d+ steps agree/m);
    expect(code).toBe(0);
  });
});

/** What the toy lacks, by the paths of it, and the files in which the compiler says so. */
const LACKING: readonly (readonly [what: string, paths: RegExp, said: readonly string[]])[] = [
  [
    "everything but the server's part",
    /^(?:model|refinement)\/|types\.test/,
    [
      "impl/types/types.test.ts",
      "refinement/abstraction/keyspace.ts",
      "refinement/families.ts",
      "refinement/generators/commands.ts",
    ],
  ],
  [
    "the checks' part",
    /^refinement\//,
    ["refinement/generators/commands.ts", "refinement/types/index.ts"],
  ],
  ["the model's family", /^model\/keyspace\/commands/, ["refinement/families.ts"]],
  [
    "the server's type",
    /^impl\/types\/index/,
    ["impl/types/types.test.ts", "refinement/families.ts"],
  ],
  ["the server's family", /^impl\/commands\/index/, ["refinement/generators/commands.ts"]],
];

describe("the compiler names every place that lacks something, without", () => {
  test.each(LACKING)("%s", { timeout: LIMIT_MS }, async (_, paths, said) => {
    expect(await complaintsWithout(paths)).toEqual(said);
  });
});
