import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DIRECTIVES } from "../impl/config/directives.ts";
import { directivesPage } from "./docs-directives.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

test("docs/DIRECTIVES.md is what the declarations say", () => {
  expect(readFileSync(`${ROOT}docs/DIRECTIVES.md`, "utf8")).toBe(directivesPage());
});

/** Directives that the configuration itself acts on. */
const OF_THE_CONFIGURATION = ["dir", "enable-protected-configs"];

test("a directive is declared to have an effect exactly when code reads it", () => {
  const files = globSync("impl/**/*.ts", { cwd: ROOT }).filter(
    (path) => !path.startsWith("impl/config/") && !path.endsWith(".test.ts"),
  );
  const read = new Set(OF_THE_CONFIGURATION);
  for (const path of files) {
    const code = readFileSync(ROOT + path, "utf8");
    for (const [, name] of code.matchAll(/\.(?:get|follow|onChange)\(\s*"([\w-]+)"/g)) {
      read.add(name!);
    }
  }
  const names = DIRECTIVES.map(({ name }) => name);
  const declared = DIRECTIVES.filter(({ effect }) => effect !== undefined).map(({ name }) => name);
  expect(declared.sort()).toEqual(names.filter((name) => read.has(name)).sort());
});
