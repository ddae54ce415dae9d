/** The first line of a script: `#!lua flags=no-writes,allow-oom`. */
import { splitArgs } from "../config/quoting.ts";

/** What a script or function says of itself. */
export const FLAG = {
  noWrites: 1,
  allowOom: 2,
  allowStale: 4,
  noCluster: 8,
  /** No first line: rules of old apply. */
  compatible: 16,
  allowCrossSlot: 32,
} as const;

/** The flags by the words that scripts use. */
export const FLAG_WORDS: ReadonlyMap<string, number> = new Map([
  ["no-writes", FLAG.noWrites],
  ["allow-oom", FLAG.allowOom],
  ["allow-stale", FLAG.allowStale],
  ["no-cluster", FLAG.noCluster],
  ["allow-cross-slot-keys", FLAG.allowCrossSlot],
]);

/** What the first line says, and how long it is, its end not counted; or why it is wrong. */
export type Shebang =
  | { readonly flags: number; readonly length: number; readonly error: null }
  | { readonly error: string };

/** @param text the script, one character per byte */
export function parseShebang(text: string): Shebang {
  if (!text.startsWith("#!")) return { flags: FLAG.compatible, length: 0, error: null };
  const length = text.split("\0", 1)[0]!.indexOf("\n");
  if (length < 0) return { error: "Invalid script shebang" };
  const words = splitArgs(text.slice(0, length));
  if (words === null || words.length === 0) return { error: "Invalid engine in script shebang" };
  const [engine, ...options] = words;
  if (engine !== "#!lua") return { error: `Unexpected engine in script shebang: ${engine}` };
  let flags = 0;
  for (const option of options) {
    if (!option.startsWith("flags=")) return { error: `Unknown lua shebang option: ${option}` };
    const list = option.slice("flags=".length);
    for (const word of list === "" ? [] : list.split(",")) {
      const flag = FLAG_WORDS.get(word);
      if (flag === undefined) return { error: `Unexpected flag in script shebang: ${word}` };
      flags |= flag;
    }
  }
  return { flags, length, error: null };
}
