import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-lint-"));
  const config = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  delete config.$schema;
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
  cpSync(join(ROOT, "scripts/lint"), join(folder, "scripts/lint"), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Puts a file there. */
function put(path: string, source: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
}

/** Lints `source` as if it stood at `path`; returns what Biome says, empty when it is content. */
function lint(path: string, source: string): string {
  put(path, source);
  try {
    execFileSync(process.execPath, [BIOME, "lint", path], {
      cwd: folder,
      encoding: "utf8",
      stdio: "pipe",
    });
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  } finally {
    rmSync(join(folder, path));
  }
}

test("files that import each other are refused, types included", () => {
  put("specs/a.ts", 'import type { B } from "./b.ts";\nexport interface A {\n  b: B;\n}\n');
  put("specs/b.ts", 'import type { C } from "./c.ts";\nexport interface B {\n  c: C;\n}\n');
  expect(lint("specs/c.ts", "export interface C {\n  n: number;\n}\n")).toBe("");
  const last = 'import type { A } from "./a.ts";\nexport interface C {\n  a: A;\n}\n';
  expect(lint("specs/c.ts", last)).toContain("noImportCycles");
});

describe("the rooms' rules are enforced", () => {
  const cases: ReadonlyArray<readonly [path: string, source: string, says: string]> = [
    ["impl/engine/x.ts", "export const x = Date.now();\n", "Clock port"],
    ["impl/engine/x.ts", "export const x = Math.random();\n", "Random port"],
    ["impl/session/x.ts", "export const x = setTimeout(() => {}, 1);\n", "no timers"],
    ["impl/commands/x.ts", "export const x = process.pid;\n", "use a port"],
    ["impl/resp/x.ts", "export const x = Promise.resolve();\n", "synchronous"],
    ["impl/server/server-core.ts", "export const x = performance.now();\n", "Clock port"],
    ["model/keyspace/x.ts", "export const x = Date.now();\n", "Clock port"],
    ["impl/engine/x.ts", 'import fs from "node:fs";\nexport const x = fs;\n', "no I/O"],
    ["impl/resp/x.ts", 'export { x } from "../engine/x.ts";\n', "imports only ports"],
    ["impl/engine/x.ts", 'export { x } from "../session/x.ts";\n', "imports only ports"],
    ["impl/structures/x.ts", 'export { x } from "../engine/keyspace.ts";\n', "engine's memory"],
    ["impl/geometry/x.ts", 'export { x } from "../engine/doubles.ts";\n', "imports nothing"],
    ["impl/gate/x.ts", 'export { x } from "../session/x.ts";\n', "gate imports only ports"],
    ["impl/replication/x.ts", 'export { x } from "../session/x.ts";\n', "imports only ports"],
    ["impl/session/x.ts", 'export { x } from "../commands/x.ts";\n', "imports only ports"],
    ["impl/engine/x.ts", 'export { x } from "../types/index.ts";\n', "imports only ports"],
    ["impl/rdb/x.ts", 'export { x } from "../types/index.ts";\n', "imports only ports"],
    ["impl/types/x.ts", 'export { x } from "../session/x.ts";\n', "imports only ports"],
    ["impl/types/string/x.ts", 'export { x } from "../../commands/x.ts";\n', "imports only ports"],
    ["impl/types/x.ts", 'export { randomBytes as x } from "node:crypto";\n', "Random port"],
    ["impl/types/x.ts", "export const x = Date.now();\n", "Clock port"],
    [
      "impl/commands/strings/x.ts",
      'export { x } from "../../server/x.ts";\n',
      "does not import server",
    ],
    ["impl/commands/x.ts", 'export { randomBytes as x } from "node:crypto";\n', "Random port"],
    ["impl/server/x.ts", 'export { x } from "../../model/keyspace/x.ts";\n', "judges"],
    ["impl/server/x.ts", 'export { x } from "../../testing/x.ts";\n', "judges"],
    ["impl/session/x.ts", 'export { x } from "../../testing/x.ts";\n', "imports only ports"],
    ["impl/server/assembly.ts", "export const x = performance.now();\n", "Clock port"],
    ["testing/x.ts", 'export { x } from "../sim/x.ts";\n', "imports impl only"],
    ["refinement/oracle/x.ts", 'export { x } from "../../sim/x.ts";\n', "below the simulator"],
    ["refinement/oracle/x.ts", 'export { x } from "../traces/x.ts";\n', "below the simulator"],
    ["sim/x.ts", 'export { x } from "../refinement/traces/x.ts";\n', "stands above it"],
    ["model/keyspace/x.ts", 'export { x } from "../../impl/engine/x.ts";\n', "shares nothing"],
  ];
  test.each(cases)("%s: %s", (path, source, says) => {
    expect(lint(path, source)).toContain(says);
  });

  test("what is allowed passes", () => {
    expect(lint("refinement/traces/x.ts", 'export { x } from "../../sim/x.ts";\n')).toBe("");
    expect(lint("sim/x.ts", 'export { x } from "../refinement/oracle/x.ts";\n')).toBe("");
    expect(lint("impl/session/x.ts", 'export { x } from "../engine/x.ts";\n')).toBe("");
    expect(lint("impl/engine/x.ts", 'import "node:assert/strict";\n')).toBe("");
    expect(lint("impl/structures/x.ts", 'export { x } from "../engine/arena.ts";\n')).toBe("");
    expect(lint("impl/types/hash/x.ts", 'export { x } from "../../engine/x.ts";\n')).toBe("");
    expect(lint("impl/types/x.ts", 'export { x } from "../rdb/x.ts";\n')).toBe("");
    expect(lint("impl/replication/x.ts", 'export { x } from "../types/index.ts";\n')).toBe("");
    expect(lint("impl/commands/x.ts", 'export { createHash as x } from "node:crypto";\n')).toBe("");
    expect(lint("impl/server/x.ts", "export const x = Date.now();\n")).toBe("");
    expect(lint("impl/session/x.test.ts", 'import "../../testing/x.ts";\n')).toBe("");
    expect(lint("testing/x.ts", 'export { x } from "../impl/session/x.ts";\n')).toBe("");
  });
});
