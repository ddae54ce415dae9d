/** Bytes of a grain, the granule of the arena. */
export const GRAIN_BYTES = 16;
/** Classes of 1 to 16 grains, one grain apart. */
const FINE_CLASSES = 16;
/** Classes above them: four to a doubling, up to 256 KiB. */
const COARSE_CLASSES = 40;
/** Number of size classes. */
export const CLASS_COUNT = FINE_CLASSES + COARSE_CLASSES;

/** The smallest class that holds `grains` (at least 1, at most the largest class's size). */
export function classOfGrains(grains: number): number {
  if (grains <= FINE_CLASSES) return grains - 1;
  const doubling = 31 - Math.clz32(grains - 1);
  const quarter = ((grains - 1) >>> (doubling - 2)) & 3;
  return FINE_CLASSES + (doubling - 4) * 4 + quarter;
}

/** Grains of each class's blocks, ascending. */
export const CLASS_GRAINS: Int32Array = Int32Array.from({ length: CLASS_COUNT }, (_, index) => {
  if (index < FINE_CLASSES) return index + 1;
  const doubling = 4 + ((index - FINE_CLASSES) >>> 2);
  const quarter = (index - FINE_CLASSES) & 3;
  return (1 << doubling) + (quarter + 1) * (1 << (doubling - 2));
});

/** Grains that `byteLength` bytes take. */
export function grainsOf(byteLength: number): number {
  return (byteLength + GRAIN_BYTES - 1) >>> 4;
}

/** The largest class whose blocks are at most `grains` (at least 1) long. */
export function classWithin(grains: number): number {
  const largest = CLASS_GRAINS[CLASS_COUNT - 1]!;
  if (grains >= largest) return CLASS_COUNT - 1;
  const sizeClass = classOfGrains(grains);
  return CLASS_GRAINS[sizeClass] === grains ? sizeClass : sizeClass - 1;
}
