/** Bytes of a unit, the granule of the arena. */
export const UNIT_BYTES = 16;
/** Classes of 1 to 16 units, one unit apart. */
const FINE_CLASSES = 16;
/** Classes above them: four to a doubling, up to 256 KiB. */
const COARSE_CLASSES = 40;
/** Number of size classes. */
export const CLASS_COUNT = FINE_CLASSES + COARSE_CLASSES;

/** The smallest class that holds `units` (at least 1, at most the largest class's size). */
export function classOfUnits(units: number): number {
  if (units <= FINE_CLASSES) return units - 1;
  const doubling = 31 - Math.clz32(units - 1);
  const quarter = ((units - 1) >>> (doubling - 2)) & 3;
  return FINE_CLASSES + (doubling - 4) * 4 + quarter;
}

/** Units of each class's blocks, ascending. */
export const CLASS_UNITS: Int32Array = Int32Array.from({ length: CLASS_COUNT }, (_, index) => {
  if (index < FINE_CLASSES) return index + 1;
  const doubling = 4 + ((index - FINE_CLASSES) >>> 2);
  const quarter = (index - FINE_CLASSES) & 3;
  return (1 << doubling) + (quarter + 1) * (1 << (doubling - 2));
});

/** Units that `byteLength` bytes take. */
export function unitsOf(byteLength: number): number {
  return (byteLength + UNIT_BYTES - 1) >>> 4;
}

/** The largest class whose blocks are at most `units` (at least 1) long. */
export function classWithin(units: number): number {
  const largest = CLASS_UNITS[CLASS_COUNT - 1]!;
  if (units >= largest) return CLASS_COUNT - 1;
  const sizeClass = classOfUnits(units);
  return CLASS_UNITS[sizeClass] === units ? sizeClass : sizeClass - 1;
}
