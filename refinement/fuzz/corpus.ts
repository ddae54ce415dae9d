import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The inputs that once failed, or that reach a rare path: one file each, bytes as they are sent. */
const FOLDER = join(import.meta.dirname, "corpus");

export type CorpusEntry = { readonly name: string; readonly input: string };

/** Every input of the corpus of `kind`, by name, with one character per byte. */
export function readCorpus(kind: string): CorpusEntry[] {
  const folder = join(FOLDER, kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".bin"))
    .sort()
    .map((name) => ({ name, input: readFileSync(join(folder, name), "latin1") }));
}

/**
 * Adds an input to the corpus under a name made of its contents.
 *
 * @returns the file's path
 */
export function addToCorpus(kind: string, input: string): string {
  const folder = join(FOLDER, kind);
  mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(input, "latin1").digest("hex").slice(0, 12);
  const path = join(folder, `${digest}.bin`);
  writeFileSync(path, input, "latin1");
  return path;
}
