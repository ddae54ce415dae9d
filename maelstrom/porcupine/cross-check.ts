/** The checkers of `sim/checkers` against porcupine: on each history both must say the same. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Case } from "./case.ts";

const SOURCE = fileURLToPath(new URL(".", import.meta.url));
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Fewer good or bad histories than this show nothing. */
const MIN_EACH = 20;

/** What the comparison found. */
export interface CrossCheck {
  readonly histories: number;
  readonly good: number;
  readonly bad: number;
  /** Histories on which one of the two gave up. */
  readonly undecided: number;
  /** Why it failed; empty when all is well. */
  readonly failures: readonly string[];
}

/**
 * Builds the program, of the pinned version of porcupine and no other.
 *
 * @throws Error when it cannot be built
 */
function build(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "porcupine");
  execFileSync("go", ["build", "-mod=readonly", "-o", program, "."], {
    cwd: SOURCE,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return program;
}

const VERDICTS: Readonly<Record<string, Case["ours"]>> = {
  Ok: "Holds",
  Illegal: "Broken",
  Unknown: "Undecided",
};

/** Judges the histories by porcupine, and compares. What they differ on is written to `folder`. */
export function crossCheck(cases: readonly Case[], folder: string): CrossCheck {
  const program = build(folder);
  const input = cases.map((one) => `${JSON.stringify(one)}\n`).join("");
  const output = execFileSync(program, { input, encoding: "utf8", maxBuffer: MAX_OUTPUT_BYTES });
  const results = output.trimEnd().split("\n");
  const failures: string[] = [];
  const counts = { Holds: 0, Broken: 0, Undecided: 0 };
  for (const [at, one] of cases.entries()) {
    const { name, result } = JSON.parse(results[at] ?? "{}") as { name?: string; result?: string };
    const theirs = name === one.name ? VERDICTS[result ?? ""] : undefined;
    if (theirs === undefined) throw new Error(`porcupine says nothing of ${one.name}`);
    if (theirs === "Undecided" || one.ours === "Undecided") counts.Undecided += 1;
    else if (theirs === one.ours) counts[theirs] += 1;
    else failures.push(difference(one, theirs, folder));
  }
  if (Math.min(counts.Holds, counts.Broken) < MIN_EACH) {
    failures.push(`${counts.Holds} good and ${counts.Broken} bad histories are too few`);
  }
  const { Holds: good, Broken: bad, Undecided: undecided } = counts;
  return { histories: cases.length, good, bad, undecided, failures };
}

function difference(one: Case, theirs: string, folder: string): string {
  const file = join(folder, `${one.name.replaceAll(" ", "-")}.json`);
  writeFileSync(file, `${JSON.stringify(one, null, 1)}\n`);
  return `${one.name}: the checkers say ${one.ours}, porcupine ${theirs}; see ${file}`;
}
