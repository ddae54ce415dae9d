/** What a run of mutants has shown, for people. */
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
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  return [line(HEADINGS), ...rows.map(line)].join("\n");
}

/** docs/MUTANTS.md, from trials that were all caught. */
export function page(trials: readonly Trial[]): string {
  const rows = trials.flatMap(({ mutant, verdict }) => {
    if (verdict._tag !== "Caught") return [];
    const { by, what, after } = verdict;
    const cells = [mutant.room, mutant.breaks, `\`${by.name}\``, after, what];
    return [`| ${[mutant.name, ...cells].map(cell).join(" | ")} |\n`];
  });
  return `# Mutants

Written by \`pnpm mutants --full --record\`: known bugs, planted one at a time in a copy of the
sources, and the check that notices each. Every check passes without a mutant, with the same size
and seed. A mutant that no check notices fails the run. \`refinement/mutants/lists/\` holds the
edits; \`pnpm mutants --only NAME\` plants one.

${trials.length} mutants, all caught.

| mutant | room | what it breaks | caught by | after | where |
| ------ | ---- | -------------- | --------- | ----- | ----- |
${rows.join("")}`;
}

/** Text that does not end a table's cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
