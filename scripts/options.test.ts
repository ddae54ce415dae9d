import { describe, expect, test } from "vitest";
import { flag, integer, optionalInteger, readOptions, text, texts } from "./options.ts";

const COMMAND = { name: "pnpm thing", does: "Does a thing." };
const OPTIONS = {
  full: flag("all of it"),
  runs: integer("how many", 200),
  seed: optionalInteger("of the first run", "by chance"),
  file: text("FILE", "where to"),
  only: texts("NAME", "only this one"),
};

function read(...args: string[]) {
  return readOptions(COMMAND, OPTIONS, args);
}

describe("values", () => {
  test("without options they are what was declared", () => {
    const values = { full: false, runs: 200, seed: undefined, file: undefined, only: [] };
    expect(read()).toEqual({ kind: "values", values, positionals: [] });
  });

  test("are typed, and the last one counts unless the option may be repeated", () => {
    const line = ["--full", "--runs", "5", "--runs=7", "--seed", "0", "--file", "-", "--only=a"];
    const reading = read(...line, "--only", "b c");
    const values = { full: true, runs: 7, seed: 0, file: "-", only: ["a", "b c"] };
    expect(reading).toEqual({ kind: "values", values, positionals: [] });
    if (reading.kind !== "values") throw new Error("no values");
    // The types hold: this would not compile otherwise.
    const sum: number = reading.values.runs + (reading.values.seed ?? 0);
    expect(sum + reading.values.only.length).toBe(9);
  });

  test("may stand beside a positional where the command takes one", () => {
    const command = { ...COMMAND, positional: { placeholder: "part", meaning: "only that" } };
    const reading = readOptions(command, OPTIONS, ["part", "--runs", "3"]);
    expect(reading).toMatchObject({ positionals: ["part"], values: { runs: 3 } });
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
  --seed N     of the first run (by chance)
  --file FILE  where to
  --only NAME  only this one (may be repeated)
  --help       this text
`,
  });
});
