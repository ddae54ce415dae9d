import { chanceFrom } from "./art-chance.ts";
import { Dots } from "./art-dots.ts";

/** A picture is no higher than this many lines, whatever is asked for. */
const MOST_LINES = 1000;
const MARGIN_DOTS = 2;
const QUARTER = Math.PI / 2;

/**
 * Square tiles, each with two quarter circles around opposite corners: which two is chance, and the
 * arcs join to winding lines.
 *
 * @param columns characters wide
 * @param across tiles in a row
 * @param down rows of tiles
 */
export function tiles(seed: number, columns: number, across: number, down: number): string {
  const chance = chanceFrom(seed);
  const widthDots = columns * 2;
  const margin = widthDots > 2 * MARGIN_DOTS ? MARGIN_DOTS : 0;
  const side = (widthDots - 2 * margin) / across;
  const heightDots = Math.max(1, Math.floor(side * down)) + 2 * margin;
  const dots = new Dots(columns, Math.min(MOST_LINES, Math.ceil(heightDots / 4)));
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const left = margin + column * side;
      const top = margin + row * side;
      const isTurned = chance.nextU32() % 2 === 1;
      arc(dots, isTurned ? left + side : left, top, side / 2, isTurned ? 1 : 0);
      arc(dots, isTurned ? left : left + side, top + side, side / 2, isTurned ? 3 : 2);
    }
  }
  return dots.toString();
}

/** A quarter of a circle; the first quarter is that to the right and below. */
function arc(dots: Dots, x: number, y: number, radius: number, quarter: number): void {
  const steps = Math.max(1, Math.ceil(radius * 2));
  for (let step = 0; step <= steps; step++) {
    const angle = QUARTER * (quarter + step / steps);
    dots.set(Math.floor(x + radius * Math.cos(angle)), Math.floor(y + radius * Math.sin(angle)));
  }
}
