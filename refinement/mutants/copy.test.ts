/** A copy that is used again has nothing of the use before. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { Copy } from "./copy.ts";

let folder: string;
let copy: Copy;

const original = (path: string): string => join(folder, "original", path);
const copied = (path: string): string => join(folder, "copy", path);
const textOf = (path: string): string => readFileSync(copied(path), "utf8");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "veridis-copy-"));
  mkdirSync(original("room/inner"), { recursive: true });
  mkdirSync(original("node_modules/.cache"), { recursive: true });
  mkdirSync(original("node_modules/package"));
  writeFileSync(original("a.ts"), "a");
  writeFileSync(original("room/inner/b.ts"), "b");
  writeFileSync(original("untracked.ts"), "not to be copied");
  copy = new Copy(original(""), ["a.ts", "room/inner/b.ts"], copied(""));
});

beforeEach(() => copy.renew());

afterAll(() => rmSync(folder, { recursive: true }));

it("has the files, and links to the packages", () => {
  expect(textOf("a.ts")).toBe("a");
  expect(textOf("room/inner/b.ts")).toBe("b");
  expect(existsSync(copied("untracked.ts"))).toBe(false);
  expect(readlinkSync(copied("node_modules/package"))).toBe(original("node_modules/package"));
  expect(existsSync(copied("node_modules/.cache"))).toBe(false);
});

it("loses what was added", () => {
  writeFileSync(copied("report.json"), "{}");
  mkdirSync(copied("room/results/deep"), { recursive: true });
  mkdirSync(copied("node_modules/.vite"));
  symlinkSync(original("untracked.ts"), copied("room/inner/link.ts"));
  copy.renew();
  const added = ["report.json", "room/results", "node_modules/.vite", "room/inner/link.ts"];
  for (const path of added) {
    expect(lstatSync(copied(path), { throwIfNoEntry: false })).toBe(undefined);
  }
  expect(readFileSync(original("untracked.ts"), "utf8")).toBe("not to be copied");
});

it("gets back what was removed or replaced by something else", () => {
  rmSync(copied("room"), { recursive: true });
  rmSync(copied("a.ts"));
  mkdirSync(copied("a.ts"));
  rmSync(copied("node_modules/package"));
  writeFileSync(copied("node_modules/package"), "no link");
  copy.renew();
  expect(textOf("a.ts")).toBe("a");
  expect(textOf("room/inner/b.ts")).toBe("b");
  expect(readlinkSync(copied("node_modules/package"))).toBe(original("node_modules/package"));
});

it("gets back a text that was edited, with its times set back, too", () => {
  copy.edit("a.ts", (text) => `${text}?`);
  expect(textOf("a.ts")).toBe("a?");
  const { atime, mtime } = lstatSync(copied("room/inner/b.ts"));
  writeFileSync(copied("room/inner/b.ts"), "c");
  utimesSync(copied("room/inner/b.ts"), atime, mtime);
  copy.renew();
  expect(textOf("a.ts")).toBe("a");
  expect(textOf("room/inner/b.ts")).toBe("b");
});

it("copies nothing that is as it was", () => {
  const stamp = lstatSync(copied("a.ts"), { bigint: true }).ctimeNs;
  copy.edit("room/inner/b.ts", () => "c");
  copy.renew();
  expect(lstatSync(copied("a.ts"), { bigint: true }).ctimeNs).toBe(stamp);
});
