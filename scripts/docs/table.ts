/**
 * A Markdown table with its columns aligned, as the formatter leaves it.
 *
 * @param rows the headings, and then the rows; every one has as many cells
 */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  const lines = rows.map((cells) => line(cells.map((cell, i) => cell.padEnd(widths[i]!))));
  lines.splice(1, 0, line(widths.map((width) => "-".repeat(width))));
  return lines.join("");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
