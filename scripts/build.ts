/**
 * `pnpm build`: the published package in `dist/`: bundles with source maps (the library and the
 * command), each behind an entry that knows which Node it needs, declarations, a manifest, the
 * licences of what is bundled.
 *
 * pino is bundled: finding and reading its forty files takes a sixth of the start.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { optionsOf } from "./options.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");

/** The oldest Node that the published package supports. */
const NODE_VERSION = 22;

/** The machine for scripts: read at the first one, from beside the bundles. */
const LUA = "node_modules/wasmoon-lua5.1/dist/liblua5.1.wasm";

/** Modules that are bundled as they are may ask for Node's own by `require`. */
const REQUIRE = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`;

/** A program that is loaded by `require` has no `import.meta`. */
const MODULE_URL = `const moduleUrl = require("node:url").pathToFileURL(__filename).href;`;

const IS_OLD = `Number(process.versions.node.split(".")[0]) < ${NODE_VERSION}`;
const NEEDED = `"Veridis needs Node ${NODE_VERSION} or later; this is " + process.version`;

/** An older Node says in one line what is needed, whatever it would have stumbled over. */
const NODE_CHECK = `if (${IS_OLD}) throw new Error(${NEEDED});`;

/** The command says it as a command does. */
const COMMAND_CHECK = `if (${IS_OLD}) {
  console.error(${NEEDED});
  process.exit(1);
}`;

/**
 * The entries. Whatever they import by name would be looked up before their first line runs, and an
 * older Node lacks some of it: they import when they have looked.
 *
 * @param exported the names that the library exports
 */
function entries(exported: readonly string[]): void {
  const library = `export const { ${exported.join(", ")} } = await import("./library.js");`;
  writeFileSync(join(DIST, "index.js"), `${NODE_CHECK}\n${library}\n`);
  const command = `#!/usr/bin/env node\n${COMMAND_CHECK}\nawait import("./command.js");\n`;
  writeFileSync(join(DIST, "cli.js"), command);
  chmodSync(join(DIST, "cli.js"), 0o755);
}

/** @returns paths of the files that went into the bundles, from the root */
async function bundle(): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { library: "impl/server/index.ts", command: "impl/server/cli.ts" },
    outdir: DIST,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: `node${NODE_VERSION}`,
    sourcemap: true,
    minifySyntax: true,
    define: { "globalThis.VERIDIS_CHECKED": "false" },
    external: ["pino-pretty"],
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "warning",
  });
  const library = Object.values(metafile.outputs).find(
    ({ entryPoint }) => entryPoint === "impl/server/index.ts",
  );
  entries(library!.exports);
  // For programs that load by `require`, as jest does unless told otherwise.
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["impl/server/index.ts"],
    outfile: join(DIST, "index.cjs"),
    bundle: true,
    format: "cjs",
    banner: { js: `${NODE_CHECK}\n${MODULE_URL}` },
    platform: "node",
    target: `node${NODE_VERSION}`,
    sourcemap: true,
    minifySyntax: true,
    define: { "globalThis.VERIDIS_CHECKED": "false", "import.meta.url": "moduleUrl" },
    external: ["pino-pretty"],
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
}

const LICENCE_FILE = /^licen[cs]e(\.(md|txt))?$/i;

/**
 * The licences of the packages that the bundles contain, and of the machine for scripts.
 *
 * @throws Error when a package has none
 */
function licences(inputs: readonly string[]): void {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const path = join(ROOT, folder);
    const { name, version } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const file = readdirSync(path).find((entry) => LICENCE_FILE.test(entry));
    if (file === undefined) throw new Error(`${name} is bundled and has no licence`);
    return `${name} ${version}\n\n${readFileSync(join(path, file), "utf8").trim()}\n`;
  });
  writeFileSync(join(DIST, "THIRD-PARTY-LICENSES"), texts.join(`\n${"-".repeat(72)}\n\n`));
}

/** Declarations of what the library exports, and of nothing else. */
function declarations(): void {
  const all = mkdtempSync(join(tmpdir(), "veridis-types-"));
  try {
    execFileSync("tsc", ["-p", "tsconfig.build.json", "--outDir", all], {
      cwd: ROOT,
      stdio: "inherit",
    });
    copyReachable(all, "server/index.d.ts", new Set());
  } finally {
    rmSync(all, { recursive: true });
  }
}

const RELATIVE = /from "(\.[^"]+)\.ts"/g;

function copyReachable(from: string, path: string, seen: Set<string>): void {
  if (seen.has(path)) return;
  seen.add(path);
  const target = join(DIST, "types", path);
  mkdirSync(dirname(target), { recursive: true });
  const text = readFileSync(join(from, path), "utf8");
  // What is imported is a module to each of the two kinds of program.
  writeFileSync(target, text.replaceAll(RELATIVE, 'from "$1.js"'));
  const commonJs = target.replace(/\.d\.ts$/, ".d.cts");
  writeFileSync(commonJs, text.replaceAll(RELATIVE, 'from "$1.cjs"'));
  for (const [, specifier] of text.matchAll(RELATIVE)) {
    copyReachable(from, join(dirname(path), `${specifier}.d.ts`), seen);
  }
}

function manifest(): void {
  const { name, version, description, license, dependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const published = {
    name,
    version,
    description,
    license,
    type: "module",
    engines: { node: `>=${NODE_VERSION}` },
    bin: { veridis: "./cli.js" },
    main: "./index.cjs",
    types: "./types/server/index.d.cts",
    exports: {
      ".": {
        import: { types: "./types/server/index.d.ts", default: "./index.js" },
        require: { types: "./types/server/index.d.cts", default: "./index.cjs" },
      },
      "./package.json": "./package.json",
    },
    dependencies: { "pino-pretty": dependencies["pino-pretty"] },
  };
  writeFileSync(join(DIST, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const file of ["README.md", "LICENSE"]) copyFileSync(join(ROOT, file), join(DIST, file));
}

optionsOf({ name: "pnpm build", does: "Builds the published package in dist/." }, {});
rmSync(DIST, { recursive: true, force: true });
const inputs = await bundle();
copyFileSync(join(ROOT, LUA), join(DIST, basename(LUA)));
licences([...inputs, LUA]);
declarations();
manifest();
