/** Mutants of lists and their commands. */
import { refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const LISTS = refine(4000, 1, "lists");
const VIEW = unit("impl/types/list/view.test.ts");
const WAITING = unit("refinement/oracle/waiting.test.ts");
const COMMANDS = unit("impl/commands/lists/lists.test.ts");

/** The mutants of lists. */
export const listMutants: readonly Mutant[] = [
  {
    name: "list-moved-onto-itself",
    room: "commands",
    find: "if (target !== source) list = listOf(call, source);",
    replace: "list = listOf(call, source);",
    breaks: "LMOVE of a list onto itself deletes from where the list was before it grew",
    checks: [COMMANDS, refine(20_000, 1, "lists")],
  },
  {
    name: "list-remove-from-left",
    room: "commands",
    find: "list.remove(most === 0 ? Number.POSITIVE_INFINITY : most, count < 0)",
    replace: "list.remove(most === 0 ? Number.POSITIVE_INFINITY : most, false)",
    breaks: "LREM with a negative count removes from the left",
    checks: [LISTS],
    onlyInFull: true,
  },
  {
    name: "list-trim-keeps-one",
    room: "commands",
    find: "const behind = isNothing ? 0 : length - 1 - stop;",
    replace: "const behind = isNothing ? 0 : Math.max(0, length - 2 - stop);",
    breaks: "LTRIM leaves one element behind its end",
    checks: [LISTS],
    onlyInFull: true,
  },
  {
    name: "list-trim-is-an-effect",
    room: "commands",
    find: "if (before + behind === 0) call.withoutEffect();",
    replace: 'if (before + behind === 0) call.rewrite(1).word("PING");',
    breaks: "an LTRIM that removes nothing is sent to replicas",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "list-new-key-stays",
    room: "commands",
    find: "if (ref === 0) keyspace.remove(list.ref);",
    replace: "if (ref !== 0) keyspace.remove(list.ref);",
    breaks: "an LPUSH that finds no memory leaves an empty list behind",
    checks: [COMMANDS],
  },
  {
    name: "list-fill-not-followed",
    room: "commands",
    find: '  "list-max-listpack-size",\n  "proto-max-bulk-len",\n',
    replace: '  "proto-max-bulk-len",\n',
    breaks: "CONFIG SET list-max-listpack-size does not reach the lists",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "list-push-half-done",
    room: "engine",
    find: "tree.deleteRange(front ? 0 : tree.length - pushed, pushed);",
    replace: "tree.deleteRange(front ? 0 : tree.length - pushed, 0);",
    breaks: "a push that runs out of memory leaves the elements that it had put in",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "list-copy-leaks",
    room: "engine",
    find: "      dropList(target);\n      throw error;",
    replace: "      throw error;",
    breaks: "a copy that runs out of memory leaves its blocks without an owner",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "list-run-from-the-right",
    room: "engine",
    find: "const first = fromRight ? position - run + 1 : position;",
    replace: "const first = fromRight ? position - run : position;",
    breaks: "LREM from the right deletes the element before the matches",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "list-timeout-rounds-down",
    room: "commands",
    find: "return within(-(-signed >> BigInt(-scale)));",
    replace: "return within(signed >> BigInt(-scale));",
    breaks: "a timeout of less than a millisecond never ends",
    checks: [WAITING],
    onlyInFull: true,
  },
  {
    name: "list-move-effect-misnamed",
    room: "commands",
    find: "  effects.word(from);\n  effects.word(to);",
    replace: "  effects.word(to);\n  effects.word(from);",
    breaks: "replicas of a BLMOVE take from the end to which it moves",
    checks: [WAITING],
    onlyInFull: true,
  },
  {
    name: "list-plain-node-empty",
    room: "engine",
    find: "if (container === PLAIN_NODE && length > 0) {",
    replace: "if (container === PLAIN_NODE) {",
    breaks: "a plain node without bytes is read as an element",
    checks: [VIEW],
    onlyInFull: true,
  },
];
