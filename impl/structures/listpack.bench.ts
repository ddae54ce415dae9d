/**
 * Measures the listpack on its own: `node impl/structures/listpack.bench.ts`. Assertions are
 * compiled out, as in the published build.
 */
import { report, timed } from "./timed.bench.ts";

globalThis.VERIDIS_CHECKED = false;
const {
  appendEntry,
  deleteEntries,
  entryAt,
  findEntry,
  insertEntry,
  makeListpack,
  nextEntry,
  readEntry,
} = await import("./listpack.ts");
const { PackedReading } = await import("./packed-reading.ts");
const { PackedValue } = await import("./packed-value.ts");

const value = new PackedValue();
const reading = new PackedReading();
const texts = Buffer.alloc(16 * 1024);
for (let i = 0; i < 1024; i++) texts.write(`f${String(i).padStart(9, "0")}`, i * 16);

for (const pairs of [10, 128]) {
  const bytes = Buffer.alloc(64 * 1024);
  makeListpack(bytes, 0);
  for (let i = 0; i < pairs * 2; i++) {
    value.setText(texts, (i >>> 1) * 16, 10);
    appendEntry(bytes, 0, value);
  }
  report(
    `find a name among ${pairs} pairs and read its value`,
    timed(pairs, (n) => {
      value.setText(texts, n * 16, 10);
      readEntry(bytes, nextEntry(bytes, findEntry(bytes, 6, value, 1)), reading);
      return reading.length;
    }),
  );
  report(
    `read all of ${pairs} pairs`,
    timed(
      1,
      () => {
        let sum = 0;
        for (let at = 6; at !== -1; at = nextEntry(bytes, at)) {
          readEntry(bytes, at, reading);
          sum += reading.length;
        }
        return sum;
      },
      10_000,
    ),
  );
  report(
    `insert first and delete it, ${pairs} pairs`,
    timed(pairs, (n) => {
      value.setText(texts, n * 16, 10);
      insertEntry(bytes, 0, 6, value);
      return deleteEntries(bytes, 0, 6, 1);
    }),
  );
  report(
    `by index, ${pairs} pairs`,
    timed(pairs * 2, (n) => entryAt(bytes, 0, n)),
  );
}
