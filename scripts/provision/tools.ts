import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { privateApt } from "./apt.ts";
import { buildInCache, cacheFolder, exists } from "./cache.ts";
import { TOOLS, type Tool, type ToolName } from "./catalog.ts";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";
import { unpackBundle } from "./packages.ts";

const PROBE_TIMEOUT_MS = 20_000;

/**
 * The absolute path of an outside program of exactly the version in the catalogue. Looked for in
 * this order: the program's environment variable, the cache, `PATH`, Debian's packages (unpacked
 * into the cache, not installed). Throws `MissingTool` with one line when none has it; a variable
 * that names something else than the right version is an error, not a reason to look further.
 */
export async function provision(name: ToolName): Promise<string> {
  const tool = TOOLS[name];
  const named = process.env[tool.variable];
  if (named) return await checkedByHand(tool, named);
  const cached = join(cacheFolder(), tool.bundle.folder, "bin", name);
  if (await exists(cached)) return await checkedInCache(tool, cached);
  return (await onPath(tool)) ?? (await fromPackages(tool, cached));
}

async function checkedByHand(tool: Tool, named: string): Promise<string> {
  const path = resolve(named);
  const wrong = await complaint(tool, path);
  if (wrong === undefined) return path;
  throw new MissingTool(
    `${tool.name} ${tool.version} is missing: ${tool.variable} names ${path}, which ${wrong}`,
  );
}

async function checkedInCache(tool: Tool, cached: string): Promise<string> {
  const wrong = await complaint(tool, cached);
  if (wrong === undefined) return cached;
  const folder = join(cacheFolder(), tool.bundle.folder);
  throw new MissingTool(`${tool.name} ${tool.version} is damaged: remove ${folder} (it ${wrong})`);
}

async function onPath(tool: Tool): Promise<string | undefined> {
  const { PATH = "" } = process.env;
  for (const folder of PATH.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const name of [tool.name, ...tool.aliases]) {
      const path = join(folder, name);
      if ((await exists(path)) && (await complaint(tool, path)) === undefined) return path;
    }
  }
  return undefined;
}

async function fromPackages(tool: Tool, cached: string): Promise<string> {
  const { bundle } = tool;
  const home = join(cacheFolder(), bundle.folder);
  try {
    await buildInCache(bundle.folder, async (folder, scratch) => {
      await unpackBundle(bundle, await privateApt(), folder, home, scratch);
    });
    const wrong = await complaint(tool, cached);
    if (wrong === undefined) return cached;
    throw new MissingTool(`the one in Debian's packages ${wrong}`);
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    throw new MissingTool(
      `${tool.name} ${tool.version} is missing: install Debian's package ${tool.package} ` +
        `or set ${tool.variable} to the program (${error.message})`,
    );
  }
}

/** What is wrong with the program at `path`, or undefined when it is of the right version. */
async function complaint(tool: Tool, path: string): Promise<string | undefined> {
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) return "cannot be executed";
  const probe = await run(path, tool.probe.args, {
    input: tool.probe.input ?? "",
    timeoutMs: PROBE_TIMEOUT_MS,
  });
  const printed = probe.stdout + probe.stderr;
  return tool.expected.test(printed) ? undefined : `says "${lastLine(printed)}"`;
}
