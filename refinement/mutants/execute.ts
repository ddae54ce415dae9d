/** Runs a check in a tree. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check, Judgement } from "./mutant.ts";
import type { Tree } from "./tree.ts";

/** A check's end: what its output says, or that it was stopped at its time limit. */
export type Ending = Judgement | { readonly _tag: "Hung"; readonly limitMs: number };

/** Variables of a test runner around this process, which would confuse one inside the check. */
const FOREIGN_VARIABLE = /^(?:VITEST|NODE_OPTIONS$|NODE_V8_COVERAGE$)/;

/** Runs the check; stops it with everything that it has started when its time is up. */
export async function execute(check: Check, tree: Tree): Promise<Ending> {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLE.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    TMPDIR: tree.scratch,
    NODE_COMPILE_CACHE: tree.compiled,
    NO_COLOR: "1",
  };
  const child = spawn(process.execPath, check.args, {
    cwd: tree.root,
    env,
    // A group of its own: what the check has started can be stopped with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stopGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself, and nothing of it is left.
    }
  };
  let output = "";
  let hung = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const timer = setTimeout(() => {
    hung = true;
    stopGroup();
  }, check.limitMs);
  process.once("exit", stopGroup);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (hung) return { _tag: "Hung", limitMs: check.limitMs };
    return check.judge(reportOf(check, tree) ?? output, code);
  } finally {
    clearTimeout(timer);
    process.removeListener("exit", stopGroup);
    stopGroup();
  }
}

function reportOf({ report }: Check, tree: Tree): string | null {
  if (report === undefined || !existsSync(join(tree.root, report))) return null;
  return readFileSync(join(tree.root, report), "utf8");
}
