/** What pip and Go's modules bring, at exact versions and with checksums, kept in the cache. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildInCache } from "./cache.ts";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";
import { goVersion, pythonVersion } from "./toolchains.ts";

const CLIENTS = fileURLToPath(new URL("../../tests-redis/clients/", import.meta.url));
const LIMIT_MS = 300_000;

/**
 * The folder of redis-py: what `PYTHONPATH` is to name.
 *
 * @throws MissingTool when there is no Python, or pip does not bring it
 */
export async function provisionRedisPy(): Promise<string> {
  return await pythonPackages("redis-py", join(CLIENTS, "redis-py/requirements.txt"));
}

/**
 * The program that tests a server by go-redis.
 *
 * @throws MissingTool when there is no Go, or it does not build
 */
export async function provisionGoRedis(): Promise<string> {
  return await goProgram("go-redis", join(CLIENTS, "go-redis"));
}

/** The packages of a file of requirements, each of which has its hash there. */
async function pythonPackages(name: string, requirements: string): Promise<string> {
  if (pythonVersion() === null) {
    throw new MissingTool(`${name} is missing: install Debian's packages python3 and python3-pip`);
  }
  const key = await digest([requirements]);
  return await buildInCache(`${name}-${key}`, async (folder) => {
    const exact = ["--require-hashes", "--only-binary", ":all:", "--requirement", requirements];
    const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"];
    const install = ["-m", "pip", "install", ...quiet, "--target", folder, ...exact];
    const { code, stderr } = await run("python3", install, { timeoutMs: LIMIT_MS });
    if (code !== 0) throw new MissingTool(`${name} is missing: pip says "${lastLine(stderr)}"`);
  });
}

/** The program that the Go module in a folder is. */
async function goProgram(name: string, module: string): Promise<string> {
  if (goVersion() === null) {
    throw new MissingTool(`${name} is missing: install Debian's package golang-go`);
  }
  const key = await digest((await readdir(module)).sort().map((file) => join(module, file)));
  const folder = await buildInCache(`${name}-${key}-${process.arch}`, async (built) => {
    const build = ["build", "-mod=readonly", "-buildvcs=false", "-o", join(built, name), "."];
    const { code, stderr } = await run("go", build, { cwd: module, timeoutMs: LIMIT_MS });
    if (code !== 0) throw new MissingTool(`${name} is missing: Go says "${lastLine(stderr)}"`);
  });
  return join(folder, name);
}

/** Changes with the content of the files. */
async function digest(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(basename(path)).update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}
