import type { SuiteRecord, UnitRecord } from "./record.ts";
import { COMPLETE_UNITS, notReached } from "./verdict.ts";

/** The command that writes the page. */
export const RECORD_COMMAND = "pnpm redis-tests --full --record";

/** The page that shows the record: a table of units, and every error with its cause. */
export function renderReport(record: SuiteRecord): string {
  const units = Object.entries(record.units);
  return `${[
    "# Redis' own test suite against Veridis",
    introduction(record),
    table(units),
    "## Errors and their causes",
    ...units.filter(([, unit]) => hasFaults(unit)).map(([name, unit]) => faults(name, unit)),
  ].join("\n\n")}\n`;
}

function introduction(record: SuiteRecord): string {
  return `Written by \`${RECORD_COMMAND}\` from \`tests-redis/expected.json\`; not edited by hand. The suite is
that of Redis ${record.redisVersion}, run against a server that is already up, a fresh one for each unit.
*Redis* is the number of tests that Redis ${record.redisVersion} itself passes in this way, *ignored* counts tests and
blocks of tests that the suite leaves out because they need a server of its own, *not reached* the
tests behind an error that ended a block of tests or the unit. Units in bold must be complete: every
error explained, every test reached.`;
}

function table(units: readonly (readonly [string, UnitRecord])[]): string {
  const rows = units.map(([name, unit]) =>
    row(COMPLETE_UNITS.includes(name) ? `**${name}**` : name, [
      unit.redis,
      unit.ok,
      unit.errors.length,
      notReached(unit),
      unit.ignored,
    ]),
  );
  const sum = (of: (unit: UnitRecord) => number) =>
    units.reduce((total, [, unit]) => total + of(unit), 0);
  const total = row("all", [
    sum((unit) => unit.redis),
    sum((unit) => unit.ok),
    sum((unit) => unit.errors.length),
    sum(notReached),
    sum((unit) => unit.ignored),
  ]);
  const head = "| unit | Redis | ok | err | not reached | ignored |\n|---|--:|--:|--:|--:|--:|";
  return [head, ...rows, total].join("\n");
}

function row(name: string, counts: readonly number[]): string {
  return `| ${[name, ...counts].join(" | ")} |`;
}

function hasFaults(unit: UnitRecord): boolean {
  return unit.errors.length > 0 || unit.aborted !== undefined;
}

/** A unit's errors, grouped by cause. */
function faults(name: string, unit: UnitRecord): string {
  const byCause = new Map<string, string[]>();
  for (const error of unit.errors) {
    byCause.set(error.cause, [...(byCause.get(error.cause) ?? []), error.test]);
  }
  const lines = [...byCause].map(([cause, tests]) => `- ${inline(cause)}: ${counted(tests)}`);
  if (unit.aborted !== undefined) lines.unshift(`- The unit ends early: ${inline(unit.aborted)}`);
  return `### ${name}\n\n${lines.join("\n")}`;
}

function counted(tests: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const test of tests) counts.set(test, (counts.get(test) ?? 0) + 1);
  const shown = [...counts].map(([test, times]) => {
    return times === 1 ? `\`${inline(test)}\`` : `\`${inline(test)}\` (${times} times)`;
  });
  return shown.join("; ");
}

/** Text from a test as one harmless piece of a Markdown line. */
function inline(text: string): string {
  return text
    .replaceAll("`", "'")
    .replaceAll("|", "\\|")
    .replace(/\s+/g, " ")
    .replaceAll("<", "&lt;");
}
