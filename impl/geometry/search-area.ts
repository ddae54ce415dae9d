import { assert, CHECKED } from "../assert.ts";
import {
  degreesAt,
  FINEST,
  indexOf,
  lowerHalf,
  MAX_LATITUDE,
  MAX_LONGITUDE,
  type Place,
  upperHalf,
} from "./cells.ts";
import {
  distance,
  EARTH_RADIUS,
  latitudeDistance,
  nearHaversine,
  nearHaversineOf,
  toAngle,
  toDegrees,
} from "./distance.ts";
import { cos } from "./trigonometry.ts";

/** Half of what Mercator's projection makes of the equator, in metres. */
const MERCATOR = 20037726.37;
/** Beyond these latitudes cells are so narrow that coarser ones are taken. */
const HIGH_LATITUDE = 66;
const HIGHEST_LATITUDE = 80;
/** A haversine that differs by this part from another one certainly is on its side of it. */
const SURELY = 1e-12;
/** A circle's angles are taken larger by this one, so that no rounding leaves anything out. */
const ROOM = 1e-9;
/** From this sine on an angle is too uncertain for that. */
const REACHES_POLE = 0.999;

/** The neighbours of a cell as columns to the east and rows to the north, in Redis' order. */
const EAST = [0, 0, 1, -1, 1, -1, 1, -1] as const;
const NORTH = [1, -1, 0, 0, 1, 1, -1, -1] as const;

/**
 * A circle or a box around a place: which scores lie in cells that may hold a part of it, and which
 * places lie in it. One is used again and again: `circle` or `box`, then the rest.
 */
export class SearchArea {
  longitude = 0;
  latitude = 0;
  /** Ranges of scores, in the order in which Redis searches them: first score, and the one behind. */
  readonly scores = new Float64Array(2 * (1 + EAST.length));
  ranges = 0;

  #isCircle = true;
  /** Metres, of a circle. */
  #radius = 0;
  /** Metres to both sides, of a box. */
  #aside = 0;
  #up = 0;
  /** The haversine of the radius, or of what a box has to a side. */
  #haversine = 0;
  /** Metres to the farthest point. */
  #reach = 0;
  /** The middle as angles, and the cosine of its latitude, nearly. */
  #longitudeAngle = 0;
  #latitudeAngle = 0;
  #cosine = 1;
  /** How far the circle goes from the middle as an angle, and to both sides; no less. */
  #angle = 0;
  #angleAside = 0;

  /** Searches a circle; the radius is in units of so many metres. */
  circle(longitude: number, latitude: number, radius: number, unit: number): void {
    this.#isCircle = true;
    this.#radius = radius * unit;
    this.#reach = this.#radius;
    this.#haversine = nearHaversineOf(this.#radius);
    this.#begin(longitude, latitude, this.#radius, this.#radius);
    this.#angle = this.#radius / EARTH_RADIUS + ROOM;
    this.#angleAside = angleAside(this.#angle, this.#cosine) + ROOM;
  }

  /** Searches a box, whose edges are meridians and parallels; its size is in units of so many metres. */
  box(longitude: number, latitude: number, width: number, height: number, unit: number): void {
    this.#isCircle = false;
    this.#aside = (width * unit) / 2;
    this.#up = (height * unit) / 2;
    this.#reach = Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2)) * unit;
    this.#haversine = nearHaversineOf(this.#aside);
    this.#begin(longitude, latitude, unit * (width / 2), unit * (height / 2));
  }

  /** True when a place lies in what is searched. */
  contains(place: Place): boolean {
    const { longitude, latitude } = place;
    if (this.#isCircle && !this.#isBeside(longitude, latitude)) return false;
    if (!this.#isCircle && latitudeDistance(latitude, this.latitude) > this.#up) return false;
    const near = this.#isCircle ? this.nearness(place) : this.#nearnessAside(place);
    if (near > this.#haversine * (1 + SURELY)) return false;
    if (near < this.#haversine * (1 - SURELY)) return true;
    const from = this.#isCircle ? this.latitude : latitude;
    const exact = distance(this.longitude, from, longitude, latitude);
    return !(exact > (this.#isCircle ? this.#radius : this.#aside));
  }

  /** False when a place certainly lies outside of the circle, by its latitude or its longitude alone: most are told so. */
  #isBeside(longitude: number, latitude: number): boolean {
    const up = Math.abs(toAngle(latitude) - this.#latitudeAngle);
    if (up > this.#angle) return false;
    const aside = Math.abs(toAngle(longitude) - this.#longitudeAngle);
    return aside <= this.#angleAside || aside >= 2 * Math.PI - this.#angleAside;
  }

  /** Grows with the distance from the middle to a place, but for its last bits; see `surelyCompare`. */
  nearness({ longitude, latitude }: Place): number {
    return nearHaversine(
      this.#latitudeAngle,
      this.#cosine,
      this.#longitudeAngle,
      toAngle(latitude),
      toAngle(longitude),
    );
  }

  /** The same of a place and the one on its parallel that is on the middle's meridian. */
  #nearnessAside({ longitude, latitude }: Place): number {
    const angle = toAngle(latitude);
    const cosine = Math.cos(angle);
    return nearHaversine(angle, cosine, this.#longitudeAngle, angle, toAngle(longitude));
  }

  /** Metres from the middle to a place. */
  distanceTo({ longitude, latitude }: Place): number {
    return distance(this.longitude, this.latitude, longitude, latitude);
  }

  #begin(longitude: number, latitude: number, aside: number, up: number): void {
    if (CHECKED) assert(aside >= 0 && up >= 0, "a size is not negative");
    this.longitude = longitude;
    this.latitude = latitude;
    this.#longitudeAngle = toAngle(longitude);
    this.#latitudeAngle = toAngle(latitude);
    this.#cosine = Math.cos(this.#latitudeAngle);
    this.ranges = 0;
    const estimated = this.#estimatedStep();
    if (estimated === 1) {
      this.#addAround(1, () => true);
      return;
    }
    // What is searched, as wide as it is at the edge that is nearer to a pole.
    const height = toDegrees(up / EARTH_RADIUS);
    const edge = latitude < 0 ? latitude - height : latitude + height;
    const width = toDegrees(aside / EARTH_RADIUS / cos(toAngle(edge)));
    const north = latitude + height;
    const south = latitude - height;
    const east = longitude + width;
    const west = longitude - width;

    const step = this.#reaches(estimated, west, east, south, north) ? estimated : estimated - 1;
    const column = indexOf(longitude, -MAX_LONGITUDE, MAX_LONGITUDE, step);
    const row = indexOf(latitude, -MAX_LATITUDE, MAX_LATITUDE, step);
    // A neighbour is left out when the cell itself goes farther to that side than what is searched.
    const left = {
      west: westOf(column, step) < west,
      east: westOf(column + 1, step) > east,
      south: southOf(row, step) < south,
      north: southOf(row + 1, step) > north,
    };
    this.#addAround(
      step,
      (x, y) =>
        step === 1 ||
        !(
          (x < 0 && left.west) ||
          (x > 0 && left.east) ||
          (y < 0 && left.south) ||
          (y > 0 && left.north)
        ),
    );
  }

  /** The step of cells that are about as large as what is searched. */
  #estimatedStep(): number {
    if (this.#reach === 0) return FINEST;
    let step = -1;
    for (let reach = this.#reach; reach < MERCATOR; reach *= 2) step++;
    const latitude = Math.abs(this.latitude);
    if (latitude > HIGH_LATITUDE) step--;
    if (latitude > HIGHEST_LATITUDE) step--;
    return Math.max(1, Math.min(FINEST, step));
  }

  /** True when the cells beside that of the middle go as far as what is searched. */
  #reaches(step: number, west: number, east: number, south: number, north: number): boolean {
    const column = indexOf(this.longitude, -MAX_LONGITUDE, MAX_LONGITUDE, step);
    const row = indexOf(this.latitude, -MAX_LATITUDE, MAX_LATITUDE, step);
    return (
      southOf(moved(row, 1, step) + 1, step) >= north &&
      southOf(moved(row, -1, step), step) <= south &&
      westOf(moved(column, 1, step) + 1, step) >= east &&
      westOf(moved(column, -1, step), step) <= west
    );
  }

  /** Adds the cell of the middle, and of its neighbours those that are wanted. */
  #addAround(step: number, isWanted: (east: number, north: number) => boolean): void {
    const column = indexOf(this.longitude, -MAX_LONGITUDE, MAX_LONGITUDE, step);
    const row = indexOf(this.latitude, -MAX_LATITUDE, MAX_LATITUDE, step);
    this.#add(column, row, step);
    for (let i = 0; i < EAST.length; i++) {
      const east = EAST[i]!;
      const north = NORTH[i]!;
      if (isWanted(east, north))
        this.#add(moved(column, east, step), moved(row, north, step), step);
    }
  }

  /** Adds the scores of a cell, unless it is the neighbour that was added last: the grid goes round. */
  #add(column: number, row: number, step: number): void {
    const scale = (1 << (FINEST - step)) ** 2;
    const upper = upperHalf(column, row) * 2 ** 32;
    const lower = lowerHalf(column, row);
    const first = (upper + lower) * scale;
    const behind = (upper + (lower + 1)) * scale;
    const at = this.ranges * 2;
    if (this.ranges > 1 && this.scores[at - 2] === first && this.scores[at - 1] === behind) return;
    this.scores[at] = first;
    this.scores[at + 1] = behind;
    this.ranges++;
  }
}

/** How far a circle goes to both sides, as an angle: all around where it reaches a pole, or nearly so. */
function angleAside(angle: number, cosine: number): number {
  const part = Math.sin(Math.min(angle, Math.PI / 2)) / cosine;
  return part < REACHES_POLE ? Math.asin(part) : Math.PI;
}

/**
 * Compares two places' `nearness`: below 0 when the first is nearer, above 0 when it is farther, and
 * 0 when only their distances can tell.
 */
export function surelyCompare(one: number, other: number): number {
  if (Math.abs(one - other) <= SURELY * Math.max(one, other)) return 0;
  return one - other;
}

/** A column or row some cells on. The grid goes round; only what does not move stays at the upper end. */
function moved(index: number, by: number, step: number): number {
  if (by === 0) return index;
  const cells = 1 << step;
  return (index + by + cells) % cells;
}

function westOf(column: number, step: number): number {
  return degreesAt(column, -MAX_LONGITUDE, MAX_LONGITUDE, step);
}

function southOf(row: number, step: number): number {
  return degreesAt(row, -MAX_LATITUDE, MAX_LATITUDE, step);
}
