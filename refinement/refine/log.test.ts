import { expect, test } from "vitest";
import { type LogTally, refineLog, runLogSequence, unreached } from "./log-run.ts";
import type { LogInput, LogSequence } from "./log-steps.ts";
import type { End } from "./log-world.ts";

const tally = (): LogTally => ({ steps: 0, taken: new Map() });

function sequence(policy: LogSequence["policy"], ...inputs: LogInput[]): LogSequence {
  return { policy, steps: inputs.map((input) => ({ input, dies: null })) };
}

const WRITE: LogInput = { do: "write", connection: "a", isTransaction: false };
const READ: LogInput = { do: "read", connection: "b" };
const FLUSH: LogInput = { do: "flush" };
/** Any input starts a process where there is none. */
const START: LogInput = FLUSH;

test("the log refines its model, and every action of the specification is reached", () => {
  const { tally: seen, failure } = refineLog(2000, 1, false, () => {});
  expect(failure).toBe(null);
  expect(unreached(seen)).toEqual([]);
});

test("a read waits for the write that it has seen, and both outlive a loss of power", () => {
  const seen = tally();
  const run = sequence(
    "always",
    START,
    WRITE,
    READ,
    FLUSH,
    { do: "sync ends", outcome: "ok" },
    { do: "end", end: { how: "power", share: 0 } },
    START,
  );
  expect(runLogSequence(run, seen)).toBe(null);
  expect(seen.taken.get("Reply")).toBe(2);
  expect(seen.taken.get("Serve")).toBe(2);
});

test("a sync that fails and drops pages ends the process; the next start rewrites", () => {
  const seen = tally();
  const run = sequence(
    "always",
    START,
    WRITE,
    FLUSH,
    { do: "sync ends", outcome: "drops" },
    { do: "expire" },
    START,
    READ,
    FLUSH,
    { do: "end", end: { how: "power", share: 0 } },
    START,
  );
  expect(runLogSequence(run, seen)).toBe(null);
  expect(seen.taken.get("FsyncFail")).toBe(1);
  expect(seen.taken.get("Stop")).toBe(1);
  expect(seen.taken.get("RecoverRewrite")).toBe(3);
});

/** Closes a file, and ends the run after it between the cut of the closing line and the next frame. */
function endedBehindCut(end: End): LogSequence {
  return sequence(
    "always",
    START,
    WRITE,
    FLUSH,
    { do: "sync ends", outcome: "ok" },
    { do: "close" },
    START,
    WRITE,
    { do: "take", bytes: 0, times: 2 },
    FLUSH,
    { do: "end", end },
    START,
  );
}

test("a process that dies behind the cut of a closing line leaves a file that is copied", () => {
  const seen = tally();
  expect(runLogSequence(endedBehindCut({ how: "kill", share: 1 }), seen)).toBe(null);
  expect(seen.taken.get("Reopen")).toBe(1);
  expect(seen.taken.get("RecoverRewrite")).toBe(2);
});

test("a loss of power undoes the cut of a closing line, or leaves a part of the line", () => {
  const rewrites = [0, 0.4, 1].map((share) => {
    const seen = tally();
    expect(runLogSequence(endedBehindCut({ how: "power", share }), seen)).toBe(null);
    expect(seen.taken.get("Reopen")).toBe(1);
    return seen.taken.get("RecoverRewrite");
  });
  expect(rewrites).toEqual([1, 2, 2]);
});

test("an action that no run reaches is noticed", () => {
  expect(unreached(tally())).toContain("PowerLoss");
});
