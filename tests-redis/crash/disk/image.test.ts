import { expect, test } from "vitest";
import { Disk, type Image } from "./image.ts";
import type { Event } from "./record.ts";

const DIR = 1n;
const FILE = 2n;

const start: Event = { kind: "start", inode: DIR };
const create: Event = { kind: "create", inode: FILE, path: "a" };
const write = (text: string, offset: number): Event => ({
  kind: "write",
  inode: FILE,
  offset,
  data: Buffer.from(text),
});
const sync = (number: bigint, inode = FILE): Event => ({ kind: "sync", inode, number });
const synced = (number: bigint, inode = FILE, error = 0): Event => ({
  kind: "synced",
  inode,
  number,
  error,
});
const named: readonly Event[] = [create, sync(100n, DIR), synced(100n, DIR)];

function after(...events: readonly Event[]): Disk {
  const disk = new Disk();
  for (const event of [start, ...events]) disk.take(event);
  return disk;
}

function texts(image: Image): Record<string, string | null> {
  return Object.fromEntries(
    [...image].map(([path, content]) => [path, content?.toString() ?? null]),
  );
}

const strict = (disk: Disk): Record<string, string | null> => texts(disk.afterPowerLoss("nothing"));

test("what was not synced is gone; what was is there", () => {
  const disk = after(...named, write("one", 0), sync(1n), synced(1n), write("two", 3));
  expect(strict(disk)).toEqual({ a: "one" });
  expect(texts(disk.visible())).toEqual({ a: "onetwo" });
});

test("an fsync covers what was written when it began", () => {
  const disk = after(...named, write("one", 0), sync(1n), write("two", 3), synced(1n));
  expect(strict(disk)).toEqual({ a: "one" });
  const both = after(...named, write("1", 0), sync(1n), write("2", 1), sync(2n), synced(1n));
  expect(strict(both)).toEqual({ a: "1" });
  both.take(synced(2n));
  expect(strict(both)).toEqual({ a: "12" });
});

test("an fsync that has not ended, or has failed, makes nothing last", () => {
  expect(strict(after(...named, write("one", 0), sync(1n)))).toEqual({ a: "" });
  const failed = after(...named, write("one", 0), sync(1n), synced(1n, FILE, 5));
  for (const event of [write("two", 3), sync(2n), synced(2n)]) failed.take(event);
  // The second one succeeds, but what the first lost stays lost.
  expect(strict(failed)).toEqual({ a: "\0\0\0two" });
  expect(texts(failed.visible())).toEqual({ a: "onetwo" });
});

test("a name lasts when its directory was synced, and content does not follow from it", () => {
  expect(strict(after(create, write("one", 0), sync(1n), synced(1n)))).toEqual({});
  expect(strict(after(...named, write("one", 0)))).toEqual({ a: "" });
});

test("a rename takes effect with the directory's fsync", () => {
  const renamed = after(...named, write("one", 0), sync(1n), synced(1n), {
    kind: "rename",
    from: "a",
    to: "b",
  });
  expect(strict(renamed)).toEqual({ a: "one" });
  renamed.take(sync(2n, DIR));
  renamed.take(synced(2n, DIR));
  expect(strict(renamed)).toEqual({ b: "one" });
});

test("files of a directory that is gone are gone with it", () => {
  const disk = after(
    { kind: "directory", inode: 3n, path: "d" },
    {
      kind: "create",
      inode: FILE,
      path: "d/a",
    },
  );
  disk.take(sync(1n, 3n));
  disk.take(synced(1n, 3n));
  expect(strict(disk)).toEqual({});
});

test("by chance any beginning of the history is there, the last write in part or as zeros", () => {
  const disk = after(...named, write("one", 0), write("two", 3));
  const found = new Set<string>();
  let seed = 1;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < 2000; i++) found.add(String(texts(disk.afterPowerLoss(draw))["a"]));
  const expected = ["", "o", "on", "one", "onet", "onetw", "onetwo"];
  const zeros = ["\0\0\0", "o\0\0", "on\0", "one\0\0\0", "onet\0\0", "onetw\0"];
  expect([...found].sort()).toEqual([...expected, ...zeros].sort());
});

test("by chance a later sector is there and an earlier one is not, each as it was once", () => {
  const sector = (letter: string): string => letter.repeat(512);
  const disk = after(...named, write(sector("a") + sector("b"), 0), write("c", 512));
  const found = new Set<string>();
  let seed = 7;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < 2000; i++) found.add(String(texts(disk.afterPowerLoss(draw))["a"]));
  expect(found).toContain(sector("\0") + sector("b"));
  expect(found).toContain(`${sector("\0")}c${"b".repeat(511)}`);
  for (const text of found) expect(text.slice(512)).not.toMatch(/^c(?!b{511}$)/);
});

test("a truncation is a change like any other", () => {
  const disk = after(...named, write("onetwo", 0), sync(1n), synced(1n), {
    kind: "truncate",
    inode: FILE,
    length: 3,
  });
  expect(strict(disk)).toEqual({ a: "onetwo" });
  expect(texts(disk.visible())).toEqual({ a: "one" });
});

test("a disk goes on from an image, after processes have come and gone", () => {
  const disk = Disk.holding(new Map([["a", Buffer.from("one")]]));
  disk.identify(new Map([["a", FILE]]));
  for (const event of [start, write("two", 3), sync(1n), start, write("3", 6)]) disk.take(event);
  expect(strict(disk)).toEqual({ a: "one" });
  for (const event of [sync(1n), synced(1n)]) disk.take(event);
  expect(strict(disk)).toEqual({ a: "onetwo3" });
});
