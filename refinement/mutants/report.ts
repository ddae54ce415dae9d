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

/** docs/MUTANTS.md, from trials that were all caught. */
export function page(trials: readonly Trial[]): string {
  const rows = trials.flatMap(({ mutant, verdict }) => {
    if (verdict._tag !== "Caught") return [];
    const { by, what, after } = verdict;
    const { name, room, breaks } = mutant;
    return [[name, room, breaks, code(by.name), after, code(what)].map(escaped)];
  });
  const [headings, ...lines] = padded([PAGE_HEADINGS, ...rows]);
  const rule = headings!.map((heading) => "-".repeat(heading.length));
  const table = [headings!, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |\n`);
  return `# Mutants

Written by \`pnpm mutants --full --record\`: known bugs, planted one at a time in a copy of the sources, and the check that notices each. Every check passes without a mutant, with the same size and seed. A mutant that no check notices fails the run. \`refinement/mutants/lists/\` holds the edits; \`pnpm mutants --only NAME\` plants one.

${trials.length} mutants, all caught.

${table.join("")}`;
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** Text that does not end a table's cell. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
