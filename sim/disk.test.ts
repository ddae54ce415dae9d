import { expect, it } from "vitest";
import { type DiskError, type DiskFile, isDiskError } from "../impl/ports/disk.ts";
import { Choices } from "./choices.ts";
import { Tally } from "./coverage.ts";
import { type DiskFaults, GOOD_DISK, SimDisk } from "./disk.ts";
import { Scheduler } from "./scheduler.ts";
import { Transcript } from "./transcript.ts";

function machine(seed: number, faults: Partial<DiskFaults> = {}) {
  const scheduler = new Scheduler();
  const tally = new Tally();
  const disk = new SimDisk({
    scheduler,
    choices: Choices.seeded(seed),
    transcript: new Transcript(() => scheduler.clock.us, false),
    faults: tally,
  });
  disk.faults = { ...GOOD_DISK, ...faults };
  const port = disk.portFor({ name: "a test", called: () => {}, callback: (run) => run() });
  return { scheduler, disk, port, tally };
}

function opened(file: DiskFile | DiskError): DiskFile {
  if (isDiskError(file)) throw new Error(file.message);
  return file;
}

function textOf(file: DiskFile): string {
  const bytes = Buffer.alloc(file.sizeBytes);
  file.read(0, bytes);
  return bytes.toString();
}

function append(file: DiskFile, text: string): void {
  expect(file.append(Buffer.from(text), 0, text.length)).toBe(text.length);
}

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

it("keeps what was synced, and a prefix of the rest, through a power loss", () => {
  const lengths = new Set<number>();
  for (const seed of SEEDS) {
    const { disk, port } = machine(seed);
    const file = opened(port.open("a", "new"));
    port.syncDirectory("");
    append(file, "synced,");
    file.syncNow();
    append(file, "x".repeat(1500));
    disk.losePower();
    const left = textOf(opened(port.open("a", "existing")));
    expect(`synced,${"x".repeat(1500)}`.startsWith(left)).toBe(true);
    expect(left.startsWith("synced,")).toBe(true);
    lengths.add(left.length);
  }
  expect(lengths.size).toBeGreaterThan(5);
});

it("can keep later sectors without earlier ones", () => {
  const holes = SEEDS.filter((seed) => {
    const { disk, port } = machine(seed, { powerLoss: "any sectors" });
    const file = opened(port.open("a", "new"));
    port.syncDirectory("");
    append(file, "y".repeat(2000));
    disk.losePower();
    return /\0.*y/.test(textOf(opened(port.open("a", "existing"))));
  });
  expect(holes.length).toBeGreaterThan(0);
});

it("forgets names whose directory was not synced, in the order in which they were made", () => {
  const left = new Set<string>();
  for (const seed of SEEDS) {
    const { disk, port } = machine(seed);
    port.makeDirectory("d");
    port.open("d/a", "new");
    port.rename("d/a", "d/b");
    disk.losePower();
    left.add(JSON.stringify(port.list("d")));
  }
  expect([...left].sort()).toEqual(['["a"]', '["b"]', "[]", "null"]);
});

it("loses a directory with all that is in it when only the inside was synced", () => {
  const left = new Set<boolean>();
  for (const seed of SEEDS) {
    const { disk, port } = machine(seed);
    port.makeDirectory("d");
    opened(port.open("d/a", "new")).syncNow();
    port.syncDirectory("d");
    disk.losePower();
    left.add(disk.files.has("d/a"));
  }
  expect([...left].sort()).toEqual([false, true]);
});

it("counts pages of a failed sync as clean, so that the next one says nothing of them", () => {
  const lost = SEEDS.filter((seed) => {
    const { disk, port, tally } = machine(seed, { syncErrorRate: 1 });
    const file = opened(port.open("a", "new"));
    port.syncDirectory("");
    append(file, "lost?");
    expect(file.syncNow()).not.toBeNull();
    disk.faults = GOOD_DISK;
    expect(file.syncNow()).toBeNull();
    expect(textOf(file)).toBe("lost?");
    expect(tally.of("fsync error")).toBe(1);
    disk.losePower();
    return textOf(opened(port.open("a", "existing"))) !== "lost?";
  });
  expect(lost.length).toBeGreaterThan(0);
});

it("syncs what was there when the sync began", () => {
  const { scheduler, disk, port } = machine(1, { syncUs: 1000 });
  const file = opened(port.open("a", "new"));
  port.syncDirectory("");
  append(file, "first");
  let error: DiskError | null | undefined;
  file.sync((result) => {
    error = result;
  }, false);
  append(file, "second");
  expect(error).toBeUndefined();
  scheduler.step();
  expect(error).toBeNull();
  expect(disk.files.get("a")!.lastingBytes).toBe(5);
});

it("syncs in place when that is short and the caller may block, and only then", () => {
  const { disk, port } = machine(1, { syncUs: 0 });
  const file = opened(port.open("a", "new"));
  port.syncDirectory("");
  append(file, "first");
  const outcomes: string[] = [];
  file.sync(() => outcomes.push("background"), false);
  expect(outcomes).toEqual([]);
  expect(disk.files.get("a")!.lastingBytes).toBe(0);
  const other = opened(port.open("b", "new"));
  append(other, "other");
  other.sync(() => outcomes.push("in place"), true);
  expect(outcomes).toEqual(["in place"]);
  expect(disk.files.get("b")!.lastingBytes).toBe(5);
});

it("takes less than it is given when it is full, and then nothing", () => {
  const { disk, port } = machine(1);
  const file = opened(port.open("a", "new"));
  disk.capacityBytes = 6;
  expect(file.append(Buffer.from("123456789"), 0, 9)).toBe(6);
  expect(file.append(Buffer.from("7"), 0, 1)).toMatchObject({ code: "ENOSPC" });
  port.remove("a");
  expect(disk.usedBytes).toBe(0);
});

it("cuts a file, and a power loss may undo that", () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    const { disk, port } = machine(seed);
    const file = opened(port.open("a", "new"));
    port.syncDirectory("");
    append(file, "whole,part");
    file.syncNow();
    file.truncate(6);
    disk.losePower();
    seen.add(textOf(opened(port.open("a", "existing"))));
  }
  expect(seen).toContain("whole,");
  expect([...seen].every((text) => text.startsWith("whole,"))).toBe(true);
});
