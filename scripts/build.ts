/**
 * `pnpm build`: the published package in `dist/`: two bundles with source maps (the library and the
 * command), declarations, a manifest.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");

/** The oldest Node that the published package supports. */
const NODE_VERSION = 22;

async function bundle(): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { index: "impl/server/index.ts", cli: "impl/server/cli.ts" },
    outdir: DIST,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: `node${NODE_VERSION}`,
    sourcemap: true,
    minifySyntax: true,
    define: { "globalThis.VERIDIS_CHECKED": "false" },
    external: ["pino", "pino-pretty"],
    logLevel: "warning",
  });
  chmodSync(join(DIST, "cli.js"), 0o755);
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

function copyReachable(from: string, path: string, seen: Set<string>): void {
  if (seen.has(path)) return;
  seen.add(path);
  const target = join(DIST, "types", path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(from, path), target);
  const text = readFileSync(target, "utf8");
  for (const [, specifier] of text.matchAll(/from "(\.[^"]+)\.ts"/g)) {
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
    exports: { ".": { types: "./types/server/index.d.ts", default: "./index.js" } },
    dependencies: { pino: dependencies.pino, "pino-pretty": dependencies["pino-pretty"] },
  };
  writeFileSync(join(DIST, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const file of ["README.md", "LICENSE"]) copyFileSync(join(ROOT, file), join(DIST, file));
}

rmSync(DIST, { recursive: true, force: true });
await bundle();
declarations();
manifest();
