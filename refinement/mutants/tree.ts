/** A copy of the repository's sources outside the checkout, in which one mutant is planted. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Mutant } from "./mutant.ts";

/** The mutant no longer fits the source that it names. */
export class StaleMutant extends Error {}

/**
 * The edited text.
 *
 * @throws StaleMutant when what is to be replaced does not occur exactly once, or nothing changes
 */
export function mutate(text: string, { name, file, find, replace }: Mutant): string {
  const count = find === "" ? 0 : text.split(find).length - 1;
  if (count !== 1) throw new StaleMutant(`${name}: its text occurs ${count} times in ${file}`);
  if (find === replace) throw new StaleMutant(`${name}: it replaces its text by itself`);
  return text.replace(find, () => replace);
}

/** The mutants whose edit does not fit the sources under `root`, each with the reason. */
export function staleMutants(root: string, mutants: readonly Mutant[]): readonly string[] {
  return mutants.flatMap((mutant) => {
    const path = join(root, mutant.file);
    if (!existsSync(path)) return [`${mutant.name}: there is no ${mutant.file}`];
    try {
      mutate(readFileSync(path, "utf8"), mutant);
      return [];
    } catch (error) {
      if (error instanceof StaleMutant) return [error.message];
      throw error;
    }
  });
}

/** The files that git tracks or would track, relative to `root`. */
function sourcesOf(root: string): readonly string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const listing = execFileSync("git", args, { cwd: root, encoding: "utf8" });
  return listing.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}

/** Copies of one repository. */
export class Forest {
  readonly #root: string;
  readonly #files: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), "veridis-mutants-"));
  #trees = 0;

  constructor(root: string) {
    this.#root = root;
    this.#files = sourcesOf(root);
  }

  /**
   * A new copy of the sources with the installed packages beside them, mutated or not.
   *
   * @throws StaleMutant
   */
  plant(mutant: Mutant | null): Tree {
    const tree = new Tree(join(this.#folder, String(this.#trees++)));
    for (const file of this.#files) {
      const target = join(tree.root, file);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(this.#root, file), target);
    }
    linkPackages(join(this.#root, "node_modules"), join(tree.root, "node_modules"));
    mkdirSync(tree.scratch);
    if (mutant !== null) {
      const path = join(tree.root, mutant.file);
      writeFileSync(path, mutate(readFileSync(path, "utf8"), mutant));
    }
    return tree;
  }

  /** Removes every copy. */
  fell(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One copy. */
export class Tree {
  readonly root: string;
  /** A folder for temporary files. */
  readonly scratch: string;

  constructor(folder: string) {
    this.root = join(folder, "sources");
    this.scratch = join(folder, "scratch");
  }

  /** Removes the copy. */
  fell(): void {
    rmSync(dirname(this.root), { recursive: true, force: true });
  }
}

/** Links every package on its own, so that caches in `node_modules` are the copy's. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  if (!existsSync(from)) return;
  for (const name of readdirSync(from)) {
    if (!name.startsWith(".")) symlinkSync(join(from, name), join(to, name));
  }
}
