/** What a run of mutants has shown, for people. */
import { markdownTable } from "../../scripts/docs/table.ts";
import type { Trial } from "./trial.ts";

/** The trials that show a hole: everything that is not caught. */
export function failures(trials: readonly Trial[]): readonly Trial[] {
  return trials.filter(({ verdict }) => verdict._tag !== "Caught");
}

const HEADINGS = ["mutant", "room", "caught by", "after", "seconds"] as const;

/** The outcome of every trial, in columns. */
export function table(trials: readonly Trial[]): string {
  const rows = trials.map(({ mutant, verdict, seconds }) => [
    mutant.name,
    mutant.room,
    verdict._tag === "Caught" ? verdict.by.name : verdict._tag.toUpperCase(),
    verdict._tag === "Caught" ? verdict.after : "",
    seconds.toFixed(1),
  ]);
  return padded([HEADINGS, ...rows])
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n");
}

/** The cells filled up with spaces to the widths of their columns. */
function padded(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)));
}

const PAGE_HEADINGS = ["mutant", "room", "what it breaks", "caught by", "after", "where"] as const;

/**
 * docs/MUTANTS.md, from trials that were all caught.
 *
 * @param names every mutant, in the page's order
 * @param before the page as it was: mutants that were not tried now keep their rows
 */
export function page(trials: readonly Trial[], names: readonly string[], before = ""): string {
  const found = rowsOf(before);
  for (const { mutant, verdict } of trials) {
    if (verdict._tag !== "Caught") continue;
    const { by, what, after } = verdict;
    const { name, room, breaks } = mutant;
    found.set(name, [name, room, breaks, code(by.name), after, code(what)].map(escaped));
  }
  const rows = names.flatMap((name) => {
    const row = found.get(name);
    return row === undefined ? [] : [row];
  });
  return `# Mutants

Written by \`pnpm mutants --record\`: known bugs, planted one at a time in a copy of the sources, and the check that notices each. Every check passes without a mutant, with the same size and seed. A mutant that no check notices fails the run. \`refinement/mutants/lists/\` holds the edits; \`pnpm mutants --only NAME\` plants one.

${rows.length} of ${names.length} mutants have been recorded, each as its last recorded run found it; \`--full --record\` runs all of them.

${markdownTable([PAGE_HEADINGS, ...rows])}`;
}

/** The rows of a page by the mutants' names. */
function rowsOf(text: string): Map<string, readonly string[]> {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  const rows = lines.slice(2).map((line) => {
    const cells = line.slice(1, -1).split(/(?<!\\)\|/);
    return cells.map((cell) => cell.trim());
  });
  return new Map(rows.map((row) => [row[0]!, row]));
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** Text that does not end a table's cell. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
