import { type FileRecord, type Records, UNEXPLAINED } from "./record.ts";
import { MODES, type Mode } from "./suite-file.ts";
import { COMPLETE_FILES, notReached } from "./verdict.ts";

/** The command that writes the page. */
export const RECORD_COMMAND = "pnpm redis-tests --full --record";

/** The page that shows the records: for each mode a table of suite files, and every error with its cause. */
export function renderReport(records: Records): string {
  const parts = MODES.flatMap((mode) => {
    const files = Object.entries(records[mode].files);
    return [TITLES[mode], table(mode, files), ...errors(files.filter(([, one]) => hasFaults(one)))];
  });
  return `${["# Redis' own test suite against Veridis", introduction(records), ...parts].join("\n\n")}\n`;
}

const TITLES: Readonly<Record<Mode, string>> = {
  external: "## Against a server that is already up\n\nA fresh one for each suite file.",
  normal: `## With servers that the suite starts

The suite writes settings of its own, and starts, restarts and ends as many servers as it needs. Its
units run so, but for those about clusters. Every error has a cause.`,
};

function introduction(records: Records): string {
  return `Written by \`${RECORD_COMMAND}\` from \`tests-redis/expected.json\` and \`tests-redis/expected-normal.json\`;
not edited by hand. The suite is that of Redis ${records.external.redisVersion}. _Redis_ is the number of tests that Redis
itself passes in this way, _ignored_ counts tests and blocks of tests that the suite leaves out
because they need a server of its own or an option of its command line, _not reached_ the tests
behind an error that ended a block of tests or the file. Files in bold run in \`pnpm test\` and must be
complete: every error explained, every test reached.`;
}

function table(mode: Mode, files: readonly (readonly [string, FileRecord])[]): string {
  const total = files.reduce((sum, [, file]) => sum.map((n, i) => n + counts(file)[i]!), ZEROS);
  const rows = files.map(([name, file]) => [
    COMPLETE_FILES[mode].includes(name) ? `**${name}**` : name,
    ...counts(file).map(String),
  ]);
  return aligned([COLUMNS, ...rows, ["all", ...total.map(String)]]);
}

const COLUMNS = ["suite file", "Redis", "ok", "err", "not reached", "ignored"];
const ZEROS = COLUMNS.slice(1).map(() => 0);

function counts(file: FileRecord): number[] {
  return [file.redis, file.ok, file.errors.length, notReached(file), file.ignored];
}

/** A Markdown table as the formatter leaves it: names to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(3, ...rows.map((row) => row[i]!.length)));
  const cell = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!);
  const rule = widths.map((width, i) =>
    i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const [head, ...body] = rows.map((row) => row.map(cell));
  return [head!, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function hasFaults(file: FileRecord): boolean {
  return file.errors.length > 0 || file.aborted !== undefined;
}

function errors(files: readonly (readonly [string, FileRecord])[]): string[] {
  if (files.length === 0) return [];
  return ["### Errors and their causes", ...files.map(([name, file]) => faults(name, file))];
}

/** A suite file's errors, grouped by cause. */
function faults(name: string, file: FileRecord): string {
  const byCause = new Map<string, string[]>();
  for (const error of file.errors) {
    byCause.set(error.cause, [...(byCause.get(error.cause) ?? []), error.test]);
  }
  const lines = [...byCause].map(([cause, tests]) => `- ${reason(cause)}: ${counted(tests)}`);
  if (file.aborted !== undefined)
    lines.unshift(`- The suite file ends early: ${code(file.aborted)}`);
  return `#### ${name}\n\n${lines.join("\n")}`;
}

function counted(tests: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const test of tests) counts.set(test, (counts.get(test) ?? 0) + 1);
  const shown = [...counts].map(([test, times]) => {
    return times === 1 ? code(test) : `${code(test)} (${times} times)`;
  });
  return shown.join("; ");
}

/** A cause: a declared one is prose, of another one what the suite said is shown as it is. */
function reason(cause: string): string {
  const said = `${UNEXPLAINED}: `;
  return cause.startsWith(said) ? said + code(cause.slice(said.length)) : cause;
}

/** Text from the suite as code on one line, so that nothing in it is taken for Markdown. */
function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replace(/\s+/g, " ").trim()}\``;
}
