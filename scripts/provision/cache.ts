import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The folder that provisioned tools are kept in, outside any checkout: `VERIDIS_CACHE_DIR`, else
 * `veridis` in the XDG cache folder, else `~/.cache/veridis`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { VERIDIS_CACHE_DIR, XDG_CACHE_HOME, HOME } = env;
  if (VERIDIS_CACHE_DIR) return resolve(VERIDIS_CACHE_DIR);
  return join(XDG_CACHE_HOME || join(HOME || homedir(), ".cache"), "veridis");
}

/** True when something is at `path`. */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes the folder `name` in the cache by `build`, whole or not at all: it is built under another
 * name and renamed, so that an interrupted run leaves nothing half done and two runs at once do
 * not disturb each other (the first to finish wins). `build` also gets a scratch folder, removed
 * afterwards. Returns the folder's path.
 */
export async function buildInCache(
  name: string,
  build: (folder: string, scratch: string) => Promise<void>,
): Promise<string> {
  const target = join(cacheFolder(), name);
  if (await exists(target)) return target;
  await withScratch(async (scratch) => {
    const folder = join(scratch, "built");
    await mkdir(folder);
    await build(folder, scratch);
    await rename(folder, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
  });
  return target;
}

/** Lends a new folder inside the cache to `use` and removes it afterwards. */
export async function withScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder(), ".scratch-"));
  try {
    return await use(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
