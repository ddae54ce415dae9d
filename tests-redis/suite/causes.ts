import { readFile } from "node:fs/promises";
import type { TestError } from "./parse.ts";
import type { Mode } from "./suite-file.ts";

/** Says why certain tests fail. A field that is left out matches everything. */
export interface CauseRule {
  readonly mode?: Mode;
  /** A suite file's name. */
  readonly file?: string;
  /** A test's name, or a regular expression between slashes. */
  readonly test?: string;
  /** A regular expression between slashes that the error's text must match. */
  readonly message?: string;
  /** Names of commands, separated by spaces: the error is that one of them is unknown. */
  readonly commands?: string;
  readonly cause: string;
  /**
   * True for a test whose failure would spoil those after it, such as one that leaves the suite's
   * connection inside a transaction. It is not run, and counts as failed by this cause. Such a rule
   * names its suite file and its test.
   */
  readonly leaveOut?: boolean;
}

/** Which run of which suite file. */
export interface Place {
  readonly mode: Mode;
  readonly file: string;
}

/** What to call it. */
export function nameOf({ mode, file }: Place): string {
  return mode === "external" ? file : `${file} (${mode})`;
}

/** What the rules say. */
export interface Causes {
  /** The declared cause of an error, or undefined; the first rule that matches wins. */
  explain(place: Place, error: TestError): string | undefined;
  /** The names of the tests that are not run there. */
  leftOut(place: Place): string[];
}

/** Reads the rules from `path`. */
export async function readCauses(path: string): Promise<Causes> {
  return causesFrom(JSON.parse(await readFile(path, "utf8")) as CauseRule[]);
}

/** Checks and compiles the rules. Throws on one that would excuse a whole suite file or more. */
export function causesFrom(rules: readonly CauseRule[]): Causes {
  for (const rule of rules) check(rule);
  const compiled = rules.map((rule) => ({
    cause: rule.cause,
    mode: matcher(rule.mode),
    file: matcher(rule.file),
    test: matcher(rule.test),
    message: rule.commands === undefined ? matcher(rule.message) : unknownCommand(rule.commands),
  }));
  return {
    explain({ mode, file }, error) {
      const here = compiled.filter((rule) => rule.mode(mode) && rule.file(file));
      const matching = here.find((rule) => rule.test(error.test) && rule.message(error.message));
      return matching?.cause;
    },
    leftOut({ mode, file }) {
      const here = rules.filter((rule) => rule.file === file && (rule.mode ?? mode) === mode);
      return here.filter((rule) => rule.leaveOut === true).map((rule) => rule.test!);
    },
  };
}

function check(rule: CauseRule): void {
  const { file, test, message, commands, leaveOut, cause } = rule;
  if (test === undefined && message === undefined && commands === undefined) {
    throw new Error(`the cause "${cause}" names neither a test nor a message nor commands`);
  }
  if (message !== undefined && commands !== undefined) {
    throw new Error(`the cause "${cause}" names both a message and commands`);
  }
  const named = file !== undefined && test !== undefined && !test.startsWith("/");
  if (leaveOut === true && !(named && message === undefined && commands === undefined)) {
    throw new Error(`the cause "${cause}" leaves out a test without naming just it`);
  }
}

/** Matches Redis' complaint about any of the commands, whose names are separated by spaces. */
function unknownCommand(commands: string): (message: string) => boolean {
  return matcher(`/unknown command '(${commands.split(" ").join("|")})'/i`);
}

function matcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  const expression = /^\/(.+)\/(i?)$/s.exec(pattern);
  if (expression === null) return (text) => text === pattern;
  const compiled = new RegExp(expression[1]!, expression[2]);
  return (text) => compiled.test(text);
}
