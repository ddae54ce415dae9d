import { expect, test } from "vitest";
import { MemoryDisk } from "../../testing/disk.ts";
import type { Journal } from "../ports/journal.ts";
import { NO_TRACE } from "../ports/trace.ts";
import { beginLog } from "./fresh-log.ts";
import { Recovery, type RecoveryOutcome } from "./recovery.ts";

const PLACE = { parent: "/data", directory: "aof", fileName: "log", snapshot: "dump.rdb" };
const UNIT = Buffer.from(`*2\r\n$3\r\nDEL\r\n$600000\r\n${"k".repeat(600_000)}\r\n`);

function recover(disk: MemoryDisk): RecoveryOutcome | null {
  disk.processGone();
  return new Recovery({
    disk,
    place: PLACE,
    target: { beginFile: () => {}, expect: () => {}, execute: () => null },
    trace: NO_TRACE,
    loadsTruncated: true,
    report: () => {},
  }).step(1 << 30);
}

function appendUnit(journal: Journal): void {
  journal.append(UNIT, 0, UNIT.length, false);
}

test("a data set that was written whole is found again", () => {
  const disk = new MemoryDisk();
  const begun = beginLog(disk, PLACE, 0, appendUnit, fail);
  expect(begun).toMatchObject({ nextLsn: 2 });
  expect(recover(disk)).toMatchObject({ kind: "recovered", log: { nextLsn: 2 } });
});

test("a snapshot of before is no reason not to begin", () => {
  const disk = new MemoryDisk();
  disk.makeDirectory("/data");
  disk.open("/data/dump.rdb", "new");
  expect(beginLog(disk, PLACE, 0, appendUnit, fail)).toMatchObject({ nextLsn: 2 });
  expect(recover(disk)).toMatchObject({ kind: "recovered", log: { nextLsn: 2 } });
});

test("a crash in the middle of the data set leaves an empty log, which a start accepts", () => {
  const disk = new MemoryDisk();
  const dies = (): void => {
    beginLog(
      disk,
      PLACE,
      0,
      (journal) => {
        for (let i = 0; i < 4; i++) appendUnit(journal);
        throw new Error("killed");
      },
      fail,
    );
  };
  expect(dies).toThrow("killed");
  expect(disk.list("/data/aof")).toContain("log.2.incr.aof");
  expect(recover(disk)).toMatchObject({ kind: "recovered", log: { nextLsn: 1 } });
});

test("a log that does not fit leaves nothing behind, and can be begun later", () => {
  const disk = new MemoryDisk();
  disk.capacityBytes = 1_000_000;
  const begin = () =>
    beginLog(disk, PLACE, 0, (journal) => [1, 2, 3].map(() => appendUnit(journal)), fail);
  expect(begin()).toMatch(/^Cannot write the append-only file: No space left/);
  expect(disk.list("/data/aof")?.toSorted()).toEqual(["log.1.incr.aof", "log.manifest"]);
  expect(disk.usedBytes).toBeLessThan(100);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  expect(begin()).toMatchObject({ nextLsn: 4 });
});

function fail(message: string): void {
  throw new Error(message);
}
