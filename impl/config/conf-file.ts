/**
 * Reading redis.conf and the command line: from text to statements, includes resolved.
 *
 * Texts hold one character per byte. Files are read through a port; nothing is applied here.
 */
import { posix } from "node:path";
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
  /** An `include` stands before it in the same file: Redis' `save` then starts anew. */
  readonly afterInclude: boolean;
}

/** Why a configuration cannot be used; `at` is null when no single line is to blame. */
export interface ConfFailure {
  readonly at: Position | null;
  readonly reason: string;
}

/** The port through which configuration files are read. Paths are absolute. */
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
const TOO_DEEP = "Files include each other endlessly";

/** What redis.conf calls the reason when a line says nothing that is known. */
export const BAD_DIRECTIVE = "Bad directive or wrong number of arguments";

/**
 * Reads texts one after another, as if they were one: blank lines and comments are skipped,
 * `include` is replaced by what the file says (a pattern by all files that match, in order; none is
 * no error). Each statement is to be applied before the next is asked for, since `dir` decides
 * where the files that follow are.
 *
 * @param directory tells the working directory, which relative paths start from
 * @returns why reading ended early, or null
 */
export function* readConf(
  sources: readonly ConfSource[],
  files: ConfFiles,
  directory: () => string,
  depth = 0,
): Generator<Statement, ConfFailure | null> {
  let afterInclude = false;
  for (const at of positions(sources)) {
    const words = splitArgs(at.text);
    if (words === null) return { at, reason: "Unbalanced quotes in configuration line" };
    const [first, ...args] = words;
    if (first === undefined) continue;
    const name = first.toLowerCase();
    if (name !== "include" || args.length !== 1) {
      yield { name, args, at, afterInclude };
      continue;
    }
    const included = depth < MAX_INCLUDE_DEPTH ? openFiles(args[0]!, files, directory()) : TOO_DEEP;
    if (typeof included === "string") return { at, reason: included };
    const failure = yield* readConf(included, files, directory, depth + 1);
    if (failure !== null) return failure;
    afterInclude = true;
  }
  return null;
}

/** The lines that are neither blank nor comments. */
function* positions(sources: readonly ConfSource[]): Generator<Position> {
  for (const { source, text } of sources) {
    const lines = text.split("\n").map(trimLine);
    for (const [i, line] of lines.entries()) {
      if (line !== "" && !line.startsWith("#")) yield { source, line: i + 1, text: line };
    }
  }
}

/** The files that a path or a pattern names, or why one cannot be read. */
function openFiles(path: string, files: ConfFiles, directory: string): ConfSource[] | string {
  const full = posix.resolve(directory, path);
  const paths = /[*?[]/.test(path) ? files.glob(full) : [full];
  const sources: ConfSource[] = [];
  for (const source of paths) {
    const content = files.readFile(source);
    if ("error" in content) return `can't open config file '${source}': ${content.error}`;
    sources.push({ source, text: content.text });
  }
  return sources;
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
