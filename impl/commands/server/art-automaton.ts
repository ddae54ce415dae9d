import { chanceFrom } from "./art-chance.ts";

const COLUMNS = 64;
const ROWS = 16;
/** One cell in eight is alive at the start: this share of the 32-bit range. */
const DENSITY = 2 ** 29;

/** A cellular automaton by rule 30, which nobody can predict without running it. */
export function automaton(seed: number): string {
  const chance = chanceFrom(seed);
  let cells = Array.from({ length: COLUMNS }, () => chance.nextU32() < DENSITY);
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    lines.push(cells.map((alive) => (alive ? "#" : " ")).join(""));
    const present = cells;
    cells = present.map((alive, i) => {
      const left = present.at(i - 1) ?? false;
      const right = present[(i + 1) % COLUMNS] ?? false;
      return left !== (alive || right);
    });
  }
  return lines.join("\n");
}
