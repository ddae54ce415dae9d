import { readFile } from "node:fs/promises";
import type { TestError } from "./parse.ts";

/** Says why certain tests fail. A field that is left out matches everything. */
export interface CauseRule {
  /** A unit's name. */
  readonly unit?: string;
  /** A test's name, or a regular expression between slashes. */
  readonly test?: string;
  /** A regular expression between slashes that the error's text must match. */
  readonly message?: string;
  readonly cause: string;
}

/** Finds the declared cause of an error, or undefined when none is declared. */
export type ExplainError = (unit: string, error: TestError) => string | undefined;

/** Reads the rules and returns their judgement: the first rule that matches wins. */
export async function readCauses(path: string): Promise<ExplainError> {
  return explainBy(JSON.parse(await readFile(path, "utf8")) as CauseRule[]);
}

/** The judgement of the given rules. Throws on a rule that would excuse a whole unit or more. */
export function explainBy(rules: readonly CauseRule[]): ExplainError {
  for (const rule of rules) {
    if (rule.test === undefined && rule.message === undefined) {
      throw new Error(`the cause "${rule.cause}" names neither a test nor a message`);
    }
  }
  const compiled = rules.map((rule) => ({
    cause: rule.cause,
    unit: matcher(rule.unit),
    test: matcher(rule.test),
    message: matcher(rule.message),
  }));
  return (unit, error) =>
    compiled.find((rule) => rule.unit(unit) && rule.test(error.test) && rule.message(error.message))
      ?.cause;
}

function matcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  const expression = /^\/(.+)\/(i?)$/s.exec(pattern);
  if (expression === null) return (text) => text === pattern;
  const compiled = new RegExp(expression[1]!, expression[2]);
  return (text) => compiled.test(text);
}
