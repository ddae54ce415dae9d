import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { buildInCache } from "./cache.ts";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";

/** Names under which C compilers are installed; `CC` comes before them. */
const COMPILERS = ["cc", "gcc", "clang"];
const PROBE_TIMEOUT_MS = 20_000;

/**
 * The path of a shared library made of one C file by this machine's compiler. It is compiled once
 * for each content of the file and kept in the cache. Throws `MissingTool` with one line when
 * there is no compiler or it refuses.
 */
export async function compileLibrary(source: string): Promise<string> {
  const text = await readFile(source);
  const name = basename(source, ".c");
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const folder = await buildInCache(`${name}-${digest}-${process.arch}`, async (built) => {
    const compiler = await findCompiler(name);
    const output = join(built, `${name}.so`);
    const flags = ["-O2", "-Wall", "-shared", "-fPIC", "-o", output, source, "-lpthread"];
    const { code, stderr } = await run(compiler, flags);
    if (code !== 0) {
      throw new MissingTool(`${name} is missing: ${compiler} refuses it (${lastLine(stderr)})`);
    }
  });
  return join(folder, `${name}.so`);
}

async function findCompiler(name: string): Promise<string> {
  const { CC } = process.env;
  for (const compiler of CC ? [CC] : COMPILERS) {
    const probe = await run(compiler, ["--version"], { timeoutMs: PROBE_TIMEOUT_MS });
    if (probe.code === 0) return compiler;
  }
  throw new MissingTool(
    `${name} is missing: it is compiled here, and there is no C compiler: ` +
      "install Debian's packages gcc and libc6-dev or set CC",
  );
}
