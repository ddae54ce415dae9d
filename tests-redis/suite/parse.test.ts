import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OUTSIDE, parseUnit } from "./parse.ts";

// Captured from the suite of Redis 7.0.15, run against redis-server with a command renamed away
// (LPUSH for multi and sort, FUNCTION for exception) or stopped in the middle (timeout).
const sample = (name: string) =>
  parseUnit(readFileSync(join(import.meta.dirname, "samples", `${name}.txt`), "utf8"));

describe("the output of a unit", () => {
  test("one test fails and the rest go on", () => {
    const unit = sample("multi");
    expect(unit.passed).toHaveLength(59);
    expect(unit.passed[0]).toBe("MULTI / EXEC basics");
    expect(unit.errors).toEqual([
      {
        test: "EXEC fail on WATCHed key modified by SORT with STORE even if the result is empty",
        message: "ERR unknown command 'lpush', with args beginning with: 'foo' 'bar'",
      },
    ]);
    expect(unit.ignored).toBe(3);
    expect(unit.aborted).toBeUndefined();
  });

  test("an error between two tests ends the block but not the unit", () => {
    const unit = sample("sort");
    expect(unit.errors).toEqual([
      {
        test: OUTSIDE,
        message: "ERR unknown command 'lpush', with args beginning with: 'tosort' '0'",
      },
    ]);
    expect(unit.passed).toEqual([]);
    expect(unit.aborted).toBeUndefined();
  });

  test("an exception ends the unit", () => {
    const unit = sample("exception");
    expect(unit.passed).toEqual([]);
    expect(unit.errors).toEqual([]);
    expect(unit.aborted).toBe("ERR unknown command 'function', with args beginning with: 'flush'.");
  });

  test("a server that stops answering ends the unit, the passes until then count", () => {
    const unit = sample("timeout");
    expect(unit.passed).toHaveLength(6);
    expect(unit.aborted).toBe("no progress: (IN PROGRESS) Test latency events logging");
  });

  test("output that just stops is no complete unit", () => {
    expect(parseUnit("Testing unit/quit\n[ok]: QUIT returns OK (1 ms)\n").aborted).toBe(
      "the suite ended before the unit did",
    );
  });

  test("an assertion's text keeps its first line", () => {
    const unit = parseUnit(
      "[err]: SET and GET in tests/unit/a.tcl\nExpected 'a' to be equal to 'b' (context: x)\n" +
        "[1/1 done]: unit/a (0 seconds)\n",
    );
    expect(unit.errors).toEqual([
      { test: "SET and GET", message: "Expected 'a' to be equal to 'b' (context: x)" },
    ]);
  });
});
