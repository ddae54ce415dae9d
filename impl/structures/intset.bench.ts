/** Measures the intset on its own: `node impl/structures/intset.bench.ts`. */
import { report, timed } from "./timed.bench.ts";

globalThis.VERIDIS_CHECKED = false;
const { addInteger, findInteger, makeIntset, removeInteger } = await import("./intset.ts");

for (const [count, factor] of [
  [16, 1],
  [512, 1],
  [512, 1000],
] as const) {
  const bytes = new Uint8Array(16 * 1024);
  makeIntset(bytes, 0);
  for (let i = 0; i < count; i++) addInteger(bytes, 0, i * factor, 0);
  const width = bytes[0]! * 8;
  report(
    `find, of ${count} with ${width} bits`,
    timed(count, (n) => findInteger(bytes, 0, n * factor, 0)),
  );
  report(
    `remove and add, of ${count} with ${width} bits`,
    timed(count, (n) => {
      removeInteger(bytes, 0, n * factor, 0);
      return addInteger(bytes, 0, n * factor, 0) ? 1 : 0;
    }),
  );
}
