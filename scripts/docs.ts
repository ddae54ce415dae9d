/**
 * `pnpm run docs`: writes the pages that are generated from declarations. With `--check` it writes
 * nothing and fails when a page is not what the declarations say.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { applicationsPage } from "./docs/applications.ts";
import { commandsPage } from "./docs/commands.ts";
import { directivesPage } from "./docs/directives.ts";
import { operationsPage } from "./docs/operations.ts";
import { flag, optionsOf } from "./options.ts";

const PAGES: Readonly<Record<string, () => string>> = {
  "docs/APPLICATIONS.md": applicationsPage,
  "docs/COMMANDS.md": commandsPage,
  "docs/DIRECTIVES.md": directivesPage,
  "docs/OPERATIONS.md": operationsPage,
};

const { check } = optionsOf(
  { name: "pnpm run docs", does: "Writes the pages that are generated from declarations." },
  { check: flag("write nothing, and fail when a page is not what the declarations say") },
);
for (const [path, page] of Object.entries(PAGES)) {
  const url = new URL(`../${path}`, import.meta.url);
  const text = page();
  if (existsSync(url) && readFileSync(url, "utf8") === text) continue;
  if (check) {
    console.error(`${path} is not what the declarations say: run pnpm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(url, text);
    console.log(`wrote ${path}`);
  }
}
