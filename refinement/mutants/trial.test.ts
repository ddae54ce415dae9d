/** The harness itself, on a small repository: above all, that a mutant which nobody notices shows. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inParallel } from "../../scripts/parallel.ts";
import { broken } from "./checks.ts";
import { mutants } from "./lists/index.ts";
import type { Check, Mutant } from "./mutant.ts";
import { failures, page, table } from "./report.ts";
import { Forest, locate, mutate, StaleMutant, staleMutants } from "./tree.ts";
import { tryMutant, tryWithout } from "./trial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SUM = "export const sum = (a: number, b: number): number => a + b;\n";
const PROGRAM = `import { sum } from "./sum.ts";
const got = sum(2, 2);
console.log(got === 4 ? "agrees" : "bug: 2 + 2 is " + got);
process.exitCode = got === 4 ? 0 : 1;
`;

let folder: string;
let forest: Forest;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-harness-"));
  writeFileSync(join(folder, "sum.ts"), SUM);
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  forest = new Forest(folder);
});

afterAll(() => {
  forest.fell();
  rmSync(folder, { recursive: true });
});

function check(limitMs = 30_000): Check {
  return {
    name: "node program.ts",
    args: ["program.ts"],
    limitMs,
    judge(output, code) {
      if (code === 0) return { _tag: "Passed" };
      const bug = /^bug: (.*)$/m.exec(output)?.[1];
      return bug === undefined ? broken(output) : { _tag: "Caught", what: bug, after: "1 sum" };
    },
  };
}

function mutant(replace: string, more: Partial<Mutant> = {}): Mutant {
  return {
    name: "wrong-sum",
    room: "engine",
    find: "a + b",
    replace,
    breaks: "sums",
    checks: [check()],
    ...more,
  };
}

describe("a mutant", () => {
  it("is caught by the check that notices it", async () => {
    const { verdict } = await tryMutant(forest, mutant("a - b"));
    expect(verdict).toMatchObject({ _tag: "Caught", what: "2 + 2 is 0", after: "1 sum" });
  });

  it("is caught by a later check where the first does not notice", async () => {
    const blind = { ...check(), name: "blind", args: ["--version"] };
    const { verdict } = await tryMutant(forest, mutant("a - b", { checks: [blind, check()] }));
    expect(verdict).toMatchObject({ _tag: "Caught", by: { name: "node program.ts" } });
  });

  it.each(["b + a", "a + b /* as it was */", "a * b"])("survives as %s", async (harmless) => {
    const trial = await tryMutant(forest, mutant(harmless));
    expect(trial.verdict).toEqual({ _tag: "Survived" });
    expect(failures([trial])).toEqual([trial]);
  });

  it("survives without checks", async () => {
    const { verdict } = await tryMutant(forest, mutant("a - b", { checks: [] }));
    expect(verdict).toEqual({ _tag: "Survived" });
  });

  it.each(["a +", "nosuchname"])("that is no program (%s) is not caught", async (nonsense) => {
    const trial = await tryMutant(forest, mutant(nonsense));
    expect(trial.verdict._tag).toBe("Broken");
    expect(failures([trial])).toEqual([trial]);
  });

  const endless = "((): number => { for (;;); })()";
  it("that runs for ever is stopped, and not caught unless that was expected", async () => {
    const brief = { checks: [check(1500)] };
    const surprise = await tryMutant(forest, mutant(endless, brief));
    expect(surprise.verdict).toMatchObject({ _tag: "Broken", why: "it did not end within 1.5 s" });
    const declared = await tryMutant(forest, mutant(endless, { ...brief, hangs: true }));
    expect(declared.verdict).toMatchObject({ _tag: "Caught", what: "it runs for ever" });
  });

  it("leaves the sources alone", async () => {
    await tryMutant(forest, mutant("a - b"));
    expect(readFileSync(join(folder, "sum.ts"), "utf8")).toBe(SUM);
  });
});

describe("an edit", () => {
  const sources = new Map([["sum.ts", SUM]]);

  it.each([
    ["that finds nothing", "a / b"],
    ["that finds two places", "number"],
    ["of nothing", ""],
  ])("%s is stale", async (_, find) => {
    const stale = mutant("x", { find });
    expect(() => locate(sources, stale)).toThrow(StaleMutant);
    expect(staleMutants(folder, [stale])).toHaveLength(1);
    const trial = await tryMutant(forest, stale);
    expect(trial.verdict._tag).toBe("Stale");
    expect(failures([trial])).toEqual([trial]);
  });

  it("that changes nothing is stale", () => {
    expect(() => locate(sources, mutant("a + b"))).toThrow(StaleMutant);
  });

  it("follows its text into another file", () => {
    expect(locate(new Map([["moved/sum.ts", SUM]]), mutant("x"))).toBe("moved/sum.ts");
  });

  it("of a text that stands twice looks where it is told to", () => {
    const twice = new Map([...sources, ["copy/sum.ts", SUM]]);
    expect(() => locate(twice, mutant("x"))).toThrow("in sum.ts, copy/sum.ts");
    expect(locate(twice, mutant("x", { within: "copy/" }))).toBe("copy/sum.ts");
    expect(() => locate(twice, mutant("x", { within: "gone/" }))).toThrow("nowhere");
  });

  it("is literal", () => {
    expect(mutate(SUM, mutant("$& - $1"))).toContain("$& - $1");
  });
});

describe("a check without a mutant", () => {
  it("passes", async () => {
    expect(await tryWithout(forest, check())).toBeNull();
  });

  it("that fails is told", async () => {
    writeFileSync(join(folder, "sum.ts"), SUM.replace("a + b", "a - b"));
    const wrong = new Forest(folder);
    expect(await tryWithout(wrong, check())).toContain("2 + 2 is 0");
    wrong.fell();
    writeFileSync(join(folder, "sum.ts"), SUM);
    expect(await tryWithout(forest, { ...check(), args: ["gone.ts"] })).toContain("gone.ts");
  });
});

it("runs so many at a time, and keeps the order", async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([3, 1, 2, 0, 1], 2, async (turns) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    running--;
    return turns * 10;
  });
  expect(results).toEqual([30, 10, 20, 0, 10]);
  expect(most).toBe(2);
});

it("tells of the outcome in a table and on a page", async () => {
  const caught = await tryMutant(forest, mutant("a - b", { breaks: "a | b" }));
  const survivor = await tryMutant(forest, mutant("b + a", { name: "other" }));
  expect(table([caught, survivor])).toMatch(/wrong-sum +engine +node program.ts +1 sum/);
  expect(table([caught, survivor])).toMatch(/other +engine +SURVIVED/);
  const row =
    /^\| wrong-sum +\| engine +\| a \\\| b +\| `node program.ts` +\| 1 sum +\| `2 \+ 2 is 0` +\|$/m;
  const written = page([caught], ["wrong-sum", "other"]);
  expect(written).toMatch(row);
  expect(written).toContain("1 of 2 mutants");
  const again = { ...caught, mutant: mutant("a - b", { name: "other" }) };
  const both = page([again], ["other", "wrong-sum"], written);
  expect(both).toMatch(row);
  expect(both.indexOf("| other")).toBeLessThan(both.indexOf("| wrong-sum"));
  expect(page([again], ["other"], written)).not.toContain("wrong-sum");
});

describe("the list", () => {
  it("has enough mutants of every room, each with a name of its own and a check", () => {
    const names = mutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { checks } of mutants) expect(checks.length).toBeGreaterThan(0);
    const shipped = mutants.filter(({ onlyInFull }) => onlyInFull !== true);
    expect(shipped.length).toBeGreaterThanOrEqual(25);
    const rooms = new Set(mutants.map(({ room }) => room));
    expect(new Set(shipped.map(({ room }) => room))).toEqual(rooms);
  });

  it("fits the sources", () => {
    expect(staleMutants(ROOT, mutants)).toEqual([]);
  });

  it("is not run without mutants", () => {
    const args = [join(ROOT, "refinement/mutants/run.ts"), "--only", "nobody"];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain("knows no 'nobody'");
  });
});

it("removes what it has copied", () => {
  const other = new Forest(folder);
  const { root } = other.plant(null);
  expect(existsSync(join(root, "sum.ts"))).toBe(true);
  other.fell();
  expect(existsSync(root)).toBe(false);
});
