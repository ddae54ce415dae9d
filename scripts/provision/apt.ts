import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";
import { debianSources, type SourcesFile } from "./sources.ts";

const UPDATE_TIMEOUT_MS = 300_000;

/**
 * A private apt: the machine's own archives, mirrors, proxies and keys, but package lists and
 * downloads in a folder of its own. It needs no root and leaves the system's state alone. Every
 * package is checked by apt against the archive's signed index.
 */
export interface Apt {
  /** Downloads binary packages into `folder` and returns the paths of the `.deb` files. */
  download(packages: readonly string[], folder: string): Promise<string[]>;
  /** Downloads a source package's files into `folder`. */
  source(name: string, folder: string): Promise<void>;
  /** The library packages that `packages` need, directly or through others; libc is left out. */
  libraries(packages: readonly string[]): Promise<string[]>;
}

/** Opened at most once in a process: reading the package lists takes seconds. */
let opened: Promise<Apt> | undefined;

/**
 * The process's private apt. Its lists live in a temporary folder until the process ends.
 * Throws `MissingTool` when the machine has no apt or its archives cannot be reached.
 */
export async function privateApt(): Promise<Apt> {
  opened ??= openTemporary();
  return await opened;
}

async function openTemporary(): Promise<Apt> {
  const state = await mkdtemp(join(tmpdir(), "veridis-apt-"));
  const remove = () => rmSync(state, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await openApt(state);
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * Opens a private apt with its state in `state`, an empty folder.
 * Throws `MissingTool` when the machine has no apt or its archives cannot be reached.
 */
async function openApt(state: string): Promise<Apt> {
  const options = await configure(state);
  await apt("apt-get", ["update", "--error-on=any"], state);

  async function apt(command: string, args: readonly string[], cwd: string): Promise<string> {
    const finished = await run(command, [...options, ...args], {
      cwd,
      env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
      timeoutMs: UPDATE_TIMEOUT_MS,
    });
    if (finished.code === 0) return finished.stdout;
    const said = finished.code === null ? "no answer in time" : lastLine(finished.stderr);
    throw new MissingTool(`${command} ${args.join(" ")}: ${said}`);
  }

  return {
    async download(packages, folder) {
      await apt("apt-get", ["download", ...packages], folder);
      return debsIn(folder);
    },
    async source(name, folder) {
      await apt("apt-get", ["source", "--download-only", name], folder);
    },
    async libraries(packages) {
      const found = new Set<string>();
      let level: readonly string[] = packages;
      while (level.length > 0) {
        const printed = await apt("apt-cache", ["depends", "--important", ...level], state);
        level = libraryNames(printed).filter((name) => !found.has(name));
        for (const name of level) found.add(name);
      }
      return [...found];
    },
  };
}

/** The packages that `apt-cache depends` names as needed and that hold shared libraries. */
export function libraryNames(printed: string): string[] {
  const names = [...printed.matchAll(/^[ |]*(?:Pre)?Depends: ([a-z0-9][a-z0-9+.-]*)/gm)];
  const libraries = names.map((match) => match[1]!).filter((name) => /^(lib|zlib)/.test(name));
  // The C library belongs to the machine: a second one beside its loader does not start.
  return [...new Set(libraries)].filter((name) => name !== "libc6");
}

async function debsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(".deb")).map((name) => join(folder, name));
}

/** Lays out the private state and returns the options that make apt use it. */
async function configure(state: string): Promise<string[]> {
  const folder = (...parts: string[]) => join(state, ...parts);
  for (const path of ["lists/partial", "cache/archives/partial", "sources"]) {
    await mkdir(folder(path), { recursive: true });
  }
  for (const file of await privateSources()) {
    await writeFile(folder("sources", file.name), file.text);
  }
  await writeFile(folder("apt.conf"), QUIET_CONFIGURATION);
  const settings = [
    `Dir::State::lists=${folder("lists")}`,
    `Dir::Cache=${folder("cache")}`,
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${folder("sources")}`,
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
    "Acquire::Retries=3",
  ];
  return ["-c", folder("apt.conf"), "-q", ...settings.flatMap((setting) => ["-o", setting])];
}

/** Without the machine's hooks: they act on the system's state, which is none of our business. */
const QUIET_CONFIGURATION = `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
`;

async function privateSources(): Promise<SourcesFile[]> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1] ?? "";
  const sources = debianSources(await sourcesFiles(), codename);
  if (sources.length > 0) return sources;
  throw new MissingTool("this machine has no apt sources of a Debian archive");
}

async function sourcesFiles(): Promise<SourcesFile[]> {
  const parts = await readdir("/etc/apt/sources.list.d").catch(() => []);
  const paths = [
    "/etc/apt/sources.list",
    ...parts
      .filter((name) => /\.(list|sources)$/.test(name))
      .map((name) => `/etc/apt/sources.list.d/${name}`),
  ];
  const files: SourcesFile[] = [];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => "");
    files.push({ name: path.slice(path.lastIndexOf("/") + 1), text });
  }
  return files;
}
