/** Mutants of sorted sets and their commands. */
import { refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const ZSETS = refine(6000, 1, "zsets");
const VIEW = unit("impl/types/zset/view.test.ts");
const DOUBLES = unit("impl/engine/doubles.test.ts");
const COMMANDS = unit("impl/commands/zsets/zsets.test.ts");
const EVENTS = unit("refinement/oracle/events.test.ts");

/** The mutants of sorted sets. */
export const sortedSetMutants: readonly Mutant[] = [
  {
    name: "zadd-two-of-gt-lt-nx",
    room: "commands",
    find: "if ((exclusive & (exclusive - 1)) !== 0) {",
    replace: "if (exclusive === EXCLUSIVE) {",
    breaks: "ZADD takes GT with LT, of which it can do one",
    checks: [ZSETS],
  },
  {
    name: "zset-equal-scores-in-any-order",
    room: "engine",
    find: "if (present > score || this.#compareName(at, name, offset, length) > 0) return at;",
    replace: "return at;",
    breaks: "in a listpack members of one score stand as they came",
    checks: [VIEW],
  },
  {
    name: "zset-addition-half-done",
    room: "engine",
    find: "      order.insert(score, element);\n    } catch (error) {\n      table.remove();",
    replace: "      order.insert(score, element);\n    } catch (error) {",
    breaks: "an addition that runs out of memory leaves a member that has no place in the order",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "zset-score-of-the-element-stays",
    room: "engine",
    find: "    this.order.move(this.score, score, this.element);\n",
    replace: "",
    breaks: "a member whose score changes keeps its rank",
    checks: [VIEW],
    onlyInFull: true,
  },
  {
    name: "zset-largest-packed-integer",
    room: "engine",
    find: "return Number.isInteger(score) && Math.abs(score) <= MOST_INTEGER;",
    replace: "return Number.isInteger(score) && Math.abs(score) < MOST_INTEGER;",
    breaks: "a listpack has the text of an integer that Redis keeps as an integer",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "double-tie-away-from-zero",
    room: "engine",
    find: "return isEven ? exact.slice(0, cut) + exact.slice(end) : text;",
    replace: "return text;",
    breaks: "a score between two texts is printed as the larger one, where C prints the even one",
    checks: [DOUBLES],
  },
  {
    name: "double-too-small-is-zero",
    room: "engine",
    find: "outOfRange = !Number.isFinite(value) || (value === 0 && /[1-9]/.test(decimal[1]!));",
    replace: "outOfRange = !Number.isFinite(value);",
    breaks: "a score that is too small for a double is 0 and no error",
    checks: [DOUBLES],
    onlyInFull: true,
  },
  {
    name: "zadd-part-is-no-effect",
    room: "commands",
    find: "      (tell ?? tellPart)(call, additions, i);\n",
    replace: "",
    breaks: "what a ZADD has added before there was no memory left is replayed with the rest",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "zadd-gt-is-lt",
    room: "commands",
    find: "if ((flags & Flag.gt) !== 0 && score <= before)",
    replace: "if ((flags & Flag.gt) !== 0 && score >= before)",
    breaks: "ZADD GT takes scores that are less",
    checks: [ZSETS],
    onlyInFull: true,
  },
  {
    name: "zrange-limit-before-reversal",
    room: "commands",
    find: "else zset.begin(zset.to - 1 - skipped, count, true);",
    replace: "else zset.begin(zset.from + count - 1, count, true);",
    breaks: "LIMIT of a reversed range counts from its lowest member",
    checks: [ZSETS],
    onlyInFull: true,
  },
  {
    name: "zunion-nan-stays",
    room: "commands",
    find: "const score = orZero(input.score * weight);",
    replace: "const score = input.score * weight;",
    breaks: "an infinite score of no weight is no number",
    checks: [ZSETS],
    onlyInFull: true,
  },
  {
    name: "zset-stored-empty",
    room: "commands",
    find: "    builder.abandon();\n    call.removeDestination(i);\n    reply.integer(0);",
    replace: "    builder.abandon();\n    reply.integer(0);",
    breaks: "a result without members leaves what its key held",
    checks: [EVENTS],
    onlyInFull: true,
  },
  {
    name: "set-among-sorted-sets-weighs-nothing",
    room: "commands",
    find: "const SCORE_IN_SET = 1;",
    replace: "const SCORE_IN_SET = 0;",
    breaks: "ZUNION counts the members of a set as if they had the score 0",
    checks: [ZSETS],
    onlyInFull: true,
  },
];
