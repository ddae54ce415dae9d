/** Which cells are searched for what lies in a shape, in which order. */
import { degrees, EARTH_RADIUS, radians } from "./distance.ts";
import { type Area, areaOf, type Cell, cellAt, FINEST, type Place } from "./places.ts";
import { cos } from "./trigonometry.ts";

/** What is searched around its centre; metres. */
export type Shape =
  | { readonly _tag: "Circle"; readonly radius: number; readonly unit: number }
  | {
      readonly _tag: "Box";
      readonly width: number;
      readonly height: number;
      readonly unit: number;
    };

/** Half of what Mercator's projection makes of the equator. */
const MERCATOR = 20037726.37;

/** How fine a grid is whose cells are about as large as what is searched. */
const estimatedStep = (radius: number, latitude: number): number => {
  if (radius === 0) return FINEST;
  let step = -1;
  for (let reach = radius; reach < MERCATOR; reach *= 2) step += 1;
  // Towards the poles cells are narrower.
  if (Math.abs(latitude) > 66) step -= 1;
  if (Math.abs(latitude) > 80) step -= 1;
  return Math.max(1, Math.min(FINEST, step));
};

/** Metres from the centre to the farthest point. */
const reachOf = (shape: Shape): number =>
  shape._tag === "Circle"
    ? shape.radius * shape.unit
    : Math.sqrt((shape.width / 2) * (shape.width / 2) + (shape.height / 2) * (shape.height / 2)) *
      shape.unit;

/** The degrees that a shape covers, at its edge nearer to a pole. */
const bounds = (shape: Shape, { longitude, latitude }: Place): Area => {
  const [width, height] =
    shape._tag === "Circle"
      ? [shape.unit * shape.radius, shape.unit * shape.radius]
      : [shape.unit * (shape.width / 2), shape.unit * (shape.height / 2)];
  const up = degrees(height / EARTH_RADIUS);
  const edge = latitude < 0 ? latitude - up : latitude + up;
  const aside = degrees(width / EARTH_RADIUS / cos(radians(edge)));
  return {
    west: longitude - aside,
    east: longitude + aside,
    south: latitude - up,
    north: latitude + up,
  };
};

/** By columns to the east and rows to the north; the grid goes round in both directions. */
const moved = (cell: Cell, east: bigint, north: bigint): Cell => ({
  step: cell.step,
  column: east === 0n ? cell.column : BigInt.asUintN(cell.step, cell.column + east),
  row: north === 0n ? cell.row : BigInt.asUintN(cell.step, cell.row + north),
});

/** The directions in which neighbours are searched, in this order. */
const DIRECTIONS: ReadonlyArray<readonly [east: bigint, north: bigint]> = [
  [0n, 1n],
  [0n, -1n],
  [1n, 0n],
  [-1n, 0n],
  [1n, 1n],
  [-1n, 1n],
  [1n, -1n],
  [-1n, -1n],
];

/** Whether the cells beside a cell go as far as what is searched. */
const reaches = (cell: Cell, { west, east, south, north }: Area): boolean =>
  areaOf(moved(cell, 0n, 1n)).north >= north &&
  areaOf(moved(cell, 0n, -1n)).south <= south &&
  areaOf(moved(cell, 1n, 0n)).east >= east &&
  areaOf(moved(cell, -1n, 0n)).west <= west;

/** The cells that are searched: the centre's, and those around it that may hold something. */
export const cellsToSearch = (shape: Shape, centre: Place): ReadonlyArray<Cell> => {
  const estimated = estimatedStep(reachOf(shape), centre.latitude);
  const wanted = estimated > 1 ? bounds(shape, centre) : undefined;
  const isEnough = wanted === undefined || reaches(cellAt(centre, estimated), wanted);
  const step = isEnough ? estimated : estimated - 1;
  const cell = cellAt(centre, step);
  const own = areaOf(cell);
  const isUseful = ([east, north]: readonly [bigint, bigint]): boolean => {
    if (wanted === undefined || step === 1) return true;
    if (north < 0n && own.south < wanted.south) return false;
    if (north > 0n && own.north > wanted.north) return false;
    if (east < 0n && own.west < wanted.west) return false;
    return !(east > 0n && own.east > wanted.east);
  };
  const around = DIRECTIONS.filter(isUseful).map(([east, north]) => moved(cell, east, north));
  const isNew = (one: Cell, i: number): boolean =>
    i === 0 || one.column !== around[i - 1]?.column || one.row !== around[i - 1]?.row;
  return [cell, ...around.filter(isNew)];
};
