import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIOME = join(ROOT, "node_modules/.bin/biome");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-lint-"));
  const config = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  delete config.$schema;
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
  cpSync(join(ROOT, "scripts/lint"), join(folder, "scripts/lint"), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Lints `source` as if it stood at `path`; returns what Biome says, empty when it is content. */
function lint(path: string, source: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  try {
    execFileSync(BIOME, ["lint", path], { cwd: folder, encoding: "utf8", stdio: "pipe" });
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  }
}

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
    ["model/keyspace/x.ts", 'export { x } from "../../impl/engine/x.ts";\n', "shares nothing"],
  ];
  test.each(cases)("%s: %s", (path, source, says) => {
    expect(lint(path, source)).toContain(says);
  });

  test("what is allowed passes", () => {
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
