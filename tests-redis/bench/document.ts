import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DOCUMENT = fileURLToPath(new URL("../../docs/PERFORMANCE.md", import.meta.url));

/** The parts of docs/PERFORMANCE.md that runs write. */
export type Section =
  | "bench"
  | "durability"
  | "commands"
  | "growth"
  | "elements"
  | "stalls"
  | "programs"
  | "eviction";

/** Replaces a measured part of docs/PERFORMANCE.md. */
export function writeSection(section: Section, lines: readonly string[]): void {
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const text = readFileSync(DOCUMENT, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${DOCUMENT} has no place for ${section}`);
  const head = text.slice(0, from);
  writeFileSync(DOCUMENT, `${head}${begin}\n${lines.join("\n")}\n${text.slice(to)}`);
}

/** The day of a measurement. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
