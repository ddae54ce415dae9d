/** Mutants of streams, their groups and commands. */
import { refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const STREAMS = refine(6000, 1, "streams");
const VIEW = unit("impl/types/stream/view.test.ts");
const COMMANDS = unit("impl/commands/streams/streams.test.ts");
const NODES = unit("refinement/oracle/stream-nodes.test.ts");
const WAITING = unit("refinement/oracle/waiting.test.ts");

/** The mutants of streams. */
export const streamMutants: readonly Mutant[] = [
  {
    name: "stream-options-of-the-command-before",
    room: "commands",
    find: "read.noMake = noMake;",
    replace: "read.noMake ||= noMake;",
    breaks: "NOMKSTREAM of one command holds for those behind it",
    checks: [STREAMS],
  },
  {
    name: "stream-node-one-byte-longer",
    room: "engine",
    find: "if (totalBytes(bytes, pack) + textBytes >= most) return true;",
    replace: "if (totalBytes(bytes, pack) + textBytes > most) return true;",
    breaks: "a node of a stream takes an entry for which Redis begins another one",
    checks: [NODES],
    onlyInFull: true,
  },
  {
    name: "stream-no-room-to-delete",
    room: "engine",
    find: "export const DELETION_BYTES = 8;",
    replace: "export const DELETION_BYTES = 0;",
    breaks: "a node outgrows its block while its entries are deleted",
    checks: [VIEW],
  },
  {
    name: "stream-range-begins-in-the-next-node",
    room: "engine",
    find: "else this.#walks = nodes.seekBack() || nodes.seekPosition(0);",
    replace: "else this.#walks = nodes.seek(false) || nodes.seekPosition(0);",
    breaks: "a range that begins within a node leaves the node out",
    checks: [VIEW],
  },
  {
    name: "stream-trimmed-beyond-its-least-id",
    room: "engine",
    find: "length === null ? this.#lastIdOfNode().compare(id) < 0 :",
    replace: "length === null ? this.#lastIdOfNode().compare(id) <= 0 :",
    breaks: "MINID takes a node whose last entry has that id",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "stream-radix-tree-without-its-trunk",
    room: "engine",
    find: "    chain(0, deeper);\n    return count;",
    replace: "    return count;",
    breaks: "XINFO STREAM counts one node of the radix tree too few",
    checks: [STREAMS],
    onlyInFull: true,
  },
  {
    name: "claimed-entry-stays-with-its-consumer",
    room: "engine",
    find: "      groups.removeOwn(this.#id, owner);\n    }\n    this.#end();",
    replace: "    }\n    this.#end();",
    breaks: "an entry that goes to another consumer is pending for both",
    checks: [VIEW],
  },
  {
    name: "delivery-taken-back-by-half",
    room: "engine",
    find: "    if (consumer !== 0 && consumer !== owner) groups.removeOwn(this.#id, consumer);\n",
    replace: "",
    breaks: "a delivery that runs out of memory leaves its entries pending for the new consumer",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "consumers-ids-not-freed",
    room: "engine",
    find: "        if (!this.own.release(left)) return 0;\n        consumers.setWord(consumer, OWN, 0);\n",
    replace: "",
    breaks: "what is pending for a consumer stays in memory when its stream goes",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "approximate-trimming-is-its-own-effect",
    room: "commands",
    find: "  const exact = trimming?.approximate ?? false;\n",
    replace: "  const exact = false;\n",
    breaks: "a replay trims as far as its own nodes allow",
    checks: [COMMANDS],
  },
  {
    name: "xgroup-setid-fails-transactions",
    room: "commands",
    find: "call.changedUnwatched(STREAM_AT, STREAM_EVENT.groupSetId);",
    replace: "call.changed(STREAM_AT, STREAM_EVENT.groupSetId);",
    breaks: "a transaction that watches a stream fails when a group moves",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "xread-dollar-decided-late",
    room: "commands",
    find: "    words[i + streams] = id.text;\n",
    replace: "",
    breaks:
      "who waits behind the last entry is told of none, since the next one is the last by then",
    checks: [WAITING],
    onlyInFull: true,
  },
  {
    name: "xread-served-by-what-is-there",
    room: "commands",
    find: "const last = isServed ? stream.lastId : stream.readTopId(topId);",
    replace: "const last = stream.readTopId(topId);",
    breaks: "who waits is not served when the entry that came is gone again",
    checks: [WAITING],
    onlyInFull: true,
  },
  {
    name: "xsetid-wakes-readers",
    room: "commands",
    find: 'xsetid: keyEvent("stream", "xsetid")',
    replace: 'xsetid: arrivalEvent("stream", "xsetid")',
    breaks: "XSETID serves those who wait for an entry",
    checks: [WAITING],
    onlyInFull: true,
  },
  {
    name: "flushing-tells-no-reader",
    room: "session",
    find: "      waited.isThere = false;\n      this.#lookForItsEnd(waited);\n",
    replace: "      waited.isThere = false;\n",
    breaks: "a reader of a group waits on when FLUSHALL has taken its stream",
    checks: [WAITING],
    onlyInFull: true,
  },
];
