import type { Random } from "../../ports/random.ts";
import { chanceFrom, fraction } from "./art-chance.ts";

/** Greys of the terminal's 256 colours, from the sky to the nearest ridge. */
const GREYS = [252, 246, 240, 234];
const WAVES = 4;

/**
 * Ridges of hills one behind the other, the nearer the darker, in four greys of a terminal.
 *
 * @param columns and rows of characters
 */
export function ridges(seed: number, columns: number, rows: number): string {
  const chance = chanceFrom(seed);
  const heights = GREYS.slice(1).map((_, i) => ridge(chance, columns, rows * (0.75 - 0.22 * i)));
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    const above = rows - row;
    const greys = Array.from({ length: columns }, (_, x) => {
      const nearest = heights.findLastIndex((height) => height[x]! >= above);
      return GREYS[nearest + 1]!;
    });
    lines.push(painted(greys));
  }
  return lines.join("\n");
}

/** The height of a ridge at each column: waves of chance around a mean. */
function ridge(chance: Random, columns: number, mean: number): readonly number[] {
  const waves = Array.from({ length: WAVES }, (_, i) => ({
    height: (mean * (0.15 + 0.2 * fraction(chance))) / (i + 1),
    length: (0.1 + 0.1 * fraction(chance)) * (i + 1),
    from: 2 * Math.PI * fraction(chance),
  }));
  return Array.from({ length: columns }, (_, x) =>
    waves.reduce(
      (sum, { height, length, from }) => sum + height * Math.sin(x * length + from),
      mean,
    ),
  );
}

/** One line: each run of one grey as spaces in front of it. */
function painted(greys: readonly number[]): string {
  let line = "";
  for (let from = 0; from < greys.length; ) {
    const grey = greys[from]!;
    let to = from + 1;
    while (to < greys.length && greys[to] === grey) to++;
    line += `\x1b[48;5;${grey}m${" ".repeat(to - from)}\x1b[0m`;
    from = to;
  }
  return line;
}
