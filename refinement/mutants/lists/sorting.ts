/** Mutants of SORT. */
import { oracle, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const SORTING = refine(4000, 1, "sorting");
const COMMANDS = unit("impl/commands/sorting/sorting.test.ts");
const STRUCTURE = unit("impl/structures/sorting.test.ts");

/** The mutants of SORT. */
export const sortingMutants: readonly Mutant[] = [
  {
    name: "sort-merge-takes-right-first",
    room: "engine",
    find: "(key === otherKey && compare(one, other) <= 0)",
    replace: "(key === otherKey && compare(one, other) < 0)",
    breaks: "of equal elements those that come later are put first",
    checks: [STRUCTURE],
  },
  {
    name: "sort-merge-by-keys-alone",
    room: "engine",
    find: "key < otherKey || (key === otherKey && compare(one, other) <= 0)",
    replace: "key <= otherKey",
    breaks: "elements that are the same number stay as they were, whatever their bytes",
    checks: [STRUCTURE],
  },
  {
    name: "sort-part-forgets-upper",
    room: "engine",
    find: "upper > 1 && last >= upperFrom && first < upperFrom + upper;",
    replace: "upper > 1 && last > upperFrom && first < upperFrom + upper;",
    breaks: "a part that ends with the first above the pivot is not sorted",
    checks: [STRUCTURE],
  },
  {
    name: "sort-pivot-of-three-for-many",
    room: "engine",
    find: "if (length <= MANY) return median",
    replace: "if (length <= MANY * 2) return median",
    breaks: "equal elements are left where another quicksort leaves them, not where Redis does",
    checks: [refine(6000, 1, "sorting")],
    onlyInFull: true,
  },
  {
    name: "sort-stored-like-c",
    room: "commands",
    find: "const lengths = isStored ? compared.lengths : compared.cLengths();",
    replace: "const lengths = compared.cLengths();",
    breaks: "what is stored is compared up to a zero byte only",
    checks: [SORTING],
  },
  {
    name: "sort-arrow-without-field",
    room: "commands",
    find: "return i + 2 < end ? i : -1;",
    replace: "return i;",
    breaks: "an arrow at a pattern's end is no part of the key",
    checks: [SORTING],
  },
  {
    name: "sort-denormal-is-a-number",
    room: "engine",
    find: "return outOfRange || isRoundedDenormal(text, value) ? Number.NaN : value;",
    replace: "return outOfRange ? Number.NaN : value;",
    breaks: "what C finds out of range is sorted by",
    checks: [refine(8000, 1, "sorting")],
  },
  {
    name: "sort-table-in-its-own-order",
    room: "commands",
    find: "this.#sortBy(hasOrder ? compare : this.#thenByBytes(compare), hasOrder, options);",
    replace: "this.#sortBy(compare, hasOrder, options);",
    breaks: "a set that is stored sorted by equal weights comes out otherwise when it is replayed",
    checks: [SORTING],
  },
  {
    name: "sort-keeps-listpack",
    room: "commands",
    within: "impl/commands/sorting",
    find: "    zset.unpack();\n",
    replace: "",
    breaks: "SORT of a small sorted set leaves it a listpack, where Redis leaves a skiplist",
    checks: [COMMANDS, SORTING],
  },
  {
    name: "sort-empty-result-keeps-destination",
    room: "commands",
    within: "impl/commands/sorting",
    find: "    call.removeDestination(destination);\n",
    replace: "",
    breaks: "SORT STORE of nothing leaves what was there",
    checks: [SORTING],
  },
  {
    name: "sort-model-limit-of-all",
    room: "model",
    within: "model/keyspace/sorting",
    find: "return [start, shown < 0 ?",
    replace: "return [start, shown <= 0 ?",
    breaks: "the model takes a limit of none for no limit",
    checks: [oracle(3000, 1, "sorting"), SORTING],
  },
];
