import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Apt } from "./apt.ts";
import { exists } from "./cache.ts";
import { type Bundle, TOOLS, type Tool, type ToolName } from "./catalog.ts";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";

/**
 * Unpacks a bundle's Debian packages into `folder` and leaves an executable `bin/NAME` there for
 * each of its tools, to be used once `folder` has been moved to `home`. Shared libraries that the
 * machine lacks are unpacked beside them. Nothing is installed: no root, no change to the system.
 * `scratch` is a folder for the downloads.
 */
export async function unpackBundle(
  bundle: Bundle,
  apt: Apt,
  folder: string,
  home: string,
  scratch: string,
): Promise<void> {
  const root = join(folder, "root");
  await unpackDebs(await fetchInto(apt, bundle.packages, join(scratch, "debs")), root);
  const programs = new Map<ToolName, string>();
  for (const name of bundle.tools) programs.set(name, await programIn(root, TOOLS[name]));
  const paths = [...programs.values()];
  if ((await missingLibraries(paths, root)).length > 0) {
    const libraries = await apt.libraries(bundle.packages);
    await unpackDebs(await fetchInto(apt, libraries, join(scratch, "library-debs")), root);
  }
  const missing = await missingLibraries(paths, root);
  if (missing.length > 0) {
    const packages = bundle.packages.join(", ");
    throw new MissingTool(`${packages} need ${missing.join(", ")}, which no package brought`);
  }
  await mkdir(join(folder, "bin"));
  const lines = await environmentLines(bundle, root, join(home, "root"));
  for (const [name, path] of programs) {
    const target = join(home, "root", path.slice(root.length + 1));
    const script = ["#!/bin/sh", ...lines, `exec ${quote(target)} "$@"`, ""].join("\n");
    await writeFile(join(folder, "bin", name), script, { mode: 0o755 });
  }
}

async function fetchInto(
  apt: Apt,
  packages: readonly string[],
  folder: string,
): Promise<readonly string[]> {
  await mkdir(folder);
  return await apt.download(packages, folder);
}

async function unpackDebs(debs: readonly string[], root: string): Promise<void> {
  for (const deb of debs) {
    const unpacked = await run("dpkg", ["-x", deb, root]);
    if (unpacked.code !== 0) throw new MissingTool(`dpkg -x: ${lastLine(unpacked.stderr)}`);
  }
}

async function programIn(root: string, tool: Tool): Promise<string> {
  for (const name of [tool.name, ...tool.aliases]) {
    const path = join(root, tool.place ?? "usr/bin", name);
    if (await exists(path)) return path;
  }
  throw new MissingTool(`${tool.bundle.packages.join(", ")} do not hold ${tool.name}`);
}

/** The shared libraries that the loader finds neither on the machine nor under `root`. */
async function missingLibraries(programs: readonly string[], root: string): Promise<string[]> {
  const folders = await libraryFolders(root);
  const env = { ...process.env, LC_ALL: "C", LD_LIBRARY_PATH: folders.join(":") };
  const listed = await run("ldd", programs, { env });
  return [...new Set(unresolved(listed.stdout))];
}

/** The names that `ldd` prints as not found. */
export function unresolved(printed: string): string[] {
  return [...printed.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1]!);
}

async function libraryFolders(root: string): Promise<string[]> {
  const folders: string[] = [];
  for (const parent of ["usr/lib", "lib"]) {
    const names = await readdir(join(root, parent)).catch(() => []);
    const triplets = names.filter((name) => /-linux-gnu/.test(name));
    for (const name of triplets) folders.push(...(await withLibraries(join(root, parent, name))));
  }
  return folders;
}

/** The folder, and those in it that hold libraries: some packages have one of their own there. */
async function withLibraries(folder: string): Promise<string[]> {
  const found = [folder];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const names = await readdir(join(folder, entry.name));
    if (names.some((name) => /^lib.*\.so/.test(name))) found.push(join(folder, entry.name));
  }
  return found;
}

/**
 * The lines of a script that put the unpacked libraries before the machine's. The script then
 * execs the program, so that signals reach it by the PID that was started.
 */
async function environmentLines(
  bundle: Bundle,
  root: string,
  homeRoot: string,
): Promise<readonly string[]> {
  const folders = await libraryFolders(root);
  const path = folders.map((folder) => homeRoot + folder.slice(root.length)).join(":");
  const variables: string[] = [];
  if (path !== "") {
    variables.push(`LD_LIBRARY_PATH=${quote(path)}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}`);
  }
  if (bundle.library !== undefined) {
    variables.push(`${bundle.library.variable}=${quote(join(homeRoot, bundle.library.folder))}`);
  }
  return variables.map((assignment) => `export ${assignment}`);
}

/** `text` as one word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
