/** A copy of the repository's sources outside the checkout, in which one mutant is planted. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Copy } from "./copy.ts";
import type { Mutant } from "./mutant.ts";

/** The mutant no longer fits the source that it names. */
export class StaleMutant extends Error {}

/** Where mutants are written down, and shown: their texts stand there too. */
const NOT_SOURCES = ["refinement/mutants/lists/", "docs/"];

/**
 * The path of the file that the mutant edits.
 *
 * @param sources the text of each file by its path
 * @throws StaleMutant when what is to be replaced does not occur exactly once, or nothing changes
 */
export function locate(
  sources: ReadonlyMap<string, string>,
  { name, find, replace, within = "" }: Mutant,
): string {
  if (find === replace) throw new StaleMutant(`${name}: it replaces its text by itself`);
  const paths: string[] = [];
  for (const [path, text] of sources) {
    if (find === "" || !path.startsWith(within)) continue;
    for (let count = text.split(find).length - 1; count > 0; count--) paths.push(path);
  }
  if (paths.length === 1) return paths[0]!;
  const where = paths.length === 0 ? "nowhere" : `in ${paths.join(", ")}`;
  throw new StaleMutant(`${name}: its text occurs ${where}`);
}

/** The edited text of the file that the mutant edits. */
export function mutate(text: string, { find, replace }: Mutant): string {
  return text.replace(find, () => replace);
}

/** The mutants whose edit does not fit the sources under `root`, each with the reason. */
export function staleMutants(root: string, mutants: readonly Mutant[]): readonly string[] {
  const sources = textsOf(root, sourcesOf(root));
  return mutants.flatMap((mutant) => {
    try {
      locate(sources, mutant);
      return [];
    } catch (error) {
      if (error instanceof StaleMutant) return [error.message];
      throw error;
    }
  });
}

/** The text of each file in which a mutant may be planted. */
function textsOf(root: string, files: readonly string[]): ReadonlyMap<string, string> {
  const sources = files.filter((path) => !NOT_SOURCES.some((folder) => path.startsWith(folder)));
  return new Map(sources.map((path) => [path, readFileSync(join(root, path), "utf8")]));
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
  readonly #texts: ReadonlyMap<string, string>;
  readonly #folder = mkdtempSync(join(tmpdir(), "veridis-mutants-"));
  /** The trees that stand and that nobody uses. */
  readonly #free: Tree[] = [];
  #count = 0;

  constructor(root: string) {
    this.#root = root;
    this.#files = sourcesOf(root);
    this.#texts = textsOf(root, this.#files);
  }

  /**
   * A copy of the sources with the installed packages beside them, mutated or not, in which nothing
   * is left of a use before. It stands where one that was left has stood: Node keeps what it
   * compiled by path and content, so that only the mutated file is compiled anew.
   *
   * @throws StaleMutant
   */
  plant(mutant: Mutant | null): Tree {
    const edited = mutant === null ? null : locate(this.#texts, mutant);
    const tree = this.#free.pop() ?? this.#newTree();
    tree.renew();
    if (mutant !== null && edited !== null) tree.edit(edited, (text) => mutate(text, mutant));
    return tree;
  }

  #newTree(): Tree {
    const folder = join(this.#folder, String(this.#count++));
    const copy = new Copy(this.#root, this.#files, join(folder, "sources"));
    const leave = (tree: Tree): void => void this.#free.push(tree);
    return new Tree(copy, join(folder, "scratch"), join(this.#folder, "compiled"), leave);
  }

  /** Removes every copy. */
  fell(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One copy. */
export class Tree {
  /** A folder for temporary files. */
  readonly scratch: string;
  /** Where Node keeps what it has compiled: shared, since it is found by path and content alone. */
  readonly compiled: string;
  readonly #copy: Copy;
  readonly #leave: (tree: Tree) => void;

  constructor(copy: Copy, scratch: string, compiled: string, leave: (tree: Tree) => void) {
    this.#copy = copy;
    this.scratch = scratch;
    this.compiled = compiled;
    this.#leave = leave;
  }

  get root(): string {
    return this.#copy.root;
  }

  /** Leaves no trace of an earlier use. */
  renew(): void {
    this.#copy.renew();
    rmSync(this.scratch, { recursive: true, force: true });
    mkdirSync(this.scratch);
  }

  edit(path: string, change: (text: string) => string): void {
    this.#copy.edit(path, change);
  }

  /** Another run may have it. */
  leave(): void {
    this.#leave(this);
  }
}
