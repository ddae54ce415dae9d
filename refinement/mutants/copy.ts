/**
 * A copy of files that is made as new again after each use: what was added is removed, and what was
 * touched is copied anew. Copying some thousand files every time takes longer than many a check.
 */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Files of `from`, and links to its installed packages, under `root`. */
export class Copy {
  readonly root: string;
  readonly #from: string;
  readonly #files: readonly string[];
  readonly #packages: readonly string[];
  readonly #folders = new Set<string>();
  /** What the file system said of each file and link when it was made. */
  readonly #stamps = new Map<string, string>();

  /**
   * @param from the folder that is copied from
   * @param files the paths of what is copied, relative to `from`
   * @param root the folder to copy into; it need not exist
   */
  constructor(from: string, files: readonly string[], root: string) {
    this.root = root;
    this.#from = from;
    this.#files = files;
    this.#packages = packagesOf(from);
    for (const path of [...files, ...this.#packages]) {
      for (let at = dirname(path); at !== "."; at = dirname(at)) this.#folders.add(at);
    }
  }

  /** Leaves exactly what was copied, as it was copied. */
  renew(): void {
    mkdirSync(this.root, { recursive: true });
    this.#removeOthers("");
    for (const path of this.#files) {
      this.#renew(path, (target) => cpSync(join(this.#from, path), target));
    }
    for (const path of this.#packages) {
      this.#renew(path, (target) => symlinkSync(join(this.#from, path), target));
    }
  }

  /** Gives a file another text, until it is made as new again. */
  edit(path: string, change: (text: string) => string): void {
    const target = join(this.root, path);
    this.#stamps.delete(path);
    writeFileSync(target, change(readFileSync(target, "utf8")));
  }

  #removeOthers(folder: string): void {
    for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && this.#folders.has(path)) this.#removeOthers(path);
      else if (entry.isDirectory() || !this.#stamps.has(path)) {
        rmSync(join(this.root, path), { recursive: true });
      }
    }
  }

  #renew(path: string, make: (target: string) => void): void {
    const target = join(this.root, path);
    const stamp = this.#stamps.get(path);
    if (stamp !== undefined && stamp === stampOf(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { recursive: true, force: true });
    make(target);
    this.#stamps.set(path, stampOf(target));
  }
}

/** Changes with each change of the file or its attributes; no program can set it back. */
function stampOf(path: string): string {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.ino} ${stats.ctimeNs}`;
}

/** Every installed package on its own, so that caches in `node_modules` are the copy's. */
function packagesOf(from: string): readonly string[] {
  const folder = join(from, "node_modules");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  return names.map((name) => join("node_modules", name));
}
