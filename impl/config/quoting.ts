/**
 * The quoting of redis.conf lines, exactly as redis-server 7.0.15 reads and writes it.
 *
 * Texts hold one character per byte.
 */

import { splitArguments } from "../resp/inline.ts";
import { latin1 } from "../resp/request.ts";
import { cString } from "./numbers.ts";

/** Characters that have an escape of their own. */
const PRINTED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\x07": "\\a",
};

/**
 * Splits a line into arguments by the rules of `splitArguments`. The line ends at a zero byte.
 *
 * @returns null when quotes are not balanced or are followed by something else than space
 */
export function splitArgs(line: string): string[] | null {
  const bytes = Buffer.from(cString(line), "latin1");
  const decoded = Buffer.alloc(bytes.length);
  const args: string[] = [];
  const push = (offset: number, length: number) => {
    args.push(latin1(decoded, offset, length));
  };
  return splitArguments(bytes, 0, bytes.length, decoded, { push }) ? args : null;
}

/** Puts a text in double quotes so that `splitArgs` reads it back, byte for byte. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]|[^\x20-\x7e]/g, quoteChar)}"`;
}

function quoteChar(char: string): string {
  return PRINTED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
