import { expect, test } from "vitest";
import { Tally } from "./coverage.ts";
import { Histories } from "./histories.ts";
import { judge } from "./judge.ts";
import { NO_DATA } from "./shadow.ts";

const ROUTE = { run: 1 };
const op = (...command: readonly string[]) => ({ watched: [], commands: [command] });

/** A key is written twice; a client relies on what it has in its cache while it is 1, or behind that. */
function relying(behind: boolean): Histories {
  const histories = new Histories();
  const write = (value: string): void =>
    histories.returned(histories.invoke(1, ROUTE, op("SET", "a", value)), ["OK"]);
  write("1");
  if (!behind) histories.returned(histories.relies(2, ROUTE, "a"), ["1"]);
  write("2");
  if (behind) histories.returned(histories.relies(2, ROUTE, "a"), ["1"]);
  return histories;
}

function judged(histories: Histories): Tally {
  const verdicts = new Tally();
  const stretches = [{ first: 1, last: 1, initial: NO_DATA }];
  const times = { healedAtMs: 0, endedAtMs: 0, boundMs: 1 };
  judge({ profile: "caching", histories, durability: null, stretches, ...times }, verdicts);
  return verdicts;
}

test("a value from a cache counts as a read of the moment at which somebody relies on it", () => {
  expect(judged(relying(false)).of("no stale cache")).toBe(1);
  expect(() => judged(relying(true))).toThrow(/no stale cache/);
});

test("a value on which nobody has relied says nothing", () => {
  const histories = relying(false);
  histories.refused(histories.relies(2, ROUTE, "a"));
  histories.relies(2, ROUTE, "a");
  expect(judged(histories).of("no stale cache")).toBe(1);
});
