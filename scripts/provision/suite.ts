import { createHash } from "node:crypto";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { privateApt } from "./apt.ts";
import { buildInCache, exists } from "./cache.ts";
import { SUITE, type ToolName } from "./catalog.ts";
import { run } from "./exec.ts";
import { lastLine, MissingTool } from "./missing.ts";
import { provision } from "./tools.ts";

/**
 * The folder of Redis' unpacked source, which holds its Tcl suite: the one that
 * `VERIDIS_REDIS_SUITE` names, else the one in the cache, else fetched into the cache as Debian's
 * source package and checked against the pinned SHA-256. Shared and not to be written to: a run
 * works in a copy (`copySuite`). Throws `MissingTool` with one line when it cannot be had.
 */
export async function provisionSuite(): Promise<string> {
  const named = process.env[SUITE.variable];
  if (named) return await checkedByHand(resolve(named));
  try {
    return await buildInCache(`redis-suite-${SUITE.version}`, async (folder, scratch) => {
      const apt = await privateApt();
      await apt.source(SUITE.sourcePackage, scratch);
      await unpackArchive(join(scratch, SUITE.archive), SUITE.sha256, folder);
    });
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    throw new MissingTool(
      `Redis' test suite ${SUITE.version} is missing: unpack Redis' release ${SUITE.version} ` +
        `and set ${SUITE.variable} to its folder (${error.message})`,
    );
  }
}

async function checkedByHand(folder: string): Promise<string> {
  const header = await readFile(join(folder, "src/version.h"), "utf8").catch(() => "");
  const suite = await exists(join(folder, "tests/test_helper.tcl"));
  if (suite && header.includes(`"${SUITE.version}"`)) return folder;
  throw new MissingTool(
    `Redis' test suite ${SUITE.version} is missing: ${SUITE.variable} names ${folder}, ` +
      `which is not the source of Redis ${SUITE.version}`,
  );
}

/**
 * Unpacks a gzipped tar archive, less its topmost folder, into `folder`, after checking that its
 * SHA-256 is `sha256` (hexadecimal). Throws `MissingTool` and writes nothing when it is not.
 */
export async function unpackArchive(
  archive: string,
  sha256: string,
  folder: string,
): Promise<void> {
  const bytes = await readFile(archive).catch(() => undefined);
  if (bytes === undefined) throw new MissingTool(`${archive} is not there`);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) {
    throw new MissingTool(`${archive} has SHA-256 ${found}, expected ${sha256}`);
  }
  const unpacked = await run("tar", ["-xzf", archive, "--strip-components=1", "-C", folder]);
  if (unpacked.code !== 0) throw new MissingTool(`tar: ${lastLine(unpacked.stderr)}`);
}

const LINKED: readonly ToolName[] = [
  "redis-cli",
  "redis-benchmark",
  "redis-check-aof",
  "redis-check-rdb",
];

/**
 * Makes a fresh copy of the suite in `into`, a folder that is created, ready to run there: the
 * tests, what they read, and `src/` with links to Redis' tools and `src/redis-server` linked to
 * `server`, the executable under test.
 */
export async function copySuite(into: string, server: string): Promise<void> {
  const suite = await provisionSuite();
  await mkdir(join(into, "src"), { recursive: true });
  for (const part of ["tests", "redis.conf", "runtest"]) {
    await cp(join(suite, part), join(into, part), { recursive: true });
  }
  for (const name of LINKED) await symlink(await provision(name), join(into, "src", name));
  await symlink(server, join(into, "src/redis-server"));
}
