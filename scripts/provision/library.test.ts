import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compileLibrary } from "./library.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-library-"));
  vi.stubEnv("VERIDIS_CACHE_DIR", join(folder, "cache"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function source(text: string): string {
  const path = join(folder, "answer.c");
  writeFileSync(path, text);
  return path;
}

test("a library is compiled once for each content", async () => {
  const one = await compileLibrary(source("unsigned getuid(void) { return 41; }\n"));
  const other = await compileLibrary(source("unsigned getuid(void) { return 42; }\n"));
  expect(other).not.toBe(one);
  expect(await compileLibrary(join(folder, "answer.c"))).toBe(other);
  const uid = execFileSync("id", ["-ru"], { env: { ...process.env, LD_PRELOAD: other } });
  expect(uid.toString()).toBe("42\n");
});

test("what is missing is said in one line", async () => {
  await expect(compileLibrary(source("int x\n"))).rejects.toThrow(/^answer is missing: .* refuses/);
  vi.stubEnv("CC", "/nowhere/cc");
  await expect(compileLibrary(source("int y;\n"))).rejects.toThrow("install Debian's packages gcc");
});
