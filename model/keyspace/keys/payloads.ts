/**
 * Payloads as DUMP of redis-server 7.0.15 has written them, with the value that each holds: what a
 * payload means is not computed here, but known of these. Bytes are written in hexadecimal.
 */
import type { Bytes } from "../reply.ts";
import { compact } from "../strings/value.ts";
import type { Value } from "../types.ts";

/** The bytes that hexadecimal digits stand for. */
export const fromHexadecimal = (hexadecimal: string): Bytes =>
  hexadecimal.replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16)));

/** The id 5-7. */
const FIVE_SEVEN = (5n << 64n) + 7n;

/** Payloads that are sound. */
export const soundPayloads: ReadonlyMap<Bytes, Value> = new Map<Bytes, Value>([
  [fromHexadecimal("00000a005d9b5c400f7fa2da"), compact("")],
  [fromHexadecimal("0004746578740a007cf3266dcab5a531"), compact("text")],
  [fromHexadecimal("00c00c0a003c2af8515c04bcd5"), compact("12")],
  [fromHexadecimal("00c1d4fe0a00c6c48623febede2e"), compact("-300")],
  [fromHexadecimal("00c2701101000a0001a408fe953095a5"), compact("70000")],
  [
    fromHexadecimal("0013393232333337323033363835343737353830370a003a657e9481e85f22"),
    compact("9223372036854775807"),
  ],
  // Compressed by LZF.
  [fromHexadecimal("00c3093c016161e02f000161610a00a67e08b217d09780"), compact("a".repeat(60))],
  [fromHexadecimal("0002ff000a0009e8f9b621a3fa98"), compact("\xff\0")],
  [
    fromHexadecimal("1201020d0d0000000200816102816202ff0a0068eb0a891341bbb1"),
    { type: "list", items: ["a", "b"], encoding: "quicklist" },
  ],
  [
    fromHexadecimal("111111000000040081610201018162020201ff0a00ba07f224a9d28f55"),
    {
      type: "zset",
      members: [
        { name: "a", score: 1 },
        { name: "b", score: 2 },
      ],
      encoding: "listpack",
    },
  ],
  [
    fromHexadecimal(
      "130110000000000000000500000000000000071d1d0000000a00010100010101816602000102010001000181760" +
        "20401ff0105070507000001010167000081ffffffffffffffff00000a00be9131ec4baa9087",
    ),
    {
      ...{ type: "stream", encoding: "stream" },
      nodes: [[{ id: FIVE_SEVEN, fields: ["f", "v"], deleted: false }]],
      ...{ lastId: FIVE_SEVEN, maxDeletedId: 0n, entriesAdded: 1n },
      groups: new Map([
        ["g", { lastId: 0n, entriesRead: -1n, consumers: new Map(), pending: new Map() }],
      ]),
    },
  ],
]);

/** Payloads whose checksum is right and whose value is damaged. */
export const damagedPayloads: ReadonlySet<Bytes> = new Set([
  // A type that there is not.
  fromHexadecimal("ff000a003552b4813668f3f2"),
  // A string that ends early.
  fromHexadecimal("003f7465780a00eb922ebafc7d0c92"),
]);
