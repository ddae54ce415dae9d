import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DirectoryLock, isDiskError, LOCKED } from "../disk.ts";
import { systemDisk } from "./disk.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-lock-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function locked(path: string): DirectoryLock {
  const lock = systemDisk.lock(path);
  if (isDiskError(lock)) throw new Error(lock.message);
  return lock;
}

test("one process takes a directory once, by whatever path, and again when it was given back", () => {
  const path = join(folder, "a.lock");
  const first = locked(path);
  const refused = systemDisk.lock(join(folder, ".", "a.lock"));
  expect(refused).toMatchObject({ code: LOCKED });
  expect(isDiskError(refused) && refused.message).toMatch(`process ${process.pid} on `);
  first.release();
  locked(path).release();
});

test("another process is refused, and gets it when the first has been killed", async () => {
  const path = join(folder, "a.lock");
  const code = `import { systemDisk } from ${JSON.stringify(import.meta.resolve("./disk.ts"))};
    const lock = systemDisk.lock(${JSON.stringify(path)});
    console.log("message" in lock ? lock.message : "taken");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await once(child.stdout, "data");
  expect(String(output)).toBe("taken\n");
  const refused = systemDisk.lock(path);
  expect(isDiskError(refused) && refused.message).toMatch(`process ${child.pid} on `);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  locked(path).release();
});

test("a lock whose file is moved away says so", () => {
  const path = join(folder, "a.lock");
  const lock = locked(path);
  expect(lock.isInPlace()).toBe(true);
  renameSync(path, join(folder, "b.lock"));
  expect(lock.isInPlace()).toBe(false);
  lock.release();
});

test("a directory that is not there has its reason", () => {
  expect(systemDisk.lock(join(folder, "none", "a.lock"))).toMatchObject({
    code: "ENOENT",
    message: "No such file or directory",
  });
});
