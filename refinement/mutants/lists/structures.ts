/** Bugs in the off-heap structures that collections stand on. */
import { unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const LISTPACK = unit("impl/structures/listpack.test.ts");
const TABLE = unit("impl/structures/element-table.test.ts");
const INTSET = unit("impl/structures/intset.test.ts");
const INT64 = unit("impl/structures/int64.test.ts");

/** The mutants of the structures. */
export const structureMutants: readonly Mutant[] = [
  {
    name: "back-length-like-the-others",
    room: "engine",
    find: "if (bodyBytes < 16_383) return 2;",
    replace: "if (bodyBytes < 16_384) return 2;",
    breaks: "a listpack with an entry of 16383 bytes is not Redis'",
    checks: [LISTPACK],
  },
  {
    name: "thirteen-bits-unsigned",
    room: "engine",
    find: "readWord(into, (((encoding & 0x1f) << 8) | bytes[at + 1]!) << 19, 19);",
    replace: "readWord(into, ((encoding & 0x1f) << 8) | bytes[at + 1]!, 0);",
    breaks: "a packed -1 is read as 8191",
    checks: [LISTPACK],
    onlyInFull: true,
  },
  {
    name: "listpack-count-wraps",
    room: "engine",
    find: "setCount(bytes, start, Math.min(known + delta, UNKNOWN_COUNT));",
    replace: "setCount(bytes, start, (known + delta) % UNKNOWN_COUNT);",
    breaks: "a listpack of 65535 entries has none",
    checks: [LISTPACK],
    onlyInFull: true,
  },
  {
    name: "listpack-trusts-back-lengths",
    room: "engine",
    find: "return bytes[at + body] === rest ? size : -1;",
    replace: "return size;",
    breaks: "RESTORE takes a listpack that cannot be read backwards",
    checks: [LISTPACK],
    onlyInFull: true,
  },
  {
    name: "packed-number-cut-short",
    room: "engine",
    find: "      if (carry !== 0) return false;\n",
    replace: "",
    breaks: "a number above 64 bits is kept as its rest",
    checks: [INT64],
    onlyInFull: true,
  },
  {
    name: "element-scan-skips-small-table",
    room: "engine",
    find: "    this.#collect(small, cursor & small);\n",
    replace: "",
    breaks: "HSCAN misses the smaller table during a rehash",
    checks: [TABLE],
    onlyInFull: true,
  },
  {
    name: "random-element-ignores-old-table",
    room: "engine",
    find: "const positions = this.#mask + 1 + old;",
    replace: "const positions = this.#mask + 1;",
    breaks: "SRANDMEMBER never returns a member that has not migrated",
    checks: [TABLE],
    onlyInFull: true,
  },
  {
    name: "element-leaks-without-room",
    room: "engine",
    find: "        elements.free(ref);\n        this.#save();\n",
    replace: "        this.#save();\n",
    breaks: "HSET without memory for a larger table leaks the element",
    checks: [TABLE],
  },
  {
    name: "element-lengths-in-half-a-word",
    room: "engine",
    find: "const long = nameLength >= LONG || valueLength >= LONG;",
    replace: "const long = nameLength > LONG || valueLength > LONG;",
    breaks: "a field of 65535 bytes has other lengths than it was given",
    checks: [TABLE],
    onlyInFull: true,
  },
  {
    name: "released-table-forgets-its-place",
    room: "engine",
    find: "      this.#migrated = slot;\n      if (slot < slots) break;\n",
    replace: "      if (slot < slots) break;\n",
    breaks: "freeing a large collection in slices begins anew with each slice",
    checks: [TABLE],
    onlyInFull: true,
  },
  {
    name: "intset-compares-low-words-signed",
    room: "engine",
    find: "const less = otherHigh === high ? otherLow >>> 0 < low >>> 0 : otherHigh < high;",
    replace: "const less = otherHigh === high ? otherLow < low : otherHigh < high;",
    breaks: "an intset with 2^31 and 1 is not in order",
    checks: [INTSET],
    onlyInFull: true,
  },
  {
    name: "intset-widens-upwards",
    room: "engine",
    find: "for (let i = count - 1; i >= 0; i--) {\n    const low = lowAt(",
    replace: "for (let i = 0; i < count; i++) {\n    const low = lowAt(",
    breaks: "an intset that becomes wider overwrites what it has yet to read",
    checks: [INTSET],
    onlyInFull: true,
  },
];
