import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MissingTool } from "./missing.ts";
import { provisionSuite, unpackArchive } from "./suite.ts";

let folder = "";
let archive = "";
let target = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-suite-test-"));
  archive = join(folder, "redis.tar.gz");
  target = join(folder, "unpacked");
  mkdirSync(join(folder, "redis-1"));
  mkdirSync(target);
  writeFileSync(join(folder, "redis-1/file"), "inside");
  execFileSync("tar", ["-czf", archive, "-C", folder, "redis-1"]);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const sha256 = () => createHash("sha256").update(readFileSync(archive)).digest("hex");

describe("the suite's archive", () => {
  test("is unpacked when its checksum is the pinned one", async () => {
    await unpackArchive(archive, sha256(), target);
    expect(readFileSync(join(target, "file"), "utf8")).toBe("inside");
  });

  test("is refused, and nothing written, when one byte differs", async () => {
    const pinned = sha256();
    const bytes = readFileSync(archive);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(archive, bytes);
    const refused = unpackArchive(archive, pinned, target);
    await expect(refused).rejects.toThrow(MissingTool);
    await expect(refused).rejects.toThrow(`has SHA-256 ${sha256()}, expected ${pinned}`);
    expect(readdirSync(target)).toEqual([]);
  });

  test("that was not downloaded is said to be absent", async () => {
    const absent = unpackArchive(join(folder, "none"), sha256(), target);
    await expect(absent).rejects.toThrow(/is not there/);
  });
});

describe("a suite named by its variable", () => {
  test("must be the source of the right release", async () => {
    vi.stubEnv("VERIDIS_REDIS_SUITE", folder);
    await expect(provisionSuite()).rejects.toThrow(/not the source of Redis 7\.0\.15/);
    mkdirSync(join(folder, "src"));
    mkdirSync(join(folder, "tests"));
    writeFileSync(join(folder, "tests/test_helper.tcl"), "");
    writeFileSync(join(folder, "src/version.h"), '#define REDIS_VERSION "7.0.14"\n');
    await expect(provisionSuite()).rejects.toThrow(MissingTool);
    writeFileSync(join(folder, "src/version.h"), '#define REDIS_VERSION "7.0.15"\n');
    expect(await provisionSuite()).toBe(folder);
  });
});
