/** Reading what the checks print: a bug found, and a program that merely broke. */
import { describe, expect, it } from "vitest";
import { crash, fuzz, fuzzRestore, lint, oracle, refine, together, unit } from "./checks.ts";
import type { Check } from "./mutant.ts";

const REFINE_FAILS = `The implementation is not a refinement of the model.

0> GET a

at       0> GET a
in       reply: GET
model    {"_tag":"Nil"}
impl     "$1\\r\\n1\\r\\n"

again    pnpm refine --seed 1 --steps 1
caught after 12 steps
`;
const thrown = (error: string): string =>
  REFINE_FAILS.replace("reply: GET", "invariant: exception").replace('"$1\\r\\n1\\r\\n"', error);

const ORACLE_FAILS = `after 34 commands in 2 sequences:

The model and redis-server differ.

0> GET a

at       0> GET a
model    $-1\\r\\n
redis    $1\\r\\n1\\r\\n

again    pnpm refine:oracle --seed 1 --commands 1
`;

const FUZZ_FAILS = `fuzz: failed after 56 inputs, shrunk 3 times
  input "*1" (2 bytes)
  pieces 1, after authentication
  cut at 1: expected a, got b
  kept as x; again with --seed 1
`;

function report(status: string, message: string): string {
  const test = { status, fullName: "keys a key", failureMessages: [message] };
  const fine = { status: "passed", fullName: "other", failureMessages: [] };
  const success = status === "passed";
  const testResults = [{ assertionResults: [fine, test] }];
  return JSON.stringify({ success, numPassedTests: success ? 2 : 1, testResults });
}

const CRASH_FAILS = `crash: --seed 1, 8 kills for each policy
FAILED kill, no: no, after crash 3, killed: c0's write 7 was acknowledged or shown; 5 is served

crash: 1 things are wrong after 3 crashes, 90 acknowledged writes; --seed 1
`;

const CASES: readonly [Check, string, number, object][] = [
  [refine(5), "refine: 5 steps agree (9 per second)", 0, { _tag: "Passed" }],
  [refine(5), REFINE_FAILS, 1, { _tag: "Caught", what: "reply: GET", after: "12 steps" }],
  [refine(5), thrown("AssertionError: heap"), 1, { _tag: "Caught", what: "AssertionError: heap" }],
  [refine(5), thrown("TypeError: x is not a function"), 1, { _tag: "Broken" }],
  [refine(5), "SyntaxError: Unexpected token", 1, { _tag: "Broken" }],
  [refine(5), "", 0, { _tag: "Broken" }],
  [
    crash("kill", "no", 8),
    "crash: 8 crashes, 90 acknowledged writes: nothing promised was lost, in 5 s",
    0,
    { _tag: "Passed" },
  ],
  [crash("kill", "no", 8), CRASH_FAILS, 1, { _tag: "Caught", after: "3 crashes" }],
  [crash("kill", "no", 8), CRASH_FAILS.replace("c0's", "TypeError:"), 1, { _tag: "Broken" }],
  [crash("kill", "no", 8), "crash-recorder is missing: no compiler", 1, { _tag: "Broken" }],
  [oracle(5), "5 commands in 1 sequences agree in every reply", 0, { _tag: "Passed" }],
  [oracle(5), ORACLE_FAILS, 1, { _tag: "Caught", what: "0> GET a", after: "34 commands" }],
  [
    oracle(5),
    "FAILED: a free reply is undeclared: GET: OneOf\n5 commands in 1 sequences agree",
    1,
    { _tag: "Caught", what: "a free reply is undeclared: GET: OneOf", after: "5 commands" },
  ],
  [
    oracle(5),
    ORACLE_FAILS.replace("$-1\\r\\n", "(the model throws TypeError)"),
    1,
    { _tag: "Broken" },
  ],
  [oracle(5), "Error: redis-server did not start", 1, { _tag: "Broken" }],
  [fuzz(5, 1), "fuzz: 5 inputs with 3 requests agree in 1 s", 0, { _tag: "Passed" }],
  [fuzz(5, 1), FUZZ_FAILS, 1, { _tag: "Caught", what: /cut at 1/, after: "56 inputs" }],
  [
    fuzz(5, 1),
    "fuzz: corpus/resp/nul.bin fails: whole: expected a",
    1,
    { _tag: "Caught", after: "the corpus' nul.bin" },
  ],
  [
    fuzz(5, 1),
    "connections: failed after 7 cases: Error: 1 replies instead of 2\n  x",
    1,
    { _tag: "Caught", what: /1 replies instead of 2/, after: "7 cases" },
  ],
  [fuzz(5, 1), "connections: the server ended with 1", 1, { _tag: "Broken" }],
  [
    fuzzRestore(5),
    "fuzz:restore: 5 payloads are refused or sound in 1 s, and 0 of the corpus",
    0,
    { _tag: "Passed" },
  ],
  [
    fuzzRestore(5),
    "fuzz:restore: payload 3: a part twice: Error: 32 bytes are not freed\n    at",
    1,
    { _tag: "Caught", what: /32 bytes are not freed/, after: "3 payloads" },
  ],
  [
    fuzzRestore(5),
    'fuzz:restore: we say null, redis-server "*1": "x"',
    1,
    { _tag: "Caught", what: /we say null/, after: "the comparison with Redis" },
  ],
  [fuzzRestore(5), "fuzz:restore: never made: set", 1, { _tag: "Broken" }],
  [unit("a.test.ts"), report("passed", ""), 0, { _tag: "Passed" }],
  [
    unit("a.test.ts"),
    report("failed", "AssertionError: no"),
    1,
    { _tag: "Caught", what: "keys a key", after: "test 2 of 2" },
  ],
  [
    unit("a.test.ts"),
    report("failed", "Error: Property failed after 9 tests"),
    1,
    { _tag: "Caught", after: "case 9" },
  ],
  [unit("a.test.ts"), report("failed", "ReferenceError: x"), 1, { _tag: "Broken" }],
  [unit("a.test.ts"), report("failed", "Test timed out in 5000ms."), 1, { _tag: "Broken" }],
  [
    unit("a.test.ts"),
    '{"success":false,"numPassedTests":0,"testResults":[]}',
    1,
    { _tag: "Broken" },
  ],
  [
    unit("a.test.ts"),
    '{"success":true,"numPassedTests":0,"testResults":[]}',
    0,
    { _tag: "Broken" },
  ],
  [unit("a.test.ts"), "no test files found", 1, { _tag: "Broken" }],
  [lint("a.ts", "noX"), "Checked 1 file", 0, { _tag: "Passed" }],
  [
    lint("a.ts", "noX"),
    "a.ts:4:5 lint/style/noX ━━",
    1,
    { _tag: "Caught", what: "lint/style/noX" },
  ],
  [lint("a.ts", "noX"), "a.ts:4:5 lint/style/noY ━━", 1, { _tag: "Broken" }],
];

describe("the output", () => {
  it.each(CASES)("of $name in case %#", (check, output, code, expected) => {
    const judgement = check.judge(output, code);
    for (const [field, value] of Object.entries(expected)) {
      const got = new Map<string, unknown>(Object.entries(judgement)).get(field);
      if (value instanceof RegExp) expect(got).toMatch(value);
      else expect(got).toBe(value);
    }
  });
});

it("puts unit tests together and leaves the rest alone", () => {
  const checks = [unit("a"), refine(5), unit("b"), unit("a"), refine(5)];
  expect(together(checks).map(({ name }) => name)).toEqual(["pnpm unit a b", refine(5).name]);
  expect(together([refine(5)])).toHaveLength(1);
});
