import { describe, expect, test } from "vitest";
import { causesFrom } from "./causes.ts";
import type { TestError } from "./parse.ts";
import { type FileRecord, recordOf } from "./record.ts";
import { renderReport } from "./report.ts";
import type { Mode } from "./suite-file.ts";
import { judge, notReached } from "./verdict.ts";

const record = (ok: number, failing: readonly string[] = [], redis = 10): FileRecord => ({
  redis,
  ok,
  ignored: 0,
  errors: failing.map((name) => ({ test: name, cause: "needs lists" })),
});

const PARTIAL = { mode: "external", file: "unit/sort" } as const;
const COMPLETE = { mode: "external", file: "unit/keyspace" } as const;
const OWN_SERVERS = { mode: "normal", file: "unit/sort" } as const;

describe("the verdict on a suite file", () => {
  test("the recorded result is accepted", () => {
    expect(judge(PARTIAL, record(4, ["a"]), record(4, ["a"]))).toEqual({
      regressions: [],
      unrecorded: [],
    });
  });

  test("fewer passes are a regression, more must be recorded", () => {
    expect(judge(PARTIAL, record(3), record(4)).regressions).toEqual(["3 tests pass, 4 did"]);
    expect(judge(PARTIAL, record(5), record(4)).unrecorded).toEqual(["5 tests pass, 4 recorded"]);
  });

  test("a test gained does not make up for a test lost", () => {
    const verdict = judge(PARTIAL, record(4, ["a"]), record(4, ["b"]));
    expect(verdict.regressions).toEqual(["fails now: a (needs lists)"]);
    expect(verdict.unrecorded).toEqual(["passes now: b"]);
  });

  test("errors of one name are counted", () => {
    const verdict = judge(PARTIAL, record(4, ["a", "a"]), record(4, ["a"]));
    expect(verdict.regressions).toEqual(["fails now: a (needs lists)"]);
  });

  test("an end before the last test is a regression unless it is recorded", () => {
    const early = { ...record(4), aborted: "no progress" };
    expect(judge(PARTIAL, early, record(4)).regressions).toEqual(["ends early now: no progress"]);
    expect(judge(PARTIAL, early, early).regressions).toEqual([]);
    expect(judge(PARTIAL, record(4), early).unrecorded).toEqual(["runs to its end now"]);
  });

  test("a complete suite file needs a cause for every error and reaches every test", () => {
    const whole = record(9, ["a"]);
    expect(judge(COMPLETE, whole, whole).regressions).toEqual([]);
    const short = record(8, ["a"]);
    expect(judge(COMPLETE, short, short).regressions).toEqual(["1 tests are never reached"]);
    const early = { ...whole, aborted: "no progress" };
    expect(judge(COMPLETE, early, early).regressions).toEqual(["ends early: no progress"]);
    const obscure = { ...whole, errors: [{ test: "a", cause: "unexplained: x" }] };
    expect(judge(COMPLETE, obscure, obscure).regressions).toEqual(["fails: a (unexplained: x)"]);
    expect(judge(PARTIAL, obscure, obscure).regressions).toEqual([]);
  });

  test("with servers of the suite's own every error needs a cause", () => {
    const obscure = { ...record(4), errors: [{ test: "a", cause: "unexplained: x" }] };
    const said = ["fails: a (unexplained: x)"];
    expect(judge(OWN_SERVERS, obscure, obscure).regressions).toEqual(said);
    expect(judge(OWN_SERVERS, record(4, ["a"]), record(4, ["a"])).regressions).toEqual([]);
  });

  test("tests not reached never count below zero", () => {
    expect(notReached(record(8, ["a"], 10))).toBe(1);
    expect(notReached(record(10, ["a"], 10))).toBe(0);
  });
});

describe("causes", () => {
  const at = (file: string, mode: Mode = "external") => ({ mode, file });
  const error = (name: string, message = "boom"): TestError => ({ test: name, message });

  test("match by file, test, message and unknown command; the first wins", () => {
    const { explain } = causesFrom([
      { file: "unit/a", test: "one", cause: "first" },
      { test: "/^two/", cause: "second" },
      { message: "/^MISCONF /", cause: "third" },
      { commands: "lpush rpush", cause: "fourth" },
    ]);
    expect(explain(at("unit/a"), error("one"))).toBe("first");
    expect(explain(at("unit/b"), error("one"))).toBeUndefined();
    expect(explain(at("unit/b"), error("two halves"))).toBe("second");
    expect(explain(at("unit/b"), error("x", "MISCONF no"))).toBe("third");
    expect(explain(at("unit/b"), error("x", "ERR unknown command 'LPUSH', with"))).toBe("fourth");
    expect(explain(at("unit/b"), error("x", "ERR unknown command 'get', with"))).toBeUndefined();
  });

  test("match by mode", () => {
    const causes = causesFrom([
      { mode: "normal", file: "unit/a", test: "one", cause: "first", leaveOut: true },
      { file: "unit/a", test: "one", cause: "second" },
    ]);
    expect(causes.explain(at("unit/a", "normal"), error("one"))).toBe("first");
    expect(causes.explain(at("unit/a"), error("one"))).toBe("second");
    expect(causes.leftOut(at("unit/a", "normal"))).toEqual(["one"]);
    expect(causes.leftOut(at("unit/a"))).toEqual([]);
  });

  test("a rule that excuses everything is refused", () => {
    expect(() => causesFrom([{ file: "unit/a", cause: "all of it" }])).toThrow(/neither/);
  });

  test("a test that would spoil others is left out by name and counts as failed", () => {
    const causes = causesFrom([
      { file: "unit/a", test: "leaves a mess", cause: "needs lists", leaveOut: true },
      { file: "unit/a", test: "other", cause: "needs sets" },
    ]);
    expect(causes.leftOut(at("unit/a"))).toEqual(["leaves a mess"]);
    expect(causes.leftOut(at("unit/b"))).toEqual([]);
    const run = {
      mode: "external" as const,
      file: "unit/a",
      durationMs: 1,
      passed: ["ok"],
      errors: [],
      skipped: ["leaves a mess"],
      ignored: 0,
      aborted: undefined,
    };
    expect(recordOf(run, 2, causes).errors).toEqual([
      { test: "leaves a mess", cause: "needs lists" },
    ]);
    expect(() => causesFrom([{ test: "x", cause: "c", leaveOut: true }])).toThrow(/naming just it/);
  });

  test("an error without a cause is recorded as unexplained, without what varies", () => {
    const run = {
      mode: "external" as const,
      file: "unit/a",
      durationMs: 1,
      passed: ["ok"],
      errors: [error("one", "Expected 'a' on 127.0.0.1:2345 (context: type eval)")],
      skipped: [],
      ignored: 0,
      aborted: undefined,
    };
    expect(recordOf(run, 2, causesFrom([])).errors).toEqual([
      { test: "one", cause: "unexplained: Expected 'a' on 127.0.0.1:PORT" },
    ]);
  });
});

describe("the page", () => {
  test("has a row for each suite file, the sum, and the errors grouped by cause", () => {
    const redisVersion = "7.0.15";
    const page = renderReport({
      external: {
        redisVersion,
        files: { "unit/keyspace": record(7, ["a|b", "c", "c"]), "unit/sort": record(10) },
      },
      normal: { redisVersion, files: { "unit/sort": record(9, ["d"]) } },
    });
    const rows = page.split("\n").filter((line) => line.startsWith("|"));
    expect(rows).toEqual([
      "| suite file        | Redis |  ok | err | not reached | ignored |",
      "| ----------------- | ----: | --: | --: | ----------: | ------: |",
      "| **unit/keyspace** |    10 |   7 |   3 |           0 |       0 |",
      "| unit/sort         |    10 |  10 |   0 |           0 |       0 |",
      "| all               |    20 |  17 |   3 |           0 |       0 |",
      "| suite file | Redis |  ok | err | not reached | ignored |",
      "| ---------- | ----: | --: | --: | ----------: | ------: |",
      "| unit/sort  |    10 |   9 |   1 |           0 |       0 |",
      "| all        |    10 |   9 |   1 |           0 |       0 |",
    ]);
    const [external, normal] = page.split("## With servers that the suite starts");
    expect(external).toContain("#### unit/keyspace\n\n- needs lists: `a|b`; `c` (2 times)\n");
    expect(external).not.toContain("#### unit/sort");
    expect(normal).toContain("#### unit/sort\n\n- needs lists: `d`\n");
  });
});
