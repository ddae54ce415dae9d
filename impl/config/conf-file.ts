/**
 * Reading redis.conf and the command line: from text to statements, includes resolved.
 *
 * Texts hold one character per byte. Files are read through a port; nothing is applied here.
 */
import { splitArgs } from "./quoting.ts";

/** Where a statement stands. */
export interface Position {
  /** The file's path, or `standard input`, or `command line`. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  /** The line without the space around it. */
  readonly text: string;
}

/** One line of configuration: a directive in lower case and its arguments. */
export interface Statement {
  readonly name: string;
  readonly args: readonly string[];
  readonly at: Position;
}

/** Why a configuration cannot be used; `at` is null when no single line is to blame. */
export interface ConfFailure {
  readonly at: Position | null;
  readonly reason: string;
}

/** What a text says, up to the first line that cannot be read. */
export interface Conf {
  readonly statements: readonly Statement[];
  readonly failure: ConfFailure | null;
}

/** The port through which configuration files are read. */
export interface ConfFiles {
  /** The content of a file, or the reason why it cannot be read (`No such file or directory`). */
  readFile(path: string): { readonly text: string } | { readonly error: string };
  /** The paths that match a pattern, in order. */
  glob(pattern: string): readonly string[];
}

/** A text to read, and what to call it in errors. */
export interface ConfSource {
  readonly source: string;
  readonly text: string;
}

/** Files that include each other deeper than this are taken for an endless chain. */
const MAX_INCLUDE_DEPTH = 64;

/** What redis.conf calls the reason when a line says nothing that is known. */
export const BAD_DIRECTIVE = "Bad directive or wrong number of arguments";

/**
 * Reads texts one after another: blank lines and comments are skipped, `include` is replaced by
 * what the file says (a pattern by all files that match, in order; none is no error).
 */
export function readConf(sources: readonly ConfSource[], files: ConfFiles): Conf {
  const reader = new Reader(files);
  for (const { source, text } of sources) {
    if (!reader.read(source, text)) break;
  }
  return reader;
}

class Reader implements Conf {
  readonly statements: Statement[] = [];
  failure: ConfFailure | null = null;
  readonly #files: ConfFiles;
  #depth = 0;

  constructor(files: ConfFiles) {
    this.#files = files;
  }

  /** Reads one text; false after a failure. */
  read(source: string, text: string): boolean {
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const line = trimLine(lines[i]!);
      if (line === "" || line.startsWith("#")) continue;
      if (!this.#readLine({ source, line: i + 1, text: line })) return false;
    }
    return true;
  }

  #readLine(at: Position): boolean {
    const words = splitArgs(at.text);
    if (words === null) return this.#fail(at, "Unbalanced quotes in configuration line");
    const [first, ...args] = words;
    if (first === undefined) return true;
    const name = first.toLowerCase();
    if (name === "include" && args.length === 1) return this.#include(args[0]!, at);
    this.statements.push({ name, args, at });
    return true;
  }

  #include(path: string, at: Position): boolean {
    if (this.#depth === MAX_INCLUDE_DEPTH)
      return this.#fail(at, "Files include each other endlessly");
    const paths = /[*?[]/.test(path) ? this.#files.glob(path) : [path];
    this.#depth++;
    for (const one of paths) {
      const content = this.#files.readFile(one);
      if ("error" in content) {
        return this.#fail(at, `can't open config file '${one}': ${content.error}`);
      }
      if (!this.read(one, content.text)) return false;
    }
    this.#depth--;
    return true;
  }

  #fail(at: Position, reason: string): false {
    this.failure = { at, reason };
    return false;
  }
}

/** A line without the space around it, as Redis trims it. */
export function trimLine(line: string): string {
  return line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** The failure in one line: what it is, where, the line itself, and the reason. */
export function describeFailure({ at, reason }: ConfFailure): string {
  const where = at === null ? "" : `${at.source}:${at.line} >>> '${at.text}' `;
  return `*** FATAL CONFIG FILE ERROR *** ${where}${reason}`;
}
