import { vi } from "vitest";

/** What a command replies that finds no memory. */
export const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

/**
 * From now on the system refuses every buffer of this size or more, as it does when it is full,
 * until `vi.unstubAllGlobals`.
 */
export function refuseBuffers(fromBytes = 1): void {
  const System = ArrayBuffer;
  vi.stubGlobal(
    "ArrayBuffer",
    class extends System {
      constructor(byteLength: number) {
        if (byteLength >= fromBytes) throw new RangeError("Array buffer allocation failed");
        super(byteLength);
      }
    },
  );
}
