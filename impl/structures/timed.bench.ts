/** What the benches of this room share. */

/** What all timed operations have returned, so that their work is used. */
export let checksum = 0;

/**
 * Least over rounds of nanoseconds per call of `operation` with random numbers below `bound`.
 */
export function timed(bound: number, operation: (n: number) => number, calls = 200_000): number {
  let least = Number.POSITIVE_INFINITY;
  let state = 1;
  let sum = 0;
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) & 0x3fffffff;
      sum = (sum + operation((state >>> 6) % bound)) | 0;
    }
    least = Math.min(least, ((performance.now() - start) * 1e6) / calls);
  }
  checksum ^= sum;
  return least;
}

export function report(name: string, ns: number): void {
  console.log(`${name}: ${ns < 10 ? ns.toFixed(1) : ns.toFixed(0)} ns`);
}
