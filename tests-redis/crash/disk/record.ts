/** Reads the record that `recorder.c` writes: what a server did to the files below a directory. */

/** One change, or the begin or end of an fsync. Paths are relative to the recorded directory. */
export type Event =
  /** A process began; `inode` is that of the recorded directory. */
  | { readonly kind: "start"; readonly inode: bigint }
  | { readonly kind: "create"; readonly inode: bigint; readonly path: string }
  | { readonly kind: "directory"; readonly inode: bigint; readonly path: string }
  | {
      readonly kind: "write";
      readonly inode: bigint;
      readonly offset: number;
      readonly data: Buffer;
    }
  | { readonly kind: "truncate"; readonly inode: bigint; readonly length: number }
  | { readonly kind: "sync"; readonly inode: bigint; readonly number: bigint }
  /** `error` is the system's number; 0 for success. */
  | {
      readonly kind: "synced";
      readonly inode: bigint;
      readonly number: bigint;
      readonly error: number;
    }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly path: string };

const HEAD_BYTES = 24;

/** The order of `enum kind` in recorder.c, whose first is 1. */
const KINDS = [
  ...["start", "create", "write", "truncate", "sync", "synced", "rename", "remove"],
  ...["directory", "remove"],
] as const;

/** How many whole entries a record has, and how many bytes they are: a kill can cut off the last. */
export function measure(bytes: Buffer): { readonly entries: number; readonly wholeBytes: number } {
  let entries = 0;
  let wholeBytes = 0;
  while (wholeBytes + HEAD_BYTES <= bytes.length) {
    const end = wholeBytes + HEAD_BYTES + bytes.readUInt32LE(wholeBytes + 4);
    if (end > bytes.length) break;
    wholeBytes = end;
    entries++;
  }
  return { entries, wholeBytes };
}

/** All events, in the order in which they happened. An entry that a kill cut off is left out. */
export function readRecord(bytes: Buffer): readonly Event[] {
  const events: Event[] = [];
  const { wholeBytes } = measure(bytes);
  for (let at = 0; at < wholeBytes; ) {
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 4);
    events.push(eventAt(bytes, at, bytes.subarray(at + HEAD_BYTES, end)));
    at = end;
  }
  return events;
}

function eventAt(bytes: Buffer, at: number, data: Buffer): Event {
  const kind = KINDS[bytes.readUInt32LE(at) - 1];
  const inode = bytes.readBigUInt64LE(at + 8);
  const number = bytes.readBigUInt64LE(at + 16);
  switch (kind) {
    case "start":
      return { kind, inode };
    case "create":
    case "directory":
      return { kind, inode, path: data.toString() };
    case "write":
      return { kind, inode, offset: Number(number), data };
    case "truncate":
      return { kind, inode, length: Number(number) };
    case "sync":
      return { kind, inode, number };
    case "synced":
      return { kind, inode, number, error: data.readUInt32LE(0) };
    case "rename": {
      const [from, to] = data.toString().split("\0");
      return { kind, from: from!, to: to! };
    }
    case "remove":
      return { kind, path: data.toString() };
    default:
      throw new Error(`the record has an entry of an unknown kind at byte ${at}`);
  }
}
