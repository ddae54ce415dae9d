/**
 * Measures the element table on its own: `node impl/structures/element-table.bench.ts`. Assertions
 * are compiled out, as in the published build.
 */
import { report, timed } from "./timed.bench.ts";

globalThis.VERIDIS_CHECKED = false;
const { Arena } = await import("../engine/arena.ts");
const { ElementTable } = await import("./element-table.ts");

const NAME_BYTES = 10;

for (const count of [10_000, 1_000_000]) {
  const names = Buffer.alloc(count * NAME_BYTES);
  for (let i = 0; i < count; i++) names.write(`f${String(i).padStart(9, "0")}`, i * NAME_BYTES);
  const arena = new Arena(1024 * 1024);
  const table = new ElementTable(arena, {
    hashKey: [1, 2],
    scored: false,
    minSlots: 16,
    slotsPerStep: 16,
  });
  const { elements } = table;
  const ref = table.create();
  const hash = (i: number): number => table.hash(names, i * NAME_BYTES, NAME_BYTES);
  const find = (i: number): number => {
    table.open(ref);
    return table.find(hash(i), names, i * NAME_BYTES, NAME_BYTES);
  };
  const add = (i: number): number =>
    table.add(hash(i), names, i * NAME_BYTES, NAME_BYTES, names, i * NAME_BYTES, NAME_BYTES);

  const start = performance.now();
  for (let i = 0; i < count; i++) {
    table.open(ref);
    add(i);
  }
  const ns = ((performance.now() - start) * 1e6) / count;
  report(`add, up to ${count}`, ns);
  const perElement = (table.bytesHeld / count).toFixed(1);
  console.log(`bytes per element of 10 and 10 bytes, ${count}: ${perElement}`);
  report(`find, of ${count}`, timed(count, find));
  report(
    `find and read the value, of ${count}`,
    timed(count, (i) => {
      const found = find(i);
      return elements.bytes(found)[elements.valueOffset(found)]! + elements.valueLength(found);
    }),
  );
  report(
    `set a value of the same length, of ${count}`,
    timed(count, (i) => {
      find(i);
      return table.setValue(names, i * NAME_BYTES, NAME_BYTES);
    }),
  );
  report(
    `delete and add again, of ${count}`,
    timed(count, (i) => {
      find(i);
      table.remove();
      return add(i);
    }),
  );
  let state = 1;
  const random = { nextU32: () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) };
  report(
    `random, of ${count}`,
    timed(count, () => table.random(random)),
  );
  let position = 0;
  let met = 0;
  const all = timed(
    1,
    () => {
      let sum = 0;
      position = 0;
      met = 0;
      while (position !== -1) {
        position = table.gather(position);
        met += table.found;
        for (let i = 0; i < table.found; i++) sum += elements.nameLength(table.refs[i]!);
      }
      return sum;
    },
    1,
  );
  report(`visit, each of ${met}`, all / met);
  let longest = 0;
  let calls = 0;
  const began = performance.now();
  for (let done = false; !done; calls++) {
    const before = performance.now();
    table.open(ref);
    done = table.release(512);
    longest = Math.max(longest, performance.now() - before);
  }
  const total = (performance.now() - began).toFixed(1);
  console.log(
    `release of ${count}: ${total} ms in ${calls} calls, longest ${longest.toFixed(2)} ms`,
  );
}
