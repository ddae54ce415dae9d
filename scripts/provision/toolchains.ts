/** Toolchains of other languages: what needs one is left out where there is none, but not in CI. */
import { spawnSync } from "node:child_process";

/** Whether there is a Go toolchain, as its version; null without one. */
export function goVersion(): string | null {
  return firstLine("go", ["version"]);
}

const PYTHON_PROBE = "import pip, sys; assert sys.version_info >= (3, 10); print(sys.version)";

/** Whether there is a Python of at least 3.10 with pip, as its version; null without one. */
export function pythonVersion(): string | null {
  return firstLine("python3", ["-c", PYTHON_PROBE]);
}

function firstLine(program: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim().split("\n")[0]! : null;
}
