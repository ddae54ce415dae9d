/**
 * The manifest of Redis 7's multi-part append-only file: which files make up the data, in order.
 *
 *     file appendonly.aof.1.base.rdb seq 1 type b
 *     file appendonly.aof.1.incr.aof seq 1 type i
 *
 * Source: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 */
import assert from "node:assert/strict";
import { CHECKED } from "../assert.ts";
import { quote, splitArgs } from "../config/quoting.ts";

/** One file of the manifest. */
export interface ManifestFile {
  /** Name within the directory; one character per byte. */
  readonly name: string;
  readonly sequence: number;
}

/** The files of a directory: at most one base, and what came after it. */
export interface Manifest {
  readonly base: ManifestFile | null;
  /** In the order in which they are replayed, with rising numbers. */
  readonly increments: readonly ManifestFile[];
  /** No longer needed; to be removed. */
  readonly history: readonly ManifestFile[];
}

export const EMPTY_MANIFEST: Manifest = { base: null, increments: [], history: [] };

/** Redis reads a line of the manifest into a buffer of this size. */
const MAX_LINE_BYTES = 1024;

/**
 * Reads a manifest.
 *
 * @param text one character per byte
 * @returns the manifest, or what is wrong with it
 */
export function parseManifest(text: string): Manifest | string {
  const history: ManifestFile[] = [];
  const increments: ManifestFile[] = [];
  let base: ManifestFile | null = null;
  if (text === "") return "it is empty";
  const lines = text.split("\n");
  if (lines.pop() !== "") return "its last line has no end";
  for (const [i, line] of lines.entries()) {
    if (line.length + 1 > MAX_LINE_BYTES) return `line ${i + 1} is too long`;
    if (line.startsWith("#")) continue;
    const entry = parseLine(line.trim());
    if (typeof entry === "string") return `line ${i + 1} ${entry}`;
    const { file, type } = entry;
    if (type === "h") history.push(file);
    else if (type === "b") {
      if (base !== null) return `line ${i + 1} names a second base file`;
      base = file;
    } else {
      const before = increments.at(-1);
      if (before !== undefined && file.sequence <= before.sequence) {
        return `line ${i + 1} is out of order`;
      }
      increments.push(file);
    }
  }
  if (base === null && increments.length === 0) return "it names no file";
  return { base, increments, history };
}

type Entry = { readonly file: ManifestFile; readonly type: "b" | "h" | "i" };

function parseLine(line: string): Entry | string {
  const words = splitArgs(line);
  if (words === null || words.length < 6 || words.length % 2 !== 0) return "is malformed";
  const facts = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) facts.set(words[i]!.toLowerCase(), words[i + 1]!);
  const name = facts.get("file");
  const sequence = Number(facts.get("seq"));
  const type = facts.get("type");
  if (name === undefined || name === "") return "names no file";
  if (name.includes("/")) return "names a path instead of a file";
  if (!Number.isSafeInteger(sequence) || sequence < 1) return "has no sequence number";
  if (type !== "b" && type !== "h" && type !== "i") return "has an unknown type";
  return { file: { name, sequence }, type };
}

/** The text of a manifest, one character per byte, as Redis writes it. */
export function printManifest(manifest: Manifest): string {
  const { base, increments, history } = manifest;
  const line = (file: ManifestFile, type: string): string =>
    `file ${printName(file.name)} seq ${file.sequence} type ${type}\n`;
  const text = [
    ...(base === null ? [] : [line(base, "b")]),
    ...history.map((file) => line(file, "h")),
    ...increments.map((file) => line(file, "i")),
  ].join("");
  if (CHECKED) verifyReads(text, manifest);
  return text;
}

/** Throws unless the text of a manifest is read as what was written. */
function verifyReads(text: string, manifest: Manifest): void {
  const read = parseManifest(text);
  assert.deepEqual(read, manifest, "a manifest is read as another one");
}

function printName(name: string): string {
  return /^[!#-&(-[\]-~]+$/.test(name) ? name : quote(name);
}

/** The increment that comes after those of a manifest. */
export function nextIncrement(manifest: Manifest, fileName: string): ManifestFile {
  const sequence = (manifest.increments.at(-1)?.sequence ?? 0) + 1;
  assert.ok(Number.isSafeInteger(sequence));
  return { name: `${fileName}.${sequence}.incr.aof`, sequence };
}
