/** Tests that are programs in other languages. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { startTarget, stopTargets } from "./target.ts";

const execute = promisify(execFile);
const LIMIT_MS = 50_000;

/** A program that runs tests against a server, of which it prints a line of JSON each. */
export interface ForeignProgram {
  /** The toolchain that it needs, as its version; null where there is none. */
  readonly toolchain: string | null;
  /** The titles of its tests, in its order. */
  readonly tests: readonly string[];
  /** Gets it ready. Returns the command line, which the port and the protocol are appended to. */
  prepare(): Promise<{ readonly command: readonly string[]; readonly env?: NodeJS.ProcessEnv }>;
}

/**
 * Each of its tests in both protocols. Where there is no toolchain they are left out, which CI does
 * not forgive.
 */
export function foreignTests(program: ForeignProgram): void {
  const isLeftOut = program.toolchain === null && process.env["CI"] !== "true";
  describe.skipIf(isLeftOut).each([2, 3])("in RESP%d", (protocol) => {
    const errors = new Map<string, string | null>();

    beforeAll(async () => {
      const { command, env } = await program.prepare();
      const target = await startTarget();
      const [file, ...args] = [...command, String(target.port), String(protocol)];
      const options = { timeout: LIMIT_MS, env: { ...process.env, ...env } };
      const { stdout } = await execute(file!, args, options);
      for (const line of stdout.trim().split("\n")) {
        const { name, error } = JSON.parse(line) as { name: string; error: string | null };
        errors.set(name, error);
      }
      await stopTargets();
      expect([...errors.keys()]).toEqual(program.tests);
    }, 6 * LIMIT_MS);

    test.each(program.tests)("%s", (title) => {
      expect(errors.get(title)).toBeNull();
    });
  });
}
