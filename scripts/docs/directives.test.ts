import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DIRECTIVES } from "../../impl/config/directives.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Directives that the configuration itself acts on. */
const OF_THE_CONFIGURATION = ["dir", "enable-protected-configs"];

/** Directives that are only shown, by INFO or OBJECT REFCOUNT: they have no effect of their own. */
const ONLY_SHOWN = new Set(["hz"]);

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
  expect(declared.sort()).toEqual(
    names.filter((name) => read.has(name) && !ONLY_SHOWN.has(name)).sort(),
  );
});
