/** The first of the 256 characters of braille: eight dots, of which none is set. */
const BLANK = 0x2800;
const DOTS_WIDE = 2;
const DOTS_HIGH = 4;
/** Which bit of a character the dot at column and row has: the lowest row came later. */
const BITS: readonly (readonly number[])[] = [
  [0, 1, 2, 6],
  [3, 4, 5, 7],
];

/** A canvas of dots, eight to a character: two wide and four high. */
export class Dots {
  readonly #columns: number;
  readonly #cells: Uint8Array;

  /** @param columns and rows of characters */
  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#cells = new Uint8Array(columns * rows);
  }

  /** Sets the dot at a place, unless that is outside. */
  set(x: number, y: number): void {
    const column = Math.floor(x / DOTS_WIDE);
    const cell = Math.floor(y / DOTS_HIGH) * this.#columns + column;
    const isInside = x >= 0 && y >= 0 && column < this.#columns && cell < this.#cells.length;
    if (isInside) this.#cells[cell]! |= 1 << BITS[x % DOTS_WIDE]![y % DOTS_HIGH]!;
  }

  /** The lines, without a break behind the last one. */
  toString(): string {
    const lines: string[] = [];
    for (let from = 0; from < this.#cells.length; from += this.#columns) {
      const cells = Array.from(this.#cells.subarray(from, from + this.#columns));
      lines.push(String.fromCharCode(...cells.map((dots) => BLANK + dots)));
    }
    return lines.join("\n");
  }
}
