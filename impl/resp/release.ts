/** What is smaller is left to the collector. */
const WORTH_BYTES = 4096;

/**
 * Gives memory back to the system now, and not when the collector finds that nobody refers to it,
 * which on an idle server may be never. Whoever still has a view of it finds it empty.
 */
export function releaseMemory(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= WORTH_BYTES) buffer.transfer(0);
}
