/**
 * Measures the tree of ids on its own, with four words to each as pending entries have: `node
 * impl/structures/id-tree.bench.ts`. Assertions are compiled out, as in the published build.
 */
import { report, timed } from "./timed.bench.ts";

globalThis.VERIDIS_CHECKED = false;
const { Arena } = await import("../engine/arena.ts");
const { IdTree } = await import("./id-tree.ts");

for (const count of [10_000, 1_000_000]) {
  const tree = new IdTree(new Arena(1024 * 1024), { payloadWords: 4 });
  const ref = tree.create();
  let serial = 0;
  const start = performance.now();
  for (; serial < count; serial++) {
    tree.open(ref);
    tree.setId(0x18c, serial, 0, 0);
    tree.insert();
  }
  report(`add at the end, up to ${count}`, ((performance.now() - start) * 1e6) / count);
  console.log(`bytes per id with four words, ${count}: ${(tree.bytesHeld / count).toFixed(1)}`);
  report(
    `find, of ${count}`,
    timed(count, (n) => {
      tree.open(ref);
      tree.setId(0x18c, n, 0, 0);
      return tree.find() ? 1 : 0;
    }),
  );
  report(
    `remove and add at random, of ${count}`,
    timed(count, (n) => {
      tree.open(ref);
      tree.setId(0x18c, n, 0, 0);
      tree.find();
      tree.remove();
      tree.insert();
      return 1;
    }),
  );
  report(
    `add at the end and remove the first, of ${count}`,
    timed(1, () => {
      tree.open(ref);
      tree.setId(0x18c, serial++, 0, 0);
      tree.insert();
      tree.seekPosition(0);
      tree.remove();
      return 1;
    }),
  );
}
