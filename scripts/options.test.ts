import { describe, expect, test } from "vitest";
import {
  choice,
  choices,
  flag,
  integer,
  optionalInteger,
  readOptions,
  text,
  texts,
} from "./options.ts";

const COMMAND = { name: "pnpm thing", does: "Does a thing." };
const OPTIONS = {
  full: flag("all of it"),
  runs: integer("how many", 200),
  jobs: integer("at a time", 2, 1),
  seed: optionalInteger("of the first run", "by chance"),
  file: text("FILE", "where to"),
  only: texts("NAME", "only this one"),
};

function read(...args: string[]) {
  return readOptions(COMMAND, OPTIONS, args);
}

describe("values", () => {
  test("without options they are what was declared", () => {
    const values = { full: false, runs: 200, jobs: 2, seed: undefined, file: undefined, only: [] };
    expect(read()).toEqual({ kind: "values", values, positionals: [] });
  });

  test("are typed, and the last one counts unless the option may be repeated", () => {
    const line = ["--full", "--runs", "5", "--runs=7", "--seed", "0", "--file", "-", "--only=a"];
    const reading = read(...line, "--only", "b c");
    const values = { full: true, runs: 7, jobs: 2, seed: 0, file: "-", only: ["a", "b c"] };
    expect(reading).toEqual({ kind: "values", values, positionals: [] });
    if (reading.kind !== "values") throw new Error("no values");
    // The types hold: this would not compile otherwise.
    const sum: number = reading.values.runs + (reading.values.seed ?? 0);
    expect(sum + reading.values.only.length).toBe(9);
  });

  test("are the last of a text that is given twice, and 0 where that is given", () => {
    const values = { file: "b", runs: 0, seed: 0 };
    expect(read("--file", "a", "--file", "b", "--runs", "0", "--seed=0")).toMatchObject({ values });
  });

  test("may begin with dashes behind an equals sign", () => {
    expect(read("--file=--full")).toMatchObject({ values: { file: "--full", full: false } });
  });

  test("are undefined without an option that has no default", () => {
    const reading = read("--only", "a");
    if (reading.kind !== "values") throw new Error("no values");
    expect(reading.values.seed).toBeUndefined();
    expect(reading.values.file).toBeUndefined();
  });
});

describe("choices", () => {
  const many = Array.from({ length: 30 }, (_, i) => `name-${i}`);
  const options = {
    part: choice("PART", "only this one", ["log", "disk"]),
    policies: choices("POLICY", "only these", ["always", "no"]),
    mutants: choices("NAME", "only these mutants", many),
  };
  const choose = (...args: string[]) => readOptions(COMMAND, options, args);

  test("are what was given, with commas or again and again", () => {
    const line = ["--part", "disk", "--policies", "no,always", "--policies=no"];
    const values = { part: "disk", policies: ["no", "always", "no"], mutants: [] };
    expect(choose(...line)).toEqual({ kind: "values", values, positionals: [] });
    expect(choose()).toMatchObject({ values: { part: undefined, policies: [] } });
  });

  test.each([
    [["--part", "tape"], "--part knows no 'tape', only log, disk"],
    [["--policies", "no,maybe"], "--policies knows no 'maybe', only always, no"],
    [["--mutants", "name-30"], "--mutants knows no 'name-30'"],
  ])("are refused when there is no such thing: %s", (line, mistake) => {
    const text = `pnpm thing: ${mistake}; see pnpm thing --help`;
    expect(choose(...line)).toEqual({ kind: "error", text });
  });

  test("are said in the help text unless they are too many", () => {
    const { text } = choose("--help") as { text: string };
    expect(text).toContain("  --part PART        only this one: log, disk\n");
    expect(text).toContain("  --mutants NAME     only these mutants (may be repeated)\n");
  });
});

describe("words beside the options", () => {
  const positional = {
    ...{ placeholder: "part", meaning: "only that" },
    ...{ allowed: ["log", "disk"], isRepeatable: false },
  };
  const readWords = (isRepeatable: boolean, ...args: string[]) =>
    readOptions({ ...COMMAND, positional: { ...positional, isRepeatable } }, OPTIONS, args);

  test("are given back where the command takes them", () => {
    expect(readWords(false, "log", "--runs", "3")).toMatchObject({
      positionals: ["log"],
      values: { runs: 3 },
    });
    expect(readWords(true, "log", "disk")).toMatchObject({ positionals: ["log", "disk"] });
  });

  test("are refused when they are unknown or too many", () => {
    const unknown = "pnpm thing: 'stray' is none of log, disk; see pnpm thing --help";
    expect(readWords(true, "log", "stray")).toEqual({ kind: "error", text: unknown });
    const many = "pnpm thing: 'disk' is one word too many; see pnpm thing --help";
    expect(readWords(false, "log", "disk")).toEqual({ kind: "error", text: many });
  });

  test("are explained first", () => {
    const { text: one } = readWords(false, "--help") as { text: string };
    expect(one).toContain("pnpm thing [part] [options]\n");
    expect(one).toContain("\n\n  part         only that\n  --full ");
    expect(readWords(true, "--help")).toMatchObject({
      text: expect.stringContaining("pnpm thing [part …] [options]\n"),
    });
  });
});

describe("mistakes are one line that says which option", () => {
  test.each([
    [["--nonsense"], "no option --nonsense"],
    [["-x"], "no option -x"],
    [["--toString"], "no option --toString"],
    [["stray"], "'stray' is not an option"],
    [["--runs"], "--runs needs a value: N"],
    [["--runs", "--full"], "--runs needs a value: N"],
    [["--runs", "many"], "--runs takes an integer of at least 0, not 'many'"],
    [["--runs="], "--runs takes an integer of at least 0, not ''"],
    [["--seed", "1.5"], "--seed takes an integer of at least 0, not '1.5'"],
    [["--seed=-1"], "--seed takes an integer of at least 0, not '-1'"],
    [["--jobs", "0"], "--jobs takes an integer of at least 1, not '0'"],
    [["--file", "--full"], "--file needs a value: FILE"],
    [["--full=yes"], "--full takes no value"],
  ])("%j", (args, why) => {
    expect(read(...args)).toEqual({
      kind: "error",
      text: `pnpm thing: ${why}; see pnpm thing --help`,
    });
  });
});

test("--help explains everything that was declared, whatever else is there", () => {
  const help = read("--runs", "3", "--help");
  expect(help).toEqual({
    kind: "help",
    text: `pnpm thing [options]

Does a thing.

  --full       all of it
  --runs N     how many (200)
  --jobs N     at a time (2)
  --seed N     of the first run (by chance)
  --file FILE  where to
  --only NAME  only this one (may be repeated)
  --help       this text
`,
  });
});
