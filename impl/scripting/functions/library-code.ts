/** The code of a library of functions: `#!lua name=mylib`, and Lua that registers functions. */
import { splitArgs } from "../../config/quoting.ts";

/** The only engine, as replies name it. */
export const ENGINE = "LUA";

/** Why a library or a function cannot have that name. */
export const WRONG_NAME =
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/** What the first line says: the library's name, and where the line ends. */
export interface LibraryHeader {
  readonly name: string;
  /** The length of the first line, its end not counted. */
  readonly length: number;
}

/** True of letters, digits and underscores, at least one. */
export function isName(text: string): boolean {
  return /^[a-zA-Z0-9_]+$/.test(text);
}

/**
 * Reads the first line of a library.
 *
 * @param code the library, one character per byte
 * @returns what it says, or why it is wrong
 */
export function parseHeader(code: string): LibraryHeader | string {
  const header = parseLine(code);
  if (typeof header === "string") return header;
  const { engine, name, length } = header;
  if (!isName(name)) return WRONG_NAME;
  if (engine.toUpperCase() !== ENGINE) return `Engine '${engine}' not found`;
  return { name, length };
}

function parseLine(code: string): (LibraryHeader & { readonly engine: string }) | string {
  if (!code.startsWith("#!")) return "Missing library metadata";
  const length = code.split("\0", 1)[0]!.indexOf("\n");
  const words = length < 0 ? null : splitArgs(code.slice(0, length));
  if (words === null || words.length === 0) return "Invalid library metadata";
  const engine = words[0]!.slice(2);
  let name: string | null = null;
  for (const word of words.slice(1)) {
    if (!/^name=/i.test(word)) return `Invalid metadata value given: ${word.split("\0", 1)[0]}`;
    if (name !== null) return "Invalid metadata value, name argument was given multiple times";
    name = word.slice("name=".length);
  }
  return name === null ? "Library name was not given" : { engine, name, length };
}
