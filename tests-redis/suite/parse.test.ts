import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OUTSIDE, parseSuiteFile } from "./parse.ts";

// Captured from the suite of Redis 7.0.15, run against redis-server with a command renamed away
// (LPUSH for multi and sort, FUNCTION for exception) or stopped in the middle (timeout).
const sample = (name: string) =>
  parseSuiteFile(readFileSync(join(import.meta.dirname, "samples", `${name}.txt`), "utf8"));

describe("the output of a suite file", () => {
  test("one test fails and the rest go on", () => {
    const file = sample("multi");
    expect(file.passed).toHaveLength(59);
    expect(file.passed[0]).toBe("MULTI / EXEC basics");
    expect(file.errors).toEqual([
      {
        test: "EXEC fail on WATCHed key modified by SORT with STORE even if the result is empty",
        message: "ERR unknown command 'lpush', with args beginning with: 'foo' 'bar'",
      },
    ]);
    expect(file.ignored).toBe(3);
    expect(file.aborted).toBeUndefined();
  });

  test("an error between two tests ends the block but not the file", () => {
    const file = sample("sort");
    expect(file.errors).toEqual([
      {
        test: OUTSIDE,
        message: "ERR unknown command 'lpush', with args beginning with: 'tosort' '0'",
      },
    ]);
    expect(file.passed).toEqual([]);
    expect(file.aborted).toBeUndefined();
  });

  test("an exception ends the file", () => {
    const file = sample("exception");
    expect(file.passed).toEqual([]);
    expect(file.errors).toEqual([]);
    expect(file.aborted).toBe("ERR unknown command 'function', with args beginning with: 'flush'.");
  });

  test("a server that stops answering ends the file, the passes until then count", () => {
    const file = sample("timeout");
    expect(file.passed).toHaveLength(6);
    expect(file.aborted).toBe("no progress: (IN PROGRESS) Test latency events logging");
  });

  test("output that just stops is no complete suite file", () => {
    expect(parseSuiteFile("Testing unit/quit\n[ok]: QUIT returns OK (1 ms)\n").aborted).toBe(
      "the suite ended before the file did",
    );
  });

  test("an assertion's text keeps its first line", () => {
    const file = parseSuiteFile(
      "[err]: SET and GET in tests/unit/a.tcl\nExpected 'a' to be equal to 'b' (context: x)\n" +
        "[1/1 done]: unit/a (0 seconds)\n",
    );
    expect(file.errors).toEqual([
      { test: "SET and GET", message: "Expected 'a' to be equal to 'b' (context: x)" },
    ]);
  });
});
