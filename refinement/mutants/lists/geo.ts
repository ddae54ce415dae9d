/** Mutants of places and the commands on them. */
import { oracle, refine, unit } from "../checks.ts";
import type { Mutant } from "../mutant.ts";

const GEO = refine(6000, 1, "geo");
const CELLS = unit("impl/geometry/cells.test.ts");
const AREA = unit("impl/geometry/search-area.test.ts");
const ORDER = unit("impl/structures/score-order.test.ts");
const TRIGONOMETRY = unit("impl/geometry/trigonometry.test.ts");
const COMMANDS = unit("impl/commands/geo/geo.test.ts");

/** The mutants of places. */
export const geoMutants: readonly Mutant[] = [
  {
    name: "geo-score-beyond-the-grid",
    room: "commands",
    find: "return Math.max(-end, Math.min(end, (from + to) / 2));",
    replace: "return (from + to) / 2;",
    breaks: "a score that is no place's stands for a place that is none",
    checks: [CELLS],
  },
  {
    name: "geo-sine-nearly-right",
    room: "commands",
    find: "sum[1] = a - (nearest - part) + (b - part);",
    replace: "sum[1] = a - (nearest - part);",
    breaks: "a sum of doubles lacks what was rounded away, and a sine its last bit",
    checks: [TRIGONOMETRY],
    onlyInFull: true,
  },
  {
    name: "geo-cells-too-fine",
    room: "commands",
    find: "const step = this.#reaches(estimated, west, east, south, north) ? estimated : estimated - 1;",
    replace: "const step = estimated;",
    breaks: "a search near the edge of its cell misses what lies beyond the neighbours",
    checks: [AREA],
  },
  {
    name: "geo-edge-by-the-engine",
    room: "commands",
    find: "const SURELY = 1e-12;",
    replace: "const SURELY = 0;",
    breaks: "at the very edge the engine's sine decides whether a place is found",
    checks: [AREA],
    onlyInFull: true,
  },
  {
    name: "geo-equal-ones-as-they-came",
    room: "commands",
    find: "if (wanted < this.length) sortPart(",
    replace: "if (wanted < 0) sortPart(",
    breaks: "COUNT chooses others among members that are equally far than Redis does",
    checks: [GEO],
  },
  {
    name: "geoadd-effect-rounded",
    room: "commands",
    find: "if (Number.isSafeInteger(score)) return String(score);",
    replace: "return String(score);",
    breaks: "a place at the eastern end is propagated without its last bit",
    checks: [COMMANDS],
    onlyInFull: true,
  },
  {
    name: "geo-any-of-each-cell",
    room: "commands",
    find: "while (found.length < enough && zset.nextScored() && zset.score < behind) {",
    replace: "while (zset.nextScored() && zset.score < behind) {",
    breaks: "COUNT ANY goes on to the end of a cell when it has enough",
    checks: [GEO],
    onlyInFull: true,
  },
  {
    name: "geo-circle-ends-at-the-date-line",
    room: "engine",
    find: "return aside <= this.#angleAside || aside >= 2 * Math.PI - this.#angleAside;",
    replace: "return aside <= this.#angleAside;",
    breaks: "a circle loses what lies beyond the edge of the map",
    checks: [AREA],
  },
  {
    name: "geo-circle-narrow-near-a-pole",
    room: "engine",
    find: "return part < REACHES_POLE ? Math.asin(part) : Math.PI;",
    replace: "return Math.asin(Math.min(part, 1));",
    breaks: "a circle around a pole loses what lies on its other side",
    checks: [AREA],
  },
  {
    name: "zset-score-of-a-slot-with-a-sign",
    room: "engine",
    find: "this.#scoreWords[1] = high < 0 ? high ^ 0x7fffffff : high;",
    replace: "this.#scoreWords[1] = high;",
    breaks: "a negative score is read from the order as another one",
    checks: [ORDER],
  },
  {
    name: "model-geo-neighbours-in-another-order",
    room: "model",
    find: "  [0n, 1n],\n  [0n, -1n],\n  [1n, 0n],",
    replace: "  [0n, -1n],\n  [0n, 1n],\n  [1n, 0n],",
    breaks: "the model tells what is found in another order than Redis",
    checks: [oracle(4000, 1, "geo")],
    onlyInFull: true,
  },
];
