/**
 * Measures the list on its own: `node impl/structures/list.bench.ts`. Assertions are compiled out,
 * as in the published build.
 */
import { report, timed } from "./timed.bench.ts";

globalThis.VERIDIS_CHECKED = false;
const { Arena } = await import("../engine/arena.ts");
const { List } = await import("./list.ts");
const { PackedReading } = await import("./packed-reading.ts");
const { PackedValue } = await import("./packed-value.ts");

const value = new PackedValue();
const reading = new PackedReading();
const text = Buffer.from("element:00");

for (const count of [10_000, 1_000_000]) {
  for (const fill of [-1, -2]) {
    const arena = new Arena(1024 * 1024);
    const list = new List(arena);
    list.setFill(fill);
    const ref = list.create();
    value.setText(text, 0, 10);
    for (let i = 0; i < count; i++) list.insert(list.length, value);
    const name = `${count}, fill ${fill}`;
    console.log(`bytes per element of 10 bytes, ${name}: ${(list.bytesHeld / count).toFixed(1)}`);
    for (const front of [true, false]) {
      report(
        `push and pop at the ${front ? "front" : "back"}, ${name}`,
        timed(count, () => {
          list.open(ref);
          value.setText(text, 0, 10);
          list.insert(front ? 0 : list.length, value);
          list.seek(front ? 0 : -1);
          list.read(reading);
          list.deleteRange(front ? 0 : list.length - 1, 1);
          return reading.length;
        }),
      );
    }
    report(
      `by position, ${name}`,
      timed(count, (n) => {
        list.open(ref);
        list.seek(n);
        list.read(reading);
        return reading.length;
      }),
    );
    report(
      `a hundred from a position on, ${name}`,
      timed(
        count - 100,
        (n) => {
          list.open(ref);
          let sum = 0;
          list.seek(n);
          for (let i = 0; i < 100; i++, list.next()) {
            list.read(reading);
            sum += reading.length;
          }
          return sum;
        },
        5000,
      ),
    );
    report(
      `insert in the middle and delete, ${name}`,
      timed(
        count,
        (n) => {
          list.open(ref);
          list.insert(n, value);
          list.deleteRange(n, 1);
          return 1;
        },
        50_000,
      ),
    );
    const began = performance.now();
    let longest = 0;
    for (let done = false; !done; ) {
      const before = performance.now();
      list.open(ref);
      done = list.release(64);
      longest = Math.max(longest, performance.now() - before);
    }
    const ms = (performance.now() - began).toFixed(1);
    console.log(`release, ${name}: ${ms} ms, the longest call ${longest.toFixed(2)} ms`);
  }
}
