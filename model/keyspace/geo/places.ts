/**
 * Places on the earth, and the scores that they are kept as.
 *
 * The world is a grid of `2^step` columns and as many rows. The bits of a cell's column and row in
 * turn, the column's first, are its number; the score of a place is the number of its cell in the
 * finest grid.
 */

/** Degrees. */
export interface Place {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell of a grid; the outermost longitude and latitude lie in one more column and row. */
export interface Cell {
  readonly step: number;
  readonly column: bigint;
  readonly row: bigint;
}

/** What a cell covers, or what is searched, in degrees. */
export interface Area {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** The whole of what the grid covers: beyond, Mercator's projection ends. */
const WORLD: Area = { west: -180, east: 180, south: -85.05112878, north: 85.05112878 };
/** The whole world, for geohashes as others write them. */
const WHOLE_WORLD: Area = { ...WORLD, south: -90, north: 90 };

/** Bits of a column and of a row in a score. */
export const FINEST = 26;

/** Whether a place lies in the grid. */
export const isPlace = ({ longitude, latitude }: Place): boolean =>
  longitude >= WORLD.west &&
  longitude <= WORLD.east &&
  latitude >= WORLD.south &&
  latitude <= WORLD.north;

/** The cell of a place. */
export const cellAt = (place: Place, step: number, world = WORLD): Cell => {
  const part = (value: number, from: number, to: number): bigint =>
    BigInt(Math.trunc(((value - from) / (to - from)) * 2 ** step));
  return {
    step,
    column: part(place.longitude, world.west, world.east),
    row: part(place.latitude, world.south, world.north),
  };
};

/** Every bit of a number behind a zero. */
const spread = (value: bigint): bigint => BigInt(`0b${[...value.toString(2)].join("0")}`);
/** Every other bit of a number, from the lowest on. */
const gathered = (value: bigint): bigint => {
  const bits = [...value.toString(2)].reverse().filter((_, i) => i % 2 === 0);
  return BigInt(`0b${bits.reverse().join("")}`);
};

const numberOf = ({ column, row }: Cell): bigint => spread(row) | (spread(column) << 1n);

/** The score of a place. */
export const scoreOf = (place: Place): bigint => numberOf(cellAt(place, FINEST));

/** The scores of all places in a cell, the first and the one behind the last. */
export const scoresIn = (cell: Cell): readonly [from: number, to: number] => {
  const unit = 1n << BigInt(2 * (FINEST - cell.step));
  return [Number(numberOf(cell) * unit), Number((numberOf(cell) + 1n) * unit)];
};

/** What a cell covers. */
export const areaOf = ({ step, column, row }: Cell): Area => {
  const at = (index: bigint, from: number, to: number): number =>
    from + (Number(index) / 2 ** step) * (to - from);
  return {
    west: at(column, WORLD.west, WORLD.east),
    east: at(column + 1n, WORLD.west, WORLD.east),
    south: at(row, WORLD.south, WORLD.north),
    north: at(row + 1n, WORLD.south, WORLD.north),
  };
};

/** What x86-64 makes of a score that should be an integer of 64 bits without a sign. */
const toBits = (score: number): bigint => {
  const beyond = 2 ** 63;
  if (score >= 2 * beyond) return 0n;
  if (!(score >= -beyond)) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(score)));
};

/** The place that a score stands for: the middle of its cell. Any score stands for one. */
export const placeOf = (score: number): Place => {
  const bits = toBits(score);
  const { west, east, south, north } = areaOf({
    step: FINEST,
    column: gathered(bits >> 1n),
    row: gathered(bits),
  });
  const within = (value: number, from: number, to: number): number =>
    Math.max(from, Math.min(to, value));
  return {
    longitude: within((west + east) / 2, WORLD.west, WORLD.east),
    latitude: within((south + north) / 2, WORLD.south, WORLD.north),
  };
};

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const GEOHASH_LENGTH = 11;

/** The geohash of a place, as the rest of the world writes it; but the last letter is always 0. */
export const geohashOf = (place: Place): string => {
  const bits = BigInt.asUintN(2 * FINEST, numberOf(cellAt(place, FINEST, WHOLE_WORLD)));
  const letters = Array.from({ length: GEOHASH_LENGTH - 1 }, (_, i) => {
    const index = (bits >> BigInt(2 * FINEST - 5 * (i + 1))) & 31n;
    return ALPHABET.charAt(Number(index));
  });
  return `${letters.join("")}0`;
};
