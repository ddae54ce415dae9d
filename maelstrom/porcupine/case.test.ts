import { expect, it } from "vitest";
import type { History } from "../../sim/checkers/history.ts";
import { drawn } from "../../sim/checkers/testing/histories.ts";
import { beginning, commandsCase, listsCase } from "./case.ts";
import { generatedCases } from "./generated.ts";

const history: History<readonly string[], string | null> = drawn<readonly string[], string | null>(
  [1, 1, 4, ["SET", "k", "a"], "OK"],
  [2, 2, 9, ["GET", "k"], "a"],
  [3, 5, null, ["SET", "k", "b"]],
  [4, 6, 7, ["GET", "k"], "a"],
  [4, 8, 10, ["GET", "k"], "b"],
);

it("cuts a history where so many operations have returned", () => {
  const cut = beginning(history, 2).map(({ id, outcome }) => [id, outcome._tag]);
  expect(cut).toEqual([
    [0, "Returned"],
    [1, "Unknown"],
    [2, "Unknown"],
    [3, "Returned"],
  ]);
  expect(beginning(history, 9)).toEqual(history);
});

it("writes commands and lists as the program reads them", () => {
  expect(commandsCase("name", history.slice(0, 3))).toMatchObject({
    ...{ name: "name", byKey: true, ours: "Holds" },
    operations: [
      { call: 1, return: 4, input: { commands: [["SET", "k", "a"]] }, replies: ["OK"] },
      { call: 2, return: 9, replies: ["a"] },
      { call: 5, return: null, replies: [] },
    ],
  });
  const lists = listsCase("lists", [
    {
      ...{ id: 1, session: 1, invokedAt: 1, op: [] },
      outcome: {
        _tag: "Returned",
        at: 2,
        result: [
          ["r", "x", []],
          ["append", "x", 12],
          ["append", "x", 3],
          ["r", "x", [12, 3]],
        ],
      },
    },
  ]);
  expect(lists).toMatchObject({ byKey: false, ours: "Holds", operations: [{ call: 1 }] });
  expect(lists.operations[0]!.replies).toEqual([null, { any: true }, { any: true }, "12;3;"]);
});

it("generates the same histories for the same seed, good and bad ones of each kind", () => {
  const cases = generatedCases(300, 5);
  expect(cases).toEqual(generatedCases(300, 5));
  for (const kind of ["commands", "transactions", "lists"]) {
    const ours = cases.filter(({ name }) => name.includes(kind)).map((one) => one.ours);
    expect(ours.filter((verdict) => verdict === "Holds").length).toBeGreaterThan(10);
    expect(ours.filter((verdict) => verdict === "Broken").length).toBeGreaterThan(10);
  }
});
