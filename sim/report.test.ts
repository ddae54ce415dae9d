import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Failing, nameOfCrash } from "./again.ts";
import { crashesOf } from "./exhaustive.ts";
import { renderReport } from "./report.ts";
import { runOnce } from "./trial.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The command that the page of a failing run says shows it again. */
function commandOn(failing: Failing): string {
  const violation = { check: "reply", what: "GET k is answered wrongly", lines: [] };
  const outcome = { ...runOnce({ seed: 17 }, true), violation };
  const page = renderReport(outcome, { title: "a failing run", failing });
  expect(page).toContain("GET k is answered wrongly");
  return /Again: <code>([^<]*)<\/code>/.exec(page)![1]!;
}

/** What `pnpm sim` says when it is given the options of a command. */
function says(command: string): string {
  const options = command.split(" ").slice(2);
  return execFileSync(process.execPath, ["sim/run.ts", ...options], {
    cwd: ROOT,
    encoding: "utf8",
  });
}

test("a failing page names the seed that shows the run again", () => {
  expect(commandOn({ kind: "seed", seed: 17 })).toBe("pnpm sim --seeds 1 --seed 17");
});

test("a failing page names the kept choices that show the run again, and only that runs", () => {
  const file = "sim/regressions/closing-line-lost.json";
  const command = commandOn({ kind: "kept", file });
  expect(command).toBe(`pnpm sim --kept ${file}`);
  expect(says(command)).toBe(`sim: ${file} holds\n`);
});

test("a failing page names the crash that shows the run again, and only that runs", () => {
  const run = crashesOf(1)[4]!;
  const command = commandOn({ kind: "crash", run });
  expect(command).toBe("pnpm sim --crash crash-1-always-nothing-kill-2");
  expect(says(command)).toBe("sim: crash-1-always-nothing-kill-2 holds\n");
});

test("no two crashes have one name", () => {
  const names = crashesOf(1).map((run) => nameOfCrash(run));
  expect(new Set(names).size).toBe(names.length);
});
