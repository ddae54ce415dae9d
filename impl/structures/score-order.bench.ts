/**
 * Measures a large sorted set, its table and its order together: `node
 * impl/structures/score-order.bench.ts`. Assertions are compiled out, as in the published build.
 */
import { report, timed } from "./timed.bench.ts";

globalThis.VERIDIS_CHECKED = false;
const { Arena } = await import("../engine/arena.ts");
const { ElementTable } = await import("./element-table.ts");
const { ScoreOrder } = await import("./score-order.ts");

const NAME_BYTES = 10;
const NO_BYTES = new Uint8Array(0);

for (const count of [10_000, 1_000_000]) {
  const names = Buffer.alloc(count * NAME_BYTES);
  for (let i = 0; i < count; i++) names.write(`m${String(i).padStart(9, "0")}`, i * NAME_BYTES);
  const arena = new Arena(1024 * 1024);
  const table = new ElementTable(arena, {
    hashKey: [1, 2],
    scored: true,
    minSlots: 16,
    slotsPerStep: 16,
  });
  const { elements } = table;
  const order = new ScoreOrder(arena, elements);
  const ref = table.create();
  table.typeWord = order.create();
  let state = 1;
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  const find = (i: number): number => {
    const hash = table.hash(names, i * NAME_BYTES, NAME_BYTES);
    return table.find(hash, names, i * NAME_BYTES, NAME_BYTES);
  };
  const open = (): void => {
    table.open(ref);
    order.open(table.typeWord);
  };
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    open();
    const hash = table.hash(names, i * NAME_BYTES, NAME_BYTES);
    const element = table.add(hash, names, i * NAME_BYTES, NAME_BYTES, NO_BYTES, 0, 0);
    const score = draw() / 16;
    elements.setScore(element, score);
    order.insert(score, element);
  }
  report(`add at random, up to ${count}`, ((performance.now() - start) * 1e6) / count);
  const held = ((table.bytesHeld + order.bytesHeld) / count).toFixed(1);
  console.log(`bytes per member of 10 bytes, ${count}: ${held}`);
  report(
    `score of a member, of ${count}`,
    timed(count, (i) => {
      open();
      return elements.score(find(i)) | 0;
    }),
  );
  report(
    `rank of a member, of ${count}`,
    timed(count, (i) => {
      open();
      const element = find(i);
      order.seekElement(elements.score(element), element);
      return order.rank();
    }),
  );
  report(
    `move a member, of ${count}`,
    timed(count, (i) => {
      open();
      const element = find(i);
      const score = draw() / 16;
      order.move(elements.score(element), score, element);
      elements.setScore(element, score);
      return 1;
    }),
  );
  report(
    `a hundred from a rank on, of ${count}`,
    timed(
      count - 100,
      (n) => {
        open();
        let sum = 0;
        order.seekRank(n);
        for (let left = 100; left > 0; ) {
          const found = order.gather(left, false);
          left -= found;
          for (let i = 0; i < found; i++) sum += elements.nameLength(order.refs[i]!);
        }
        return sum;
      },
      5000,
    ),
  );
  report(
    `a hundred from a score on, of ${count}`,
    timed(
      1 << 28,
      (n) => {
        open();
        let sum = 0;
        let more = order.seekScore(n * 0.99, false);
        for (let i = 0; i < 100 && more; i++, more = order.next()) {
          sum += elements.nameLength(order.element);
        }
        return sum;
      },
      5000,
    ),
  );
}
