import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildInCache } from "./cache.ts";
import { quote, unresolved } from "./packages.ts";
import { provision } from "./tools.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-tools-test-"));
  vi.stubEnv("VERIDIS_CACHE_DIR", join(folder, "cache"));
  vi.stubEnv("VERIDIS_REDIS_CLI", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A program that says it is redis-cli of the given version. */
function fake(version: string, ...path: string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho "redis-cli ${version}"\n`);
  chmodSync(file, 0o755);
  return file;
}

describe("where a tool comes from", () => {
  test("its variable goes before the cache, the cache before PATH", async () => {
    const byPath = fake("7.0.15", "path/redis-cli");
    vi.stubEnv("PATH", `${join(folder, "path")}:/usr/bin:/bin`);
    expect(await provision("redis-cli")).toBe(byPath);
    const byCache = fake("7.0.15", "cache/redis-7.0.15/bin/redis-cli");
    expect(await provision("redis-cli")).toBe(byCache);
    const byHand = fake("7.0.15", "mine");
    vi.stubEnv("VERIDIS_REDIS_CLI", byHand);
    expect(await provision("redis-cli")).toBe(byHand);
  });

  test("another version on PATH is passed over", async () => {
    fake("6.2.1", "old/redis-cli");
    const right = fake("7.0.15", "new/redis-cli");
    vi.stubEnv("PATH", `${join(folder, "old")}:${join(folder, "new")}:/usr/bin:/bin`);
    expect(await provision("redis-cli")).toBe(right);
  });

  test("a variable that names another version is an error, in one line", async () => {
    vi.stubEnv("VERIDIS_REDIS_CLI", fake("6.2.1", "old"));
    const refused = provision("redis-cli");
    await expect(refused).rejects.toThrow(
      /^redis-cli 7\.0\.15 is missing: VERIDIS_REDIS_CLI names .*old, which says "redis-cli 6\.2\.1"$/,
    );
  });

  test("without it, without apt, the line says what to install", async () => {
    mkdirSync(join(folder, "empty"));
    vi.stubEnv("PATH", join(folder, "empty"));
    await expect(provision("redis-cli")).rejects.toThrow(
      /^redis-cli 7\.0\.15 is missing: install Debian's package redis-tools or set VERIDIS_REDIS_CLI.*$/,
    );
  });
});

describe("the cache", () => {
  test("keeps nothing of a folder whose making failed", async () => {
    const failed = buildInCache("thing", async (made) => {
      writeFileSync(join(made, "half"), "");
      throw new Error("interrupted");
    });
    await expect(failed).rejects.toThrow("interrupted");
    const path = await buildInCache("thing", async (made) => {
      writeFileSync(join(made, "whole"), "");
    });
    expect(path).toBe(join(folder, "cache/thing"));
    const kept = await buildInCache("thing", async () => {
      throw new Error("made twice");
    });
    expect(kept).toBe(path);
  });
});

describe("helpers for unpacked programs", () => {
  test("the libraries that ldd does not find", () => {
    const printed = [
      "\tlinux-vdso.so.1 (0x00007f888213b000)",
      "\tliblzf.so.1 => not found",
      "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f8881d20000)",
      "\tlibjemalloc.so.2 => not found",
    ];
    expect(unresolved(`${printed.join("\n")}\n`)).toEqual(["liblzf.so.1", "libjemalloc.so.2"]);
  });

  test("a path is one word of the shell", () => {
    expect(quote("/home/o'neill/x y")).toBe(`'/home/o'\\''neill/x y'`);
  });
});
