/** Mutants of hashes and their commands. */
import { refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const HASHES = refine(8000, 1, "hashes");
const TYPES = unit("impl/types/types.test.ts");
const VIEW = unit("impl/types/hash/hash-view.test.ts");
const COMMANDS = unit("impl/commands/hashes/hashes.test.ts");

/** The mutants of hashes. */
export const hashMutants: readonly Mutant[] = [
  {
    name: "hash-one-field-too-many",
    room: "commands",
    find: "if (this.length + (isNew ? 1 : 0) > this.#limits.hashMaxListpackEntries) return null;",
    replace: "if (this.length > this.#limits.hashMaxListpackEntries) return null;",
    breaks: "a hash is small with one field more than the limit",
    checks: [TYPES],
  },
  {
    name: "hash-long-value-stays-small",
    room: "commands",
    find: "const isShort = nameLength <= most && valueLength <= most;",
    replace: "const isShort = nameLength <= most;",
    breaks: "a small hash takes a long value",
    checks: [TYPES],
    onlyInFull: true,
  },
  {
    name: "hash-value-taken-for-a-name",
    room: "commands",
    within: "impl/types/hash/",
    find: "const at = findEntry(this.#bytes, firstEntry(this.#bytes, this.#start), this.#packedName, 1);",
    replace:
      "const at = findEntry(this.#bytes, firstEntry(this.#bytes, this.#start), this.#packedName, 0);",
    breaks: "a small hash has a field with the name of a value",
    checks: [VIEW],
  },
  {
    name: "hash-conversion-drops-expiry",
    room: "commands",
    find: "this.ref = keyspace.replaceRoot(this.ref, root, TABLE, true);",
    replace: "this.ref = keyspace.replaceRoot(this.ref, root, TABLE, false);",
    breaks: "a hash that becomes a table lives for ever",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "hash-half-made-table-left-behind",
    room: "commands",
    find: "for (this.rewind(); this.next(); ) this.#addFound(table);\n    } catch (error) {\n      discard(table);",
    replace: "for (this.rewind(); this.next(); ) this.#addFound(table);\n    } catch (error) {",
    breaks: "a conversion without memory leaves its blocks behind",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "hash-delete-fails-without-memory",
    room: "commands",
    within: "impl/types/hash/hash-view.ts",
    find: "if (!(error instanceof OutOfMemory)) throw error;",
    replace: "throw error;",
    breaks: "a field that cannot be deleted for want of memory",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "hash-loaded-with-a-field-twice",
    room: "commands",
    find: "if (this.#names.has(key)) return false;",
    replace: "",
    breaks: "RESTORE takes a small hash that has a field twice",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "hash-empty-stays",
    room: "commands",
    find: "call.removeIfEmpty(1, hash.ref, hash.length);",
    replace: "",
    breaks: "HDEL of the last field leaves a hash without fields",
    checks: [COMMANDS, HASHES],
  },
  {
    name: "hrandfield-repeats",
    room: "commands",
    find: "    if (drawn.has(view.place)) continue;\n",
    replace: "",
    breaks: "HRANDFIELD with a positive count gives a field of a table twice",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "hrandfield-prefers-the-first",
    room: "commands",
    within: "impl/commands/shared/",
    find: "drawBelow(call.instance.random, left) >= missing",
    replace: "drawBelow(call.instance.random, left) > missing",
    breaks: "HRANDFIELD draws the fields in front more often than others",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "hset-effect-forgets-memory",
    room: "effects",
    find: '  const effects = call.rewrite(i);\n  effects.word("HSET");',
    replace: '  const effects = call.rewrite(i - 1);\n  effects.word("HSET");',
    breaks: "the effect of an HSET that ran out of memory has a wrong length",
    checks: [COMMANDS],
    onlyInFull: true,
  },
];
