/**
 * What the checks have found, kept for docs/VERIFICATION.md: each check that passes leaves its
 * figures in `.cache/evidence/`, with the commit that it judged.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIRECTORY = join(ROOT, ".cache/evidence");

/** How much a check has seen: states, steps, seeds, kills and so on, by name. */
export type Figures = Readonly<Record<string, number>>;

/** One run of a check that passed. */
export interface Evidence {
  readonly check: string;
  readonly figures: Figures;
  /** Day of the run, as in 2026-01-31. */
  readonly date: string;
  /** The commit; with a `+` when files differed from it. */
  readonly commit: string;
}

/**
 * Keeps what a check has seen. To be called once, at the end of a run that passed.
 *
 * @param check the command's name without `pnpm`, as in `refine:graph`
 */
export function recordEvidence(check: string, figures: Figures): void {
  const date = new Date().toISOString().slice(0, 10);
  const evidence: Evidence = { check, figures, date, commit: commit() };
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(
    join(DIRECTORY, `${check.replaceAll(":", "-")}.json`),
    `${JSON.stringify(evidence, null, 2)}\n`,
  );
}

/** The evidence of every check that has left some, by the check's name. */
export function readEvidence(): ReadonlyMap<string, Evidence> {
  const found = new Map<string, Evidence>();
  if (!existsSync(DIRECTORY)) return found;
  for (const name of readdirSync(DIRECTORY).filter((file) => file.endsWith(".json"))) {
    const evidence = JSON.parse(readFileSync(join(DIRECTORY, name), "utf8")) as Evidence;
    found.set(evidence.check, evidence);
  }
  return found;
}

/** The commit of the checkout; `unknown` outside one. */
function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", args, {
        cwd: ROOT,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const changed = git("status", "--porcelain", "--untracked-files=no").trim() !== "";
    return git("rev-parse", "--short", "HEAD").trim() + (changed ? "+" : "");
  } catch {
    return "unknown";
  }
}
