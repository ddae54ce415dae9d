/** How many sequences a test draws that compares two servers. */
export interface Runs {
  readonly numRuns: number;
  /** Where drawing starts; by chance when left out. */
  readonly seed?: number;
  readonly timeoutMs: number;
}

/** So long a sequence may take on a busy machine. */
const RUN_LIMIT_MS = 300;

/**
 * The number of runs: by default always the same sequences, so that a change is judged by itself.
 * The environment's COMPARED_RUNS, which `pnpm test:full` sets, draws that many by chance.
 */
export function comparedRuns(numRuns: number): Runs {
  const asked = process.env["COMPARED_RUNS"];
  if (asked === undefined) return { numRuns, seed: 1, timeoutMs: numRuns * RUN_LIMIT_MS };
  return { numRuns: Number(asked), timeoutMs: Number(asked) * RUN_LIMIT_MS };
}
