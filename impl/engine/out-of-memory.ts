/** The system has no more memory for data; what was asked for has not happened. */
export class OutOfMemory extends RangeError {}

/** Zeroed memory outside the JavaScript heap. Throws OutOfMemory. */
export function takeMemory(byteLength: number): ArrayBuffer {
  try {
    return new ArrayBuffer(byteLength);
  } catch {
    throw new OutOfMemory(`no memory for ${byteLength} bytes`);
  }
}
