/** Does the work for every item, `width` at a time; results come in the order of the items. */
export async function inParallel<A, B>(
  items: readonly A[],
  width: number,
  work: (item: A) => Promise<B>,
): Promise<readonly B[]> {
  const results = new Array<B>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
