import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");
const LUA = "node_modules/wasmoon-lua5.1/dist/liblua5.1.wasm";

/** Modules that are bundled as they are may ask for Node's own by `require`. */
const REQUIRE = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`;

/**
 * Puts the server, with its assertions, into one module in `folder`: the suite starts it some hundreds
 * of times, and each start from the sources takes ten times as long.
 *
 * @returns the module's path
 */
export async function bundleServer(folder: string): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { command: "impl/server/cli.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    define: { "globalThis.VERIDIS_CHECKED": "true" },
    external: ["pino-pretty"],
    banner: { js: REQUIRE },
    logLevel: "warning",
  });
  await copyFile(join(ROOT, LUA), join(folder, "liblua5.1.wasm"));
  return join(folder, "command.mjs");
}
