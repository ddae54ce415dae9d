import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { findMaelstrom, runReal } from "./real.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-maelstrom-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A launcher that says how it was started, and ends with a code. */
function launcher(code: number): string {
  const home = join(folder, `home-${code}`);
  mkdirSync(home);
  const script = `#!/bin/sh\necho "BROKEN=$BROKEN $*"\nexit ${code}\n`;
  writeFileSync(join(home, "maelstrom"), script, { mode: 0o755 });
  return home;
}

it("takes the one of MAELSTROM_HOME, and fails where that has none", () => {
  const home = launcher(0);
  vi.stubEnv("MAELSTROM_HOME", home);
  expect(findMaelstrom(folder)).toBe(join(home, "maelstrom"));
  vi.stubEnv("MAELSTROM_HOME", join(folder, "nowhere"));
  expect(() => findMaelstrom(folder)).toThrow("MAELSTROM_HOME has no");
});

it("takes the one on the PATH, then the one that was fetched, else none", () => {
  vi.stubEnv("MAELSTROM_HOME", "");
  expect(findMaelstrom(folder)).toBe(null);
  const release = join(folder, "release-0.2.4");
  mkdirSync(release);
  writeFileSync(join(release, "maelstrom"), "");
  expect(findMaelstrom(folder)).toBe(join(release, "maelstrom"));
  const home = launcher(0);
  vi.stubEnv("PATH", `${home}:${process.env["PATH"]}`);
  expect(findMaelstrom(folder)).toBe(join(home, "maelstrom"));
});

it("reads the verdict from the exit code, and keeps the output", async () => {
  const run = (code: number, broken: string) =>
    runReal(join(launcher(code), "maelstrom"), "txn-list-append", broken, 3, folder);
  expect((await run(0, "")).valid).toBe(true);
  const { valid, log } = await run(1, "torn-transactions");
  expect(valid).toBe(false);
  const said = readFileSync(log, "utf8");
  expect(said).toContain("BROKEN=torn-transactions test -w txn-list-append --bin ");
  expect(said).toContain("--time-limit 3 ");
  expect(said).toContain("--consistency-models strict-serializable");
  await expect(run(255, "")).rejects.toThrow("Maelstrom ended with 255");
});
