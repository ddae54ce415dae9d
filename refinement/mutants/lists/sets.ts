/** Mutants of sets and their commands. */
import { oracle, refine, sim, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const SETS = refine(6000, 1, "sets");
const COMMANDS = unit("impl/commands/sets/sets.test.ts");
const MEMORY = unit("impl/commands/sets/out-of-memory.test.ts");
const LOAD = unit("impl/types/set/set.test.ts");

/** The mutants of sets. */
export const setMutants: readonly Mutant[] = [
  {
    name: "set-drawn-from-most",
    room: "commands",
    find: "      this.#readAt(drawBelow(random, this.length));",
    replace: "      this.#readAt(drawBelow(random, Math.max(1, this.length - 1)));",
    breaks: "the greatest integer of an intset is never drawn",
    checks: [COMMANDS],
  },
  {
    name: "set-sample-favours-first",
    room: "commands",
    within: "impl/commands/shared",
    find: "if (missing < left && drawBelow(call.instance.random, left) >= missing) continue;",
    replace: "if (missing < left && drawBelow(call.instance.random, 2) > 0) continue;",
    breaks: "SRANDMEMBER with a large count prefers members that come early",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "set-popped-all-without-effect",
    room: "effects",
    find: '    effects.word("DEL");\n    effects.argument(call.request, 1);\n  }\n  call.changed(1, SET_EVENT.spop',
    replace:
      '    effects.word("TOUCH");\n    effects.argument(call.request, 1);\n  }\n  call.changed(1, SET_EVENT.spop',
    breaks: "a set that was popped to the end is there again after a restart",
    checks: [COMMANDS, SETS],
  },
  {
    name: "set-limit-one-more",
    room: "commands",
    find: "if (this.length >= this.#builder.maxIntegers) return this.#addToTable",
    replace: "if (this.length > this.#builder.maxIntegers) return this.#addToTable",
    breaks: "an intset takes one integer more than set-max-intset-entries",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "set-partial-add-stays",
    room: "commands",
    find: "for (const i of added) removeMember(call, set, i);",
    replace: "",
    breaks: "a SADD that finds no memory leaves some of its members",
    checks: [MEMORY],
  },
  {
    name: "set-union-not-freed",
    room: "commands",
    find: "replyMember(call, all);\n  builder.discard();",
    replace: "replyMember(call, all);",
    breaks: "SUNION leaves the table of its reply in memory",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "set-moved-before-there-is-room",
    room: "commands",
    find: "      this.open(keyspace, keyspace.resizeBytes(this.ref, needed, INTSET_KIND));",
    replace: "      keyspace.resizeBytes(this.ref, needed, INTSET_KIND);",
    breaks: "what removes several integers goes on in the block that the intset has left",
    checks: [SETS, COMMANDS],
    onlyInFull: true,
  },
  {
    name: "set-difference-by-table",
    room: "commands",
    find: "  return probes > removals && view.needsTable();",
    replace: "  return probes < removals && view.needsTable();",
    breaks: "SDIFFSTORE of two sets with text stores a table of integers",
    checks: [SETS],
    onlyInFull: true,
  },
  {
    name: "set-loaded-twice",
    room: "commands",
    find: "if (!builder.add(stringBytes, stringOffset, stringLength)) reader.damaged(TWICE);",
    replace: "builder.add(stringBytes, stringOffset, stringLength);",
    breaks: "a payload with a member that is there twice is a set",
    checks: [LOAD],
    onlyInFull: true,
  },
  {
    name: "set-pop-keeps-table",
    room: "commands",
    find: "  if (set.length * FEW_LEFT <= count) set.rebuild();",
    replace: "",
    breaks: "the integers that an SPOP has left of a table stay a table",
    checks: [SETS],
    onlyInFull: true,
  },
  {
    name: "model-spop-decides-alone",
    room: "model",
    find: "answered: answers[heard.length] });",
    replace: "answered: undefined });",
    breaks: "the model draws for itself what SPOP removes within EXEC",
    checks: [
      oracle(16_000, 1, "sets,transactions"),
      refine(20_000, 1, "sets,transactions"),
      sim(60),
    ],
    onlyInFull: true,
  },
];
